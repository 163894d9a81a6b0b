"""A pipeline with its key, and hubs that talk to a real server."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from pipelines.keys import create_key
from pipelines.models import Pipeline
from refusalhub.ports import free_port
from refusals import Hub

T = TypeVar("T")
MakeHub = Callable[..., Hub]


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    """A pipeline whose own done-conditions ask for nothing."""
    return Pipeline.objects.create(slug="nightly-digest", title="Nightly digest", done_conditions={})


@pytest.fixture
def key(pipeline: Pipeline) -> str:
    """A key of that pipeline."""
    return create_key(pipeline=pipeline, now=timezone.now())


@pytest.fixture
def make_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeHub]:
    """Make hubs whose spool is this test's; they are closed at its end."""
    monkeypatch.setenv("REFUSALS_REVIEW_DIR", str(tmp_path / "review_queue"))
    hubs: list[Hub] = []

    def make(url: str, api_key: str, **options: Any) -> Hub:
        hub = Hub(url, api_key, spool=tmp_path / "spool", **{"flush_interval": 0.05, **options})
        hubs.append(hub)
        return hub

    yield make
    for hub in hubs:
        hub.close(timeout=0)


@pytest.fixture
def hub(live_server: LiveServer, key: str, make_hub: MakeHub) -> Hub:
    """A client of the hub that runs beside the test."""
    return make_hub(live_server.url, key)


@pytest.fixture
def absent_hub(make_hub: MakeHub) -> Hub:
    """A client of a hub that is not there."""
    return make_hub(f"http://127.0.0.1:{free_port()}", "rh_nobody", flush_interval=3600)


def rows_in(hub: Hub) -> list[dict[str, Any]]:
    """The runs that wait in a hub's spool."""
    files = sorted(hub.spool.glob("*.runs"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run async work to its end, in a thread: the browser of other tests has its loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the client wrote into the log, one text a message."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "refusals.hub" and record.levelno >= logging.WARNING
    ]


def message(
    text: str = "## One\nA long enough answer for anybody.\n## Two\n", **fields: Any
) -> dict[str, Any]:
    """A body as the Messages API sends it."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 5},
    }
    return {**body, **fields}


def refusal(category: str = "cyber") -> dict[str, Any]:
    """A declined body of the same API."""
    details = {"type": "refusal", "category": category, "explanation": "A benign example."}
    return message(content=[], stop_reason="refusal", stop_details=details)
