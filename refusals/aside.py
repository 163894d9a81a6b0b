"""Rows that the hub did not take, beside the spool with the reasons, for a person to look at."""

import json
import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from refusals.locks import BINARY
from refusals.troubles import Troubles

FILE_NAME = "rejected.jsonl"


class Aside:
    """`rejected.jsonl` in one spool's folder, bounded like the spool itself."""

    def __init__(self, *, folder: Path, max_bytes: int, troubles: Troubles) -> None:
        self.path = folder / FILE_NAME
        self._max_bytes = max_bytes
        self._troubles = troubles

    def put(self, line: bytes, *, status: str, reasons: Sequence[str]) -> None:
        """Add one row. Raises OSError."""
        entry = {
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "status": status,
            "reasons": list(reasons),
            "row": _row(line),
        }
        self._append((json.dumps(entry) + "\n").encode("ascii"))

    def _append(self, entry: bytes) -> None:
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | BINARY, 0o600)
        try:
            if os.fstat(fd).st_size + len(entry) > self._max_bytes:
                self._troubles.begin(
                    "aside", "%s is full: what else the hub does not take is dropped.", self.path
                )
                return
            if os.write(fd, entry) < len(entry):
                raise OSError(f"the disk is full: {self.path}")
        finally:
            os.close(fd)


def _row(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return line.decode("utf-8", "backslashreplace")
