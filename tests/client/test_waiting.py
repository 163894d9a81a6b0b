"""Waiting for a person: a pipeline sleeps, politely, and goes on with what became of its held run."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from refusals import Deliverable, Hub, HubError
from reviews.models import Case, State
from tests.client.conftest import MakeHub, finished
from tests.client.test_deliverables import answer, held
from tests.processes import RunningProcess, wait_until
from tests.signing_in import form_of

ROOT = Path(__file__).parent.parent.parent
NIGHT = [sys.executable, "-m", "tests.client.night"]


class Scripted:
    """A hub that gives the answers it was given, in their order, and notes what it was asked with."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.tags: list[str | None] = []
        self.url = ""

    def tells(self, status: int, body: Any = None, **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, names, b"" if body is None else json.dumps(body).encode()))


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    hub = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.tags.append(self.headers.get("If-None-Match"))
            status, headers, body = hub.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(Handler) as url:
        hub.url = url
        yield hub


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client slept each time: the clock goes on by as much, and nobody waits."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    clock = SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept))
    monkeypatch.setattr("refusals.deliverables.time", clock)
    loop = SimpleNamespace(sleep=sleep, to_thread=asyncio.to_thread)
    monkeypatch.setattr("refusals.deliverables.asyncio", loop)
    return slept


HELD = {"run_id": "a", "state": "held"}
DONE = {"run_id": "a", "state": "answered", "text": "The answer."}


def plainly(hub: Hub, **how: Any) -> Deliverable:
    return hub.wait_for_deliverable("a", **how)


def awaited(hub: Hub, **how: Any) -> Deliverable:
    return finished(hub.wait_for_deliverable_async("a", **how))


@pytest.mark.parametrize("wait", [plainly, awaited])
def test_it_sleeps_as_long_as_the_hub_says_and_asks_only_for_news(
    scripted: Scripted, make_hub: MakeHub, pauses: list[float], wait: Callable[..., Deliverable]
) -> None:
    scripted.tells(404, {"detail": "No run 'a' in this pipeline."})
    scripted.tells(202, HELD, ETag='"1"', Retry_After="60")
    scripted.tells(304, ETag='"1"', Retry_After="7")
    scripted.tells(200, DONE, ETag='"2"')
    found = wait(make_hub(scripted.url, "rh_key"))
    assert (found.state, found.text, found.is_settled) == ("answered", "The answer.", True)
    assert pauses == [5.0, 60.0, 7.0]
    assert scripted.tags == [None, None, '"1"', '"1"']


@pytest.mark.parametrize("wait", [plainly, awaited])
def test_what_is_still_held_at_the_end_is_returned_and_nothing_raised(
    scripted: Scripted, make_hub: MakeHub, pauses: list[float], wait: Callable[..., Deliverable]
) -> None:
    for _ in range(3):
        scripted.tells(202, HELD, Retry_After="60")
    found = wait(make_hub(scripted.url, "rh_key"), timeout=100)
    assert (found.state, found.is_settled) == ("held", False)
    assert pauses == [60.0, 40.0]
    assert scripted.answers == []


def test_a_hungry_pipeline_asks_more_often_but_leaves_a_busy_hub_alone(
    scripted: Scripted, make_hub: MakeHub, pauses: list[float]
) -> None:
    scripted.tells(202, HELD, Retry_After="60")
    scripted.tells(429, {"detail": "Too many requests: wait 30 s."}, Retry_After="30")
    scripted.tells(503)
    scripted.tells(200, DONE)
    found = make_hub(scripted.url, "rh_key").wait_for_deliverable("a", poll=2)
    assert found.state == "answered"
    assert pauses == [2.0, 30.0, 5.0]


def test_a_hub_that_is_away_is_waited_for_and_the_end_is_how_things_stood(
    absent_hub: Hub, pauses: list[float]
) -> None:
    found = absent_hub.wait_for_deliverable("a", timeout=12)
    assert (found.state, found.is_settled) == ("unknown", False)
    assert pauses == [5.0, 5.0, 2.0]


def test_a_hub_that_does_not_take_the_key_is_not_waited_for(
    scripted: Scripted, make_hub: MakeHub, pauses: list[float]
) -> None:
    scripted.tells(401, {"detail": "Needs a key."})
    with pytest.raises(HubError, match="401"):
        make_hub(scripted.url, "rh_wrong").wait_for_deliverable("a")
    with pytest.raises(ValueError, match="poll"):
        make_hub(scripted.url, "rh_wrong").wait_for_deliverable("a", poll=0)
    assert pauses == []


@pytest.mark.parametrize(
    ("status", "headers", "ends"), [(200, {}, True), (202, {"Retry_After": "60"}, False), (451, {}, True)]
)
def test_a_state_that_is_new_here_raises_nothing_and_the_hub_says_whether_to_wait(
    scripted: Scripted, make_hub: MakeHub, status: int, headers: dict[str, str], ends: bool
) -> None:
    scripted.tells(
        status, {"run_id": "a", "state": "passed_on", "file": {"shape": "new"}, "to": 4}, **headers
    )
    found = make_hub(scripted.url, "rh_key").deliverable("a")
    assert (found.state, found.is_settled, found.file) == ("passed_on", ends, None)


def test_that_nobody_looked_is_an_ending_with_its_reason(scripted: Scripted, make_hub: MakeHub) -> None:
    scripted.tells(
        200, {"run_id": "a", "state": "held_expired", "reason": "Nobody looked at it within 24 h."}
    )
    found = make_hub(scripted.url, "rh_key").wait_for_deliverable("a")
    assert (found.state, found.is_settled, found.text) == ("held_expired", True, None)
    assert found.reason == "Nobody looked at it within 24 h."


def test_waiting_ends_with_what_a_person_obtained(hub: Hub, reviewer: User) -> None:
    run_id = held(hub)
    assert hub.wait_for_deliverable(run_id, timeout=0).state == "held"
    answer(run_id, text="The answer.", by=reviewer)
    assert hub.wait_for_deliverable(run_id).text == "The answer."

    async def beside() -> tuple[Deliverable, str]:
        return await asyncio.gather(hub.wait_for_deliverable_async(run_id), asyncio.sleep(0, "went on"))

    found, other = finished(beside())
    assert (found.text, other) == ("The answer.", "went on")


@pytest.mark.worker
def test_an_unattended_pipeline_sleeps_while_a_person_decides_and_goes_on_with_the_answer(
    live_server: LiveServer,
    key: str,
    sandbox: str,
    worker: RunningProcess,
    reviewer: User,
    client_as: Callable[[User], Client],
    tmp_path: Path,
) -> None:
    env = {
        **os.environ,
        "REFUSALHUB_URL": live_server.url,
        "REFUSALHUB_API_KEY": key,
        "REFUSALHUB_SPOOL": str(tmp_path),
        "ANTHROPIC_BASE_URL": sandbox,
        "ANTHROPIC_API_KEY": "any",
    }
    with subprocess.Popen(NIGHT, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as night:
        try:
            case = decided(client_as(reviewer), meanwhile=night)
            said, _ = night.communicate(timeout=60)
        finally:
            night.kill()
    obtained = case.reissues.get().run
    assert night.returncode == 0
    assert obtained is not None
    assert json.loads(said) == {"verdict": "held", "state": "answered", "published": obtained.content.answer}


def decided(page: Client, *, meanwhile: subprocess.Popen[str]) -> Case:
    """Re-issue the one case with context and accept its answer, as a person does, while the pipeline waits."""
    wait_until(lambda: Case.objects.exists() or meanwhile.poll() is not None, what="the run is held")
    case = Case.objects.get()
    context = {"purpose": "A notice for the staff.", "background": "The car park is our own."}
    sent = page.post(f"/cases/{case.pk}/reissue/", form_of(page, case) | context)
    assert sent.status_code == 302
    waits_for_a_reader = Case.objects.filter(pk=case.pk, state=State.ANSWERED)
    wait_until(waits_for_a_reader.exists, what="it is answered")
    assert meanwhile.poll() is None, "the pipeline went on before anybody accepted anything"
    case.refresh_from_db()
    assert page.post(f"/cases/{case.pk}/accept/", {"version": case.version}).status_code == 302
    return case
