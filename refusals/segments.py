"""A sealed segment of the spool, read batch by batch by whoever holds its lock.

How far it was taken stands beside it, so that after a crash little is sent twice.
"""

import os
from contextlib import suppress
from pathlib import Path

SUFFIX = ".runs"
SENT_SUFFIX = ".sent"
_NOTE_SUFFIX = ".sent-new"


class Segment:
    """One file of lines and the place up to which the hub has taken them. `fd` carries the lock."""

    def __init__(self, fd: int, path: Path) -> None:
        self.fd = fd
        self.path = path
        self._sent, self._note = path.with_suffix(SENT_SUFFIX), path.with_suffix(_NOTE_SUFFIX)
        self._offset = _offset_in(self._sent)

    def batch(self, *, rows: int, size: int) -> list[bytes]:
        """The next lines, with their line breaks: `rows` at most, and `size` bytes unless one is longer.

        Empty at the end. A last line without its break was never acknowledged, and is left out.
        """
        lines: list[bytes] = []
        taken = 0
        with open(self.fd, "rb", closefd=False) as file:
            file.seek(self._offset)
            while len(lines) < rows:
                line = file.readline()
                if not line.endswith(b"\n") or (lines and taken + len(line) > size):
                    break
                lines.append(line)
                taken += len(line)
        return lines

    def advance(self, lines: list[bytes]) -> None:
        """Remember that these lines are taken, also for who reads the segment after a crash."""
        self._offset += sum(map(len, lines))
        if self._offset < os.fstat(self.fd).st_size:  # else it is deleted at once
            # On a full disk it must go on without the note: a run that is sent twice is taken once.
            with suppress(OSError):
                self._note.write_text(str(self._offset))
                os.replace(self._note, self._sent)

    def remove(self) -> None:
        """Delete it: all its lines are taken. Where it is too early for that, empty it, and `delete` it closed."""
        self._forget_note()
        try:
            self.path.unlink(missing_ok=True)
        except PermissionError:  # Windows deletes nothing that is open
            os.ftruncate(self.fd, 0)

    def delete(self) -> None:
        """Delete it after it was closed. Who has it open now finds it empty, and deletes it in its turn."""
        with suppress(FileNotFoundError, PermissionError):
            self.path.unlink()
            self._forget_note()

    def _forget_note(self) -> None:
        for path in (self._note, self._sent):
            with suppress(PermissionError):  # somebody reads it, to count what waits
                path.unlink(missing_ok=True)

    @staticmethod
    def count(path: Path) -> int:
        """How many whole lines of the segment at `path` are not taken yet; 0 once it is gone."""
        try:
            with path.open("rb") as file:
                file.seek(_offset_in(path.with_suffix(SENT_SUFFIX)))
                return sum(line.endswith(b"\n") for line in file)
        except FileNotFoundError:
            return 0


def _offset_in(sent: Path) -> int:
    """Where sending goes on; at the beginning where nobody can say, for a run sent twice is taken once."""
    try:
        return int(sent.read_text())
    except (FileNotFoundError, ValueError):
        return 0
