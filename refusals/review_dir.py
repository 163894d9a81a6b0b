"""A directory of held runs, for pipelines that have no hub at hand: one JSON file per request, nothing lost.

`REFUSALS_REVIEW_DIR` names it, else `review_queue/`. A file holds the request once, and under `runs` every
declined answer to it, in the order they came. The files are plain ASCII; what is not ASCII is escaped.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from refusals.outcomes import RunResult, Verdict

DIRECTORY_SETTING = "REFUSALS_REVIEW_DIR"
DEFAULT_DIRECTORY = "review_queue"


@dataclass(frozen=True)
class HeldRun:
    """A declined run on its way to a person: request and answer in full, and the machine's verdict."""

    task_id: str
    prompt: str
    result: RunResult
    verdict: Verdict

    @property
    def key(self) -> str:
        """Repeats of the same request share it; see `review_key`."""
        return review_key(self.task_id, self.prompt)


def review_key(task_id: str, prompt: str) -> str:
    """SHA-256, in hex, of task id, line break and prompt: what makes two declines the same case."""
    return hashlib.sha256(f"{task_id}\n{prompt}".encode("utf-8", "surrogatepass")).hexdigest()


def enqueue_for_review(
    held: HeldRun, *, directory: str | os.PathLike[str] | None = None, now: datetime | None = None
) -> Path:
    """Write the run to its file and return the path; on return it is on the disk.

    Safe under several threads and processes. Raises OSError when it cannot write, and ValueError when the
    file that is there is not one of ours; either way that file stays as it was.
    """
    folder = Path(directory or os.environ.get(DIRECTORY_SETTING) or DEFAULT_DIRECTORY)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{held.key}.json"
    with _locked(folder / ".lock"):
        record = _read(path) if path.exists() else _new_record(held)
        record["runs"].append(_run(held, now or datetime.now(timezone.utc)))
        _replace(path, json.dumps(record, indent=1))
    return path


def _new_record(held: HeldRun) -> dict[str, Any]:
    return {"key": held.key, "task_id": held.task_id, "prompt": held.prompt, "runs": []}


def _run(held: HeldRun, now: datetime) -> dict[str, object]:
    return {
        "held_at": now.isoformat(),
        "code": None if held.verdict.code is None else str(held.verdict.code),
        "detail": held.verdict.detail,
        "http_status": held.result.http_status,
        "stop_reason": held.result.stop_reason,
        "text": held.result.text,
        "refusal": held.result.refusal,
    }


def _read(path: Path) -> dict[str, Any]:
    record = json.loads(path.read_bytes())
    if not isinstance(record, dict) or not isinstance(record.get("runs"), list):
        raise ValueError(f"{path} is not a file of held runs")
    return record


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

    def _sync_directory(folder: Path) -> None:
        """Windows knows no sync of a directory."""

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _sync_directory(folder: Path) -> None:
        """Only with this does the new name survive a power cut."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Alone in the directory until the block ends. The lock goes with the file, also when a process dies."""
    with path.open("ab") as file:
        _lock(file)
        yield
