"""The spool: where a run is safe before anybody sends it. Append here, send from `sending`.

A folder of segments, one JSON line a run. Each process appends to a segment of its own and holds its lock;
a segment whose lock is free is sealed, and whoever locks it next may send it, be its writer alive or not.
A line is acknowledged once it stands in the segment with its line break: what a killed process left half
written is no run.
"""

import errno
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from refusals.locks import BINARY, try_lock, unlock
from refusals.segments import SUFFIX, Segment


class SpoolFull(OSError):
    """The spool holds as many bytes as it may."""

    def __init__(self, folder: Path, most: int) -> None:
        super().__init__(errno.EDQUOT, f"the spool is full: it may hold {most} bytes", str(folder))


class Spool:
    """One folder of segments, shared by any number of threads and processes.

    `max_bytes` bounds what all of them keep in it, `segment_bytes` is where a segment ends and the next begins.
    """

    def __init__(self, folder: Path, *, max_bytes: int, segment_bytes: int = 4 * 1024 * 1024) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._locked: set[int] = set()  # descriptors
        self._written: set[Path] = set()
        self._active: int | None = None
        self._size = 0
        self._room = 0

    def append(self, line: bytes) -> None:
        """Keep one line, which ends with its line break. On return it survives the process. Raises OSError."""
        with self._lock:
            self._reserve(len(line))
            fd = self._open_active()
            try:
                written = os.write(fd, line)
                if written < len(line):
                    raise OSError(errno.ENOSPC, "the line did not fit on the disk", str(self.folder))
            except OSError:
                self._seal()  # nothing may follow a torn line
                raise
            self._size += written
            if self._size >= self.segment_bytes:
                self._seal()

    def seal(self) -> None:
        """Let go of the segment that this process appends to; the next run opens another."""
        with self._lock:
            self._seal()

    def claim(self) -> Iterator[Segment]:
        """Lock the sealed segments one after the other, oldest first, and what this process wrote last of all.

        The caller releases each. While it does not get through them, no new ones are made.
        """
        seen: set[Path] = set()
        for is_last_round in (False, True):
            if is_last_round:
                self.seal()
            for path in self._segments():
                if path not in seen and (segment := self._claimed(path)) is not None:
                    seen.add(path)
                    yield segment

    def release(self, segment: Segment, *, taken: bool = False) -> None:
        """Let go of a claimed segment, and delete it if all of it is `taken`."""
        if taken:
            segment.remove()  # while it is locked, so that nobody finds it half gone
        with self._lock:
            self._unlock(segment.fd)
        if taken:
            segment.delete()

    def before_fork(self) -> None:
        """Keep every thread out until the process has forked, so that no lock slips into the child unseen."""
        self._lock.acquire()

    def after_fork(self, *, in_child: bool) -> None:
        """Go on; in the child anew, for the segments and their locks are its parent's."""
        self._lock.release()
        if in_child:
            for fd in self._locked:
                os.close(fd)  # never unlocked: that would unlock it for the parent too
            self._locked.clear()
            self._written.clear()
            self._active, self._room = None, 0

    def has_own(self) -> bool:
        """Whether a segment that this process wrote is still here."""
        with self._lock:
            self._forget_gone()
            return bool(self._written)

    def count(self) -> int:
        """How many runs wait here, those of living processes included."""
        return sum(Segment.count(path) for path in self._segments())

    def bytes_used(self) -> int:
        """What the segments of all processes take."""
        return sum(_size(path) for path in self._segments())

    def _reserve(self, wanted: int) -> None:
        """Take from the room that is left. It is measured rarely, and a part of it is granted at a time, so
        that several processes together overshoot by little."""
        if self._room < wanted:
            free = self.max_bytes - self.bytes_used()
            if free < wanted:
                raise SpoolFull(self.folder, self.max_bytes)
            self._room = max(wanted, free // 16)
        self._room -= wanted

    def _open_active(self) -> int:
        if self._active is None:
            self._active, self._size = self._create(), 0
        return self._active

    def _create(self) -> int:
        """A new segment with its lock."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            name = f"{time.time_ns():020}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
            fd = os.open(
                self.folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | BINARY, 0o600
            )
            # Before we lock it, another process may: it finds it empty, and deletes it.
            if self._lock_file(fd, self.folder / name):
                self._forget_gone()
                self._written.add(self.folder / name)
                return fd

    def _seal(self) -> None:
        if self._active is not None:
            self._unlock(self._active)
            self._active = None

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def _claimed(self, path: Path) -> Segment | None:
        """The segment, locked, or None where another process has it or has sent it."""
        with self._lock:
            try:
                fd = os.open(path, os.O_RDWR | BINARY)
            except FileNotFoundError:
                return None
            return Segment(fd, path) if self._lock_file(fd, path) else None

    def _lock_file(self, fd: int, path: Path) -> bool:
        """Lock the file; False, and closed, where another process holds it or has deleted it."""
        self._locked.add(fd)
        try:
            if try_lock(fd) and path.exists():
                return True
        except OSError:
            self._close(fd)
            raise
        self._close(fd)
        return False

    def _unlock(self, fd: int) -> None:
        if fd in self._locked:  # not so in a child that was forked meanwhile
            unlock(fd)
            self._close(fd)

    def _close(self, fd: int) -> None:
        self._locked.discard(fd)
        os.close(fd)

    def _forget_gone(self) -> None:
        self._written = {path for path in self._written if path.exists()}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
