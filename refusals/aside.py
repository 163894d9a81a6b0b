"""Rows that the hub did not take, beside the spool with the reasons, for a person to look at."""

import json
import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from refusals.troubles import Troubles, logger

FILE_NAME = "rejected.jsonl"


class Aside:
    """`rejected.jsonl` in one spool's folder, bounded like the spool itself."""

    def __init__(self, *, folder: Path, max_bytes: int, troubles: Troubles) -> None:
        self._path = folder / FILE_NAME
        self._max_bytes = max_bytes
        self._troubles = troubles

    def put(self, line: bytes, *, status: str, reasons: Sequence[str]) -> None:
        """Add one row, once it is in the log. Raises OSError."""
        row = _row(line)
        run_id = row.get("run_id") if isinstance(row, dict) else None
        logger.error(
            "The hub did not take run %s (%s: %s); see %s", run_id, status, "; ".join(reasons), self._path
        )
        entry = {
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "status": status,
            "reasons": list(reasons),
            "row": row,
        }
        self._append((json.dumps(entry) + "\n").encode("ascii"))

    def _append(self, entry: bytes) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(fd).st_size + len(entry) > self._max_bytes:
                self._troubles.begin(
                    "aside", "%s is full: what the hub does not take is only logged.", self._path
                )
                return
            if os.write(fd, entry) < len(entry):
                raise OSError(f"the disk is full: {self._path}")
        finally:
            os.close(fd)


def _row(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return line.decode("ascii", "backslashreplace")
