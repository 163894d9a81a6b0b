"""The spool with Windows' locks and Windows' rule that nothing open is deleted, as far as another system can play it.

Nothing here has run on Windows: `msvcrt` is played by the locks of this machine.
"""

import fcntl
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from refusals import locks
from refusals.spool import Spool

from .test_spool import PLENTY, drained

PLACE = 2**31 - 2  # what LockFile takes as an offset ends with 31 bits


def locking(fd: int, mode: int, count: int) -> None:
    """Windows locks `count` bytes from where the file stands, and refuses what another holds."""
    assert (os.lseek(fd, 0, os.SEEK_CUR), count) == (PLACE, 1)
    try:
        fcntl.flock(fd, fcntl.LOCK_UN if mode == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise PermissionError(13, "Permission denied") from error


def is_open(path: Path) -> bool:
    handles = Path("/proc/self/fd")
    targets = {os.path.realpath(handle) for handle in handles.iterdir()}
    return os.path.realpath(path) in targets


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The locks as Windows would load them, in the place of this system's."""
    msvcrt = SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0)
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        spec = importlib.util.spec_from_file_location("locks_of_windows", locks.__file__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    monkeypatch.setattr("refusals.spool.try_lock", module.try_lock)
    monkeypatch.setattr("refusals.spool.unlock", module.unlock)
    unlink = Path.unlink

    def unlink_closed(path: Path, missing_ok: bool = False) -> None:
        if is_open(path):
            raise PermissionError(13, "The process cannot access the file", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_closed)
    yield module


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


LINES = [b"%d\n" % number for number in range(100)]


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("segment_bytes", [1, 50, 10_000])
def test_what_goes_in_comes_out_and_nothing_stays(folder: Path, segment_bytes: int) -> None:
    spool = Spool(folder, max_bytes=PLENTY, segment_bytes=segment_bytes)
    for line in LINES:
        spool.append(line)
    spool.seal()
    assert spool.count() == len(LINES)
    assert drained(folder) == LINES
    assert list(folder.iterdir()) == []


def test_a_lock_that_another_holds_is_not_taken(windows: ModuleType, folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(b"four")
    with path.open("rb") as first, path.open("rb") as second:
        first.seek(2)
        assert windows.try_lock(first.fileno())
        assert os.lseek(first.fileno(), 0, os.SEEK_CUR) == 2
        assert not windows.try_lock(second.fileno())
        windows.unlock(first.fileno())
        assert windows.try_lock(second.fileno())


@pytest.mark.usefixtures("windows")
def test_a_segment_that_is_written_is_not_sent(folder: Path) -> None:
    writer = Spool(folder, max_bytes=PLENTY)
    writer.append(LINES[0])
    assert drained(folder) == []
    writer.append(LINES[1])
    writer.seal()
    assert drained(folder) == LINES[:2]


@pytest.mark.usefixtures("windows")
def test_a_segment_that_somebody_counts_is_emptied_and_deleted_later(folder: Path) -> None:
    spool = Spool(folder, max_bytes=PLENTY)
    spool.append(LINES[0])
    spool.seal()
    (path,) = folder.glob("*.runs")
    with path.open("rb"):
        assert drained(folder) == LINES[:1]
        assert path.read_bytes() == b""
    assert drained(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("windows")
def test_a_note_that_somebody_reads_stops_nothing(folder: Path) -> None:
    spool = Spool(folder, max_bytes=PLENTY)
    for line in LINES:
        spool.append(line)
    spool.seal()
    (segment,) = spool.claim()
    segment.advance(segment.batch(rows=3, size=500))
    (note,) = folder.glob("*.sent")
    with note.open("rb"):
        segment.advance(segment.batch(rows=500, size=5000))
        spool.release(segment, taken=True)
    assert spool.count() == 0
    assert drained(folder) == []
