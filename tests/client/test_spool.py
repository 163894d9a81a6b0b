"""The spool: what was acknowledged is there, whoever was killed; what was half written is not."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refusals.spool import Spool, SpoolFull

PLENTY = 10**9

lines = st.lists(st.binary(max_size=300).map(lambda text: text.replace(b"\n", b" ") + b"\n"), max_size=40)


def drained(folder: Path, *, rows: int = 7, size: int = 500) -> list[bytes]:
    """Take everything out of a spool, as a sender would."""
    spool = Spool(folder, max_bytes=PLENTY)
    taken: list[bytes] = []
    for segment in spool.claim():
        while batch := segment.batch(rows=rows, size=size):
            taken += batch
            segment.advance(batch)
        spool.release(segment, taken=True)
    return taken


@given(lines, st.integers(1, 2000), st.integers(1, 9), st.integers(1, 900))
def test_what_goes_in_comes_out_in_order(
    written: list[bytes], segment_bytes: int, rows: int, size: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        spool = Spool(Path(name), max_bytes=PLENTY, segment_bytes=segment_bytes)
        for line in written:
            spool.append(line)
        spool.seal()
        assert spool.count() == len(written)
        assert drained(Path(name), rows=rows, size=size) == written
        assert list(Path(name).iterdir()) == []
        assert not spool.has_own()


@given(lines.filter(bool), st.data())
def test_a_torn_last_line_is_no_run(written: list[bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        spool = Spool(Path(name), max_bytes=PLENTY)
        for line in written:
            spool.append(line)
        spool.seal()
        (path,) = Path(name).glob("*.runs")
        cut = data.draw(st.integers(1, len(written[-1])))
        os.truncate(path, path.stat().st_size - cut)
        assert spool.count() == len(written) - 1
        assert drained(Path(name)) == written[:-1]


@given(lines.filter(bool), st.integers(1, 9))
def test_a_restart_goes_on_where_the_last_one_stopped(written: list[bytes], first: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        spool = Spool(Path(name), max_bytes=PLENTY)
        for line in written:
            spool.append(line)
        spool.seal()
        for segment in Spool(Path(name), max_bytes=PLENTY).claim():
            batch = segment.batch(rows=first, size=PLENTY)
            segment.advance(batch)
            os.close(segment.fd)  # as when its holder is killed
        # A segment that was taken whole is removed in the same breath; killed in between, it is sent again.
        rest = written[len(batch) :] or written
        assert drained(Path(name)) == rest


def test_a_note_that_cannot_be_read_sends_everything_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=PLENTY)
    spool.append(b"1\n")
    spool.seal()
    (path,) = tmp_path.glob("*.runs")
    path.with_suffix(".sent").write_text("gibberish")
    assert drained(tmp_path) == [b"1\n"]


def test_a_segment_is_taken_by_one_at_a_time(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=PLENTY)
    spool.append(b"1\n")
    assert list(Spool(tmp_path, max_bytes=PLENTY).claim()) == [], "its writer still appends to it"
    spool.seal()
    (mine,) = spool.claim()
    assert list(Spool(tmp_path, max_bytes=PLENTY).claim()) == []
    spool.release(mine)
    assert drained(tmp_path) == [b"1\n"]


def test_the_spool_is_bounded(tmp_path: Path) -> None:
    spools = [Spool(tmp_path, max_bytes=10_000, segment_bytes=1000) for _ in range(4)]
    kept = 0
    for number in range(1000):
        try:
            spools[number % 4].append(b"x" * 99 + b"\n")
        except SpoolFull:
            continue
        kept += 1
    used = sum(path.stat().st_size for path in tmp_path.glob("*.runs"))
    assert used == kept * 100
    assert 9_900 <= used <= 10_000 * (1 + 3 / 16)
    for spool in spools:
        spool.seal()
    drained(tmp_path)
    spools[0].append(b"there is room again\n")


def test_nobody_else_can_read_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", max_bytes=PLENTY)
    spool.append(b"1\n")
    (path,) = spool.folder.glob("*.runs")
    assert [oct(spool.folder.stat().st_mode)[-3:], oct(path.stat().st_mode)[-3:]] == ["700", "600"]


def test_nothing_follows_a_torn_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, max_bytes=PLENTY)
    write = os.write
    spool.append(b"first\n")
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    with pytest.raises(OSError, match="did not fit"):
        spool.append(b"second\n")
    monkeypatch.undo()
    spool.append(b"third\n")
    spool.seal()
    assert drained(tmp_path) == [b"first\n", b"third\n"]


WRITER = """
import sys
from pathlib import Path
from refusals.spool import Spool

spool = Spool(Path(sys.argv[1]), max_bytes=10**9, segment_bytes=20_000)
for number in range(10**9):
    spool.append(b'{"writer": %d, "number": %d, "text": "%s"}\\n' % (int(sys.argv[2]), number, b"x" * 200))
    sys.stdout.buffer.write(b"%d\\n" % number)
    sys.stdout.buffer.flush()
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Several writers at once, killed amid their work; each says which line it was told is safe."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(n)], stdout=subprocess.PIPE)
        for n in range(3)
    ]
    said: dict[int, bytes] = {}
    for n, writer in enumerate(writers):
        assert writer.stdout is not None
        told = b"".join(writer.stdout.readline() for _ in range(300 + 100 * n))
        writer.send_signal(signal.SIGKILL)
        said[n] = told + writer.stdout.read()
        writer.stdout.close()
        writer.wait()
    found: dict[int, list[int]] = {n: [] for n in range(3)}
    for line in drained(tmp_path, rows=500, size=10**6):
        row = json.loads(line)
        found[row["writer"]].append(row["number"])
    for n, text in said.items():
        acknowledged = [int(number) for number in text.splitlines(keepends=True) if number.endswith(b"\n")]
        assert found[n][: len(acknowledged)] == acknowledged
        assert len(found[n]) <= len(acknowledged) + 1, "at most the line that was about to be acknowledged"
