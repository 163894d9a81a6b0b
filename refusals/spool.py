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
from contextlib import suppress
from pathlib import Path

from refusals.locks import try_lock, unlock
from refusals.segments import SUFFIX, Segment

_NEW_SUFFIX = ".new"
_LEFT_BEHIND = 3600.0  # seconds; it lives for microseconds


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
        """Lock the sealed segments one after the other, oldest first. The caller releases each."""
        self._sweep()
        for path in self._segments():
            segment = self._claimed(path)
            if segment is not None:
                yield segment

    def release(self, segment: Segment, *, taken: bool = False) -> None:
        """Let go of a claimed segment, and delete it once all of it is `taken`."""
        with self._lock:
            self._unlock(segment.fd)
        if (
            taken
        ):  # closed first, since some systems delete no open file; who locks it meanwhile sends it twice
            segment.remove()

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
            self._written = {path for path in self._written if path.exists()}
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
        """A new segment, locked before it has the name by which others find it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns():020}-{os.getpid()}-{secrets.token_hex(4)}"
        new, path = self.folder / f"{name}{_NEW_SUFFIX}", self.folder / f"{name}{SUFFIX}"
        fd = os.open(new, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            if not try_lock(fd):
                raise OSError(errno.EAGAIN, "a new segment is locked by another process", str(new))
            os.rename(new, path)
        except OSError:
            os.close(fd)
            new.unlink(missing_ok=True)
            raise
        self._locked.add(fd)
        self._written.add(path)
        return fd

    def _seal(self) -> None:
        if self._active is not None:
            self._unlock(self._active)
            self._active = None

    def _unlock(self, fd: int) -> None:
        if fd in self._locked:  # not so in a child that was forked meanwhile
            self._locked.remove(fd)
            unlock(fd)
            os.close(fd)

    def _sweep(self) -> None:
        """Delete what processes left that were killed while they made a segment."""
        for new in self.folder.glob(f"*{_NEW_SUFFIX}"):
            with suppress(FileNotFoundError):
                if time.time() - new.stat().st_mtime > _LEFT_BEHIND:
                    new.unlink()

    def _segments(self) -> list[Path]:
        try:
            return sorted(self.folder.glob(f"*{SUFFIX}"))
        except FileNotFoundError:
            return []

    def _claimed(self, path: Path) -> Segment | None:
        """The segment, locked, or None where another process has it or has sent it."""
        with self._lock:
            try:
                fd = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                return None
            if not try_lock(fd):
                os.close(fd)
                return None
            self._locked.add(fd)
            if not path.exists():  # its last holder sent and removed it between our two steps
                self._unlock(fd)
                return None
        return Segment(fd, path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
