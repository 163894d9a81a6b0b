"""The broker that is a folder: whatever line a process stands at, another finds a message whole or not at all."""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from queue import Empty
from types import FrameType
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from kombu.connection import Connection

from refusalhub.broker import LOOSE_AFTER, TAKEN, WRITING, Transport

Step = Callable[[], object]


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Open channels to one folder, each as a process of its own would."""
    folders = {name: tmp_path / name for name in ("messages", "control")}
    for folder in folders.values():
        folder.mkdir()
    options = {
        "data_folder_in": str(folders["messages"]),
        "data_folder_out": str(folders["messages"]),
        "control_folder": str(folders["control"]),
    }
    opened: list[Connection] = []

    def open_one() -> Any:
        opened.append(Connection("filesystem://localhost", transport=Transport, transport_options=options))
        return opened[-1].channel()

    yield open_one
    for connection in opened:
        connection.release()


def interrupted_at_every_line(step: Step, *, by: Step) -> Iterator[int]:
    """Run a step again and again, with `by` done once in its midst, one line later each time; yield that line.

    The last time is without interruption.
    """
    for at in count(1):
        reached = _interrupted(step, at=at, by=by)
        yield at
        if not reached:
            assert at > 10
            return


def _interrupted(step: Step, *, at: int, by: Step) -> bool:
    lines, reached = 0, False

    def trace(_frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal lines, reached
        lines += event == "line"
        if event == "line" and lines == at:
            sys.settrace(None)
            reached = True
            by()
        return None if reached else trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        step()
    finally:
        sys.settrace(before)
    return reached


def test_the_settings_name_it_and_celery_speaks_through_it() -> None:
    if not settings.CELERY_BROKER_URL.startswith("filesystem:"):
        pytest.skip("this lane's broker is no folder")
    with current_app.connection_for_write() as connection:
        assert isinstance(connection.transport, Transport)


def test_whoever_reads_while_a_message_is_written_finds_it_whole_or_not_yet(
    channel: Callable[[], Any],
) -> None:
    writer, reader = channel(), channel()
    sent = {"body": "x" * 10_000}
    found: list[Any] = []
    amid = 0
    for _line in interrupted_at_every_line(
        lambda: writer._put("calls", sent), by=lambda: look(reader, found)
    ):
        amid += len(found)
        look(reader, found)
        assert found == [sent]
        found.clear()
    assert amid


def test_of_two_that_read_at_once_one_gets_the_message(channel: Callable[[], Any]) -> None:
    writer, slow, fast = channel(), channel(), channel()
    by_slow: list[Any] = []
    by_fast: list[Any] = []
    winners = set()
    writer._put("calls", {"body": "x"})
    for _line in interrupted_at_every_line(lambda: look(slow, by_slow), by=lambda: look(fast, by_fast)):
        assert [*by_slow, *by_fast] == [{"body": "x"}]
        winners.add("slow" if by_slow else "fast")
        by_slow.clear()
        by_fast.clear()
        writer._put("calls", {"body": "x"})
    assert winners == {"slow", "fast"}


def test_a_table_of_queues_is_never_found_without_content(channel: Callable[[], Any], tmp_path: Path) -> None:
    binder, reader = channel(), channel()
    table = tmp_path / "control" / "calls.exchange"
    seen: list[list[str]] = []

    def look_up() -> None:
        if _is_free(table):
            seen.append([one.queue for one in reader.get_table("calls")])

    for _line in interrupted_at_every_line(
        lambda: binder._queue_bind("calls", "key", "", "calls"), by=look_up
    ):
        assert [one.queue for one in reader.get_table("calls")] == ["calls"]
        table.unlink()
    assert {tuple(queues) for queues in seen} == {(), ("calls",)}


def test_two_that_bind_at_once_are_both_in_the_table(channel: Callable[[], Any], tmp_path: Path) -> None:
    one, other = channel(), channel()
    table = tmp_path / "control" / "calls.exchange"

    def bind_other() -> None:
        if _is_free(table):
            other._queue_bind("calls", "key", "", "others")

    for _line in interrupted_at_every_line(
        lambda: one._queue_bind("calls", "key", "", "calls"), by=bind_other
    ):
        bind_other()
        assert {bound.queue for bound in one.get_table("calls")} == {"calls", "others"}
        table.unlink()


def test_nothing_is_left_lying_and_messages_come_oldest_first(
    channel: Callable[[], Any], tmp_path: Path
) -> None:
    writer, reader = channel(), channel()
    for number in range(20):
        writer._put("calls", {"number": number})
        writer._put("other", {"number": -number})
    assert [reader._get("calls")["number"] for _ in range(20)] == list(range(20))
    with pytest.raises(Empty):
        reader._get("calls")
    left = [path.name for path in (tmp_path / "messages").iterdir()]
    assert len(left) == 20
    assert not [name for name in left if name.endswith((WRITING, TAKEN))]


def test_what_a_kill_left_is_cleared_away_once_it_is_old(
    channel: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = channel()
    for number in range(3):
        writer._put("calls", {"number": number})
    for part, at in ((Path, "read_text"), (Path, "rename"), (os, "link")):
        with monkeypatch.context() as killed, pytest.raises(SystemExit):
            killed.setattr(part, at, _die)
            _one_of_each(channel, at)
    left = sorted(path.suffix for path in _files(tmp_path) if path.name.endswith((WRITING, TAKEN)))
    assert left == [TAKEN, WRITING, WRITING]
    waiting = [path.name for path in (tmp_path / "messages").iterdir() if path.name.endswith(".calls.msg")]

    channel()
    assert len([path for path in _files(tmp_path) if path.name.endswith((WRITING, TAKEN))]) == 3
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LOOSE_AFTER + 60)
    channel()
    assert not [path for path in _files(tmp_path) if path.name.endswith((WRITING, TAKEN))]
    assert [path.name for path in (tmp_path / "messages").iterdir()] == waiting
    assert len(waiting) == 2


def test_a_message_that_waited_long_is_not_cleared_away_from_under_whoever_takes_it(
    channel: Callable[[], Any], tmp_path: Path
) -> None:
    reader, found = channel(), []

    def take_an_old_one() -> None:
        reader._put("calls", {"number": 1})
        for path in (tmp_path / "messages").iterdir():
            os.utime(path, (1, 1))
        found.append(reader._get("calls"))

    lines = list(interrupted_at_every_line(take_an_old_one, by=channel))
    assert found == [{"number": 1}] * len(lines)


def _die(*_given: object, **_named: object) -> None:
    raise SystemExit("killed")


def _one_of_each(channel: Callable[[], Any], at: str) -> None:
    """Take a message, put one, or begin a table."""
    if at == "read_text":
        channel()._get("calls")
    elif at == "rename":
        channel()._put("calls", {"number": 9})
    else:
        channel()._queue_bind("exchange", "", "", "calls")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def look(reader: Any, found: list[Any]) -> None:
    """Take a message, where there is one."""
    with suppress(Empty):
        found.append(reader._get("calls"))


def _is_free(table: Path) -> bool:
    """Whether nobody holds the lock: another process would wait for it, and here one process is both."""
    if not table.exists():
        return True
    with table.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
