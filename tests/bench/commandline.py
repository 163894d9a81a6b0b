"""How fast `python -m refusals classify` reads a night's log, and whether its memory grows with it.

The command runs as a user runs it, on a file of a million lines and on one of a tenth. Theirs: the same lines,
parsed as JSON and counted by nothing, which is the least that any reader of such a log does.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tqdm import tqdm

from tests.bench.figure import Figure
from tests.commandline import night

LINES = 1_000_000
FEWER = LINES // 10


def figures() -> Iterator[Figure]:
    """Yield the lines per second, and the peak of the command's memory at both sizes."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "night.jsonl"
        _write(log, FEWER)
        _, small = _classify(log, FEWER)
        _write(log, LINES)
        took, large = _classify(log, LINES)
        parsing = _parse(log)
    yield Figure(
        what=f"classify a log of {LINES:,} lines",
        ours=LINES / took,
        against="json.loads of its lines",
        theirs=LINES / parsing,
        unit="lines/s",
        rounds=1,
    )
    yield Figure(
        what=f"its peak memory, {LINES:,} lines",
        ours=large,
        against=f"{FEWER:,} lines",
        theirs=small,
        unit="MiB",
        rounds=1,
    )


def _write(log: Path, count: int) -> None:
    with log.open("wb") as file:
        file.writelines(
            tqdm(night.lines(count), total=count, desc="writing a log", unit=" lines", leave=False)
        )


def _classify(log: Path, count: int) -> tuple[float, float]:
    """Run the command; return its seconds and the peak of its memory in MiB."""
    command = [sys.executable, "-m", "refusals", "classify", str(log), "--json"]
    with tempfile.TemporaryFile() as out:
        begun = perf_counter()
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        took = perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told = json.load(out)
    if process.returncode or told["entries"] != count:
        raise RuntimeError(f"classify ended with {process.returncode} and {told['entries']} of {count} lines")
    return took, usage.ru_maxrss / 1024


def _parse(log: Path) -> float:
    begun = perf_counter()
    with log.open("rb") as lines:
        for line in lines:
            _loads(line)
    return perf_counter() - begun


def _loads(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None  # a plain line, or a damaged one
