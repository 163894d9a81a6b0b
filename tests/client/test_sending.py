"""From the spool to a real hub: away and back, keys that are wrong, rows and batches that are refused."""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from pipelines.models import Run
from refusalhub.ports import free_port
from refusals import Hub, RunVerdict
from tests.client.conftest import MakeHub, message, rows_in, said


def record(hub: Hub, n: int = 1, **about: str) -> list[RunVerdict]:
    verdicts = []
    for number in range(n):
        with hub.run("nightly-digest", prompt=f"Prompt {number}.", **about) as run:  # type: ignore[arg-type]  # texts
            verdicts.append(run.finish(message()))
    return verdicts


@contextlib.contextmanager
def hub_running(port: int) -> Iterator[None]:
    """A real hub on this port, until the block ends."""
    thread = LiveServerThread("127.0.0.1", static_handler=StaticFilesHandler, port=port)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    try:
        yield
    finally:
        thread.terminate()


def test_runs_arrive_by_themselves(hub: Hub) -> None:
    verdicts = record(hub, 3)
    assert hub.flush(20)
    assert set(Run.objects.values_list("run_id", flat=True)) == {verdict.run_id for verdict in verdicts}
    assert hub.waiting() == 0
    assert list(hub.spool.iterdir()) == []


def test_the_background_needs_no_flush(hub: Hub) -> None:
    record(hub)
    for _ in range(400):
        if not hub._spool.has_own():
            break
        threading.Event().wait(0.05)
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hub_that_was_away_gets_everything_later(
    key: str, make_hub: MakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    hub = make_hub(f"http://127.0.0.1:{port}", key)
    with caplog.at_level(logging.WARNING):
        verdicts = record(hub, 5)
        assert not hub.flush(1)
        assert not hub.flush(1)
        assert len(said(caplog)) == 1
        with hub_running(port):
            assert hub.flush(20)
        record(hub, 5)
        hub._sender._connection.close()  # which a process that ends would have done; this one was a thread
        assert not hub.flush(1)
        with hub_running(port):
            assert hub.flush(20)
    assert all(verdict.recorded for verdict in verdicts)
    assert Run.objects.count() == 10
    assert [text.partition(";")[0] for text in said(caplog)] == [
        "The hub takes nothing at the moment",
        "The hub answers again.",
    ] * 2


def test_a_hub_that_stays_away_leaves_few_files(absent_hub: Hub) -> None:
    for _ in range(8):
        record(absent_hub)
        assert not absent_hub.flush(0.2)
    assert absent_hub.waiting() == 8
    assert len(list(absent_hub.spool.glob("*.runs"))) <= 2


def test_a_wrong_key_is_said_once_and_nothing_is_lost(
    live_server: LiveServer, make_hub: MakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    hub = make_hub(live_server.url, "rh_wrong")
    with caplog.at_level(logging.WARNING):
        record(hub, 2)
        assert not hub.flush(5)
        assert not hub.flush(5)
    (text,) = said(caplog)
    assert "REFUSALHUB_API_KEY" in text
    assert "HTTP status 401" in text
    assert hub.waiting() == 2


def test_an_address_that_is_no_hub_is_said(
    live_server: LiveServer, key: str, make_hub: MakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    hub = make_hub(live_server.url + "/elsewhere", key)
    record(hub)
    assert not hub.flush(5)
    assert "HTTP status 404" in said(caplog)[0]


def test_a_refused_row_is_put_aside_and_blocks_nobody(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    record(hub)
    hub._spool.append(b'{"run_id": "bad", "prompt": "p"}\n')
    hub._spool.append(b"not even JSON\n")
    hub._spool.append("nor UTF-8: é\n".encode("latin-1"))
    record(hub)
    assert hub.flush(20)
    assert Run.objects.count() == 2
    aside = [json.loads(line) for line in (hub.spool / "rejected.jsonl").read_text().splitlines()]
    assert sorted(entry["status"] for entry in aside) == ["damaged", "refused", "refused"]
    (bad,) = [entry for entry in aside if entry["row"] == {"run_id": "bad", "prompt": "p"}]
    assert "exactly one of response" in bad["reasons"][0]
    (text,) = said(caplog)
    assert "rejected.jsonl" in text


def test_a_run_id_that_stands_already_is_put_aside(hub: Hub) -> None:
    record(hub, run_id="mine")
    assert hub.flush(20)
    record(hub, run_id="mine")
    assert hub.flush(20)
    (entry,) = (hub.spool / "rejected.jsonl").read_text().splitlines()
    assert json.loads(entry)["status"] == "conflict"


def test_a_batch_that_is_too_large_is_halved(hub: Hub, settings: Settings) -> None:
    settings.MAX_BATCH_ROWS = 7
    record(hub, 30)
    assert hub.flush(20)
    assert Run.objects.count() == 30


def test_a_run_that_is_too_large_is_put_aside(hub: Hub, settings: Settings) -> None:
    settings.MAX_BODY_BYTES = 2000
    record(hub, 3)
    with hub.run("p", prompt="x" * 5000) as run:
        run.finish(message())
    record(hub, 3)
    assert hub.flush(20)
    assert Run.objects.count() == 6
    assert json.loads((hub.spool / "rejected.jsonl").read_text())["row"]["run_id"] == run.run_id


def test_a_hub_that_asks_to_wait_is_left_alone(
    hub: Hub, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    hub._sender.stop()
    hub._collect()
    record(hub)
    pause = hub._sender._attempt(None)
    assert pause is not None
    assert pause >= 1
    assert "Too many requests" in said(caplog)[0]
    settings.API_REQUESTS_PER_MINUTE = 1200
    assert hub.flush(20)


def test_threads_share_one_hub(hub: Hub) -> None:
    threads = [threading.Thread(target=record, args=(hub, 25)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub.flush(30)
    assert Run.objects.count() == 200


def test_a_forked_child_has_a_segment_of_its_own(hub: Hub) -> None:
    record(hub, 3)
    child = os.fork()
    if not child:
        try:
            record(hub, 4)
            os._exit(0 if hub.flush(20) else 1)
        finally:
            os._exit(2)
    record(hub, 3)
    assert os.waitpid(child, 0)[1] == 0
    assert hub.flush(20)
    assert Run.objects.count() == 10


def test_a_child_that_dies_leaves_its_runs_to_others(hub: Hub) -> None:
    child = os.fork()
    if not child:
        try:
            hub._sender.stop()
            record(hub, 4)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert hub.waiting() == 4
    assert hub.flush(20)
    assert Run.objects.count() == 4


def test_a_child_holds_no_lock_of_its_parent(absent_hub: Hub) -> None:
    record(absent_hub)
    ready, release = os.pipe()
    child = os.fork()
    if not child:
        os.close(release)
        os.read(ready, 1)
        os._exit(0)
    try:
        absent_hub._spool.seal()
        (segment,) = absent_hub._spool.claim()
        absent_hub._spool.release(segment)
    finally:
        os.close(release)
        os.close(ready)
        os.waitpid(child, 0)


SCRIPT = """
from refusals import Hub
hub = Hub(flush_interval=3600)
for number in range(5):
    with hub.run("nightly-digest", prompt="p") as run:
        run.finish("An answer that is long enough to be a real one.")
"""


def environment(hub: Hub, url: str, key: str) -> dict[str, str]:
    return {
        **os.environ,
        "REFUSALHUB_URL": url,
        "REFUSALHUB_API_KEY": key,
        "REFUSALHUB_SPOOL": str(hub.spool.parent),
    }


def test_the_end_of_a_process_sends_what_waits(hub: Hub, live_server: LiveServer, key: str) -> None:
    environ = environment(hub, live_server.url, key)
    subprocess.run([sys.executable, "-c", SCRIPT], env=environ, check=True)
    assert Run.objects.count() == 5


def flush_command(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "refusals", "flush", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_the_flush_command_sends_what_dead_processes_left(
    hub: Hub, live_server: LiveServer, key: str
) -> None:
    hub._sender.stop()
    record(hub, 3)
    hub._spool.seal()
    done = flush_command(environment(hub, live_server.url, key))
    assert (done.returncode, done.stdout) == (0, f"3 runs sent, 0 wait in {hub.spool}\n")
    assert Run.objects.count() == 3


def test_the_flush_command_says_what_it_could_not_send(absent_hub: Hub) -> None:
    record(absent_hub, 3)
    absent_hub._spool.seal()
    environ = environment(absent_hub, absent_hub.url, "rh_nobody")
    done = flush_command(environ, "--timeout", "0.5")
    assert done.returncode == 1
    assert f"0 runs sent, 3 wait in {absent_hub.spool}" in done.stderr
    del environ["REFUSALHUB_URL"]
    done = flush_command(environ)
    assert (done.returncode, "REFUSALHUB_URL" in done.stderr) == (2, True)


def test_each_key_has_a_folder_of_its_own(make_hub: MakeHub, tmp_path: Path) -> None:
    ours = make_hub("http://127.0.0.1:1", "rh_ours", flush_interval=3600)
    theirs = make_hub("http://127.0.0.1:1", "rh_theirs", flush_interval=3600)
    record(ours)
    assert len(rows_in(ours)) == 1
    assert rows_in(theirs) == []
