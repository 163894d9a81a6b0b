"""The real SDKs, wrapped: the same answers, streams and errors, and every call recorded."""

import gc
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from pipelines.models import Pipeline, Run
from refusalhub.sandbox.answers import SIMULATED
from refusals import Hub, RunVerdict
from tests.client.conftest import finished, rows_in

# What an SDK answers and what is told of it, which no database changes; `test_sending` has the way to the hub.
pytestmark = pytest.mark.once

BARE: dict[str, Any] = {"model": "claude-opus-5-5", "max_tokens": 500}


def asking(text: str) -> dict[str, Any]:
    return {**BARE, "messages": [{"role": "user", "content": text}]}


@pytest.fixture
def bare(sandbox: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=sandbox, api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture
def client(bare: anthropic.Anthropic, hub: Hub) -> anthropic.Anthropic:
    return hub.wrap(bare, "nightly-digest", task_id="t")


def recorded(hub: Hub, pipeline: Pipeline) -> Run:
    """The one run that the hub has, once it has been sent."""
    assert hub.flush(20)
    return Run.objects.get(pipeline=pipeline)


CALLS = [
    ("Tell me more.", "ok", ""),
    ("[[sandbox: refusal cyber]]", "declined", "CYBER"),
    ("[[sandbox: refusal bio partial]]", "declined", "BIO"),
    ("[[sandbox: max_tokens]]", "degraded", "TRUNCATED"),
    ("[[sandbox: pause_turn]]", "degraded", "INCOMPLETE"),
    ("[[sandbox: unknown_stop]]", "degraded", "UNKNOWN_SIGNAL"),
]
FALLBACKS = [
    ("[[sandbox: fallback bio]]", "ok", "FALLBACK_SERVED"),
    ("[[sandbox: fallback_refused cyber]]", "declined", "CYBER"),
]
ERRORS = [
    ("[[sandbox: 429]]", "infra_error", "RATE_LIMIT"),
    ("[[sandbox: 529]]", "infra_error", "OVERLOADED"),
    ("[[sandbox: 401]]", "infra_error", "AUTH"),
    ("[[sandbox: drop]]", "infra_error", "NETWORK"),
]
BROKEN = [
    ("[[sandbox: broken]]", "infra_error", "NETWORK"),
    ("[[sandbox: stream_error]]", "infra_error", "OVERLOADED"),
]


@pytest.mark.parametrize(("prompt", "outcome", "code"), CALLS)
def test_a_call_returns_what_it_ever_did(
    client: anthropic.Anthropic, bare: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str,
) -> None:  # fmt: skip
    answer = client.messages.create(**asking(prompt))
    same = bare.messages.create(**asking(prompt))
    assert type(answer) is type(same)
    assert answer.model_copy(update={"id": same.id}) == same
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code, run.task_id, run.provider) == (outcome, code, "t", "anthropic")


@pytest.mark.parametrize(("prompt", "outcome", "code"), CALLS)
def test_bare_events_pass_through(
    client: anthropic.Anthropic, bare: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str,
) -> None:  # fmt: skip
    events = list(client.messages.create(**asking(prompt), stream=True))
    same = list(bare.messages.create(**asking(prompt), stream=True))
    assert [event.type for event in events] == [event.type for event in same]
    assert events[1:] == same[1:]
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)


@pytest.mark.parametrize(("prompt", "outcome", "code"), CALLS)
def test_a_helper_stream_passes_through(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline, prompt: str, outcome: str, code: str
) -> None:
    with client.messages.stream(**asking(prompt)) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert isinstance(stream, anthropic.MessageStream)
    assert text == "".join(block.text for block in message.content if block.type == "text")
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("prompt", "outcome", "code"), FALLBACKS)
def test_a_fallback_is_recorded_hop_by_hop(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str, streamed: bool,
) -> None:  # fmt: skip
    if streamed:
        with client.beta.messages.stream(**asking(prompt)) as stream:
            stream.until_done()
    else:
        client.beta.messages.create(**asking(prompt))
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)
    assert run.declines.exists()


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("prompt", "outcome", "code"), ERRORS)
def test_an_error_is_the_sdks_own(
    client: anthropic.Anthropic, bare: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str, streamed: bool,
) -> None:  # fmt: skip
    with pytest.raises(anthropic.APIError) as caught:
        client.messages.create(**asking(prompt), stream=streamed)
    with pytest.raises(anthropic.APIError) as same:
        bare.messages.create(**asking(prompt), stream=streamed)
    assert type(caught.value) is type(same.value)
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)


@pytest.mark.parametrize(("prompt", "outcome", "code"), BROKEN)
@pytest.mark.parametrize("helper", [False, True])
def test_a_broken_stream_breaks_as_ever(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str, helper: bool,
) -> None:  # fmt: skip
    with pytest.raises((httpx2.RemoteProtocolError, anthropic.APIStatusError)):
        if helper:
            with client.messages.stream(**asking(prompt)) as stream:
                stream.until_done()
        else:
            list(client.messages.create(**asking(prompt), stream=True))
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)


def test_a_stream_that_just_stops_is_no_answer(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    with client.messages.stream(**asking("[[sandbox: stream_stop]]")) as stream:
        stream.until_done()
    assert recorded(hub, pipeline).outcome != "ok"


def close(stream: Any) -> None:
    stream.close()


def leave(stream: Any) -> None:
    with stream:
        pass


@pytest.mark.parametrize("end", [close, leave])
def test_a_stream_closed_early_is_no_answer(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline, end: Any
) -> None:
    stream = client.messages.create(**asking("Tell me more."), stream=True)
    next(stream)
    end(stream)
    assert recorded(hub, pipeline).outcome != "ok"


def test_a_stream_dropped_halfway_is_recorded_too(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    for _ in client.messages.create(**asking("Tell me more."), stream=True):
        break
    gc.collect()
    assert recorded(hub, pipeline).outcome != "ok"


def test_an_error_of_the_reader_is_not_the_models(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    with pytest.raises(KeyError), client.messages.stream(**asking("Tell me more.")) as stream:
        stream.until_done()
        raise KeyError("mine")
    assert recorded(hub, pipeline).outcome == "ok"


def test_an_async_client_is_recorded(sandbox: str, hub: Hub, pipeline: Pipeline) -> None:
    async def work() -> None:
        async with anthropic.AsyncAnthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
            client = hub.wrap(bare, "nightly-digest")
            answer = await client.messages.create(**asking("[[sandbox: refusal cyber]]"))
            assert answer.stop_reason == "refusal"
            events = [event async for event in await client.messages.create(**asking("More."), stream=True)]
            assert events[-1].type == "message_stop"
            async with client.messages.stream(**asking("[[sandbox: refusal bio]]")) as stream:
                assert (await stream.get_final_message()).stop_reason == "refusal"
            with pytest.raises(anthropic.RateLimitError):
                await client.messages.create(**asking("[[sandbox: 429]]"))
            with pytest.raises(httpx2.RemoteProtocolError):
                async with client.messages.stream(**asking("[[sandbox: broken]]")) as stream:
                    await stream.until_done()
            early = await client.messages.create(**asking("More."), stream=True)
            await early.close()

    finished(work())
    assert hub.flush(20)
    endings = Run.objects.filter(pipeline=pipeline).values_list("outcome", "code")
    assert sorted(endings) == [
        ("declined", "BIO"),
        ("declined", "CYBER"),
        ("degraded", "UNKNOWN_SIGNAL"),  # closed before its first event
        ("infra_error", "NETWORK"),
        ("infra_error", "RATE_LIMIT"),
        ("ok", ""),
    ]


def test_the_request_is_kept_as_it_was_sent(client: anthropic.Anthropic, hub: Hub) -> None:
    hub._sender.stop()
    client.messages.create(
        **asking("Tell me more."), extra_headers={"x-mine": "1"}, extra_body={"top_k": 3}, timeout=20
    )
    (row,) = rows_in(hub)
    assert row["request"] == {**asking("Tell me more."), "top_k": 3}
    assert row["model"] == "claude-opus-5-5"


def test_a_wrapped_client_passes_for_the_real_one(
    client: anthropic.Anthropic, bare: anthropic.Anthropic
) -> None:
    assert isinstance(client, anthropic.Anthropic)
    assert repr(client) == repr(bare)
    assert client.base_url == bare.base_url
    client.max_retries = 3
    assert bare.max_retries == 3
    assert client.messages.create.__doc__ == bare.messages.create.__doc__
    with client as entered:
        assert entered is client


def test_a_client_made_of_a_wrapped_one_is_recorded_too(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    client.with_options(timeout=20).messages.create(**asking("[[sandbox: refusal cyber]]"))
    assert recorded(hub, pipeline).code == "CYBER"


def test_every_verdict_is_told_to_who_asks(bare: anthropic.Anthropic, hub: Hub) -> None:
    verdicts: list[RunVerdict] = []
    client = hub.wrap(bare, "p", on_verdict=verdicts.append)
    client.messages.create(**asking("[[sandbox: refusal cyber]]"))
    client.messages.create(**asking("Tell me more."))
    assert [verdict.disposition for verdict in verdicts] == ["held", "ok"]
    assert verdicts[1].text.startswith(SIMULATED)


def test_our_own_mistake_is_not_the_callers(
    client: anthropic.Anthropic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistake(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("refusals.recording.answered", mistake)
    assert client.messages.create(**asking("Tell me more.")).stop_reason == "end_turn"
    assert "could not be recorded" in caplog.text


def test_only_the_clients_we_know_are_wrapped(hub: Hub) -> None:
    with pytest.raises(TypeError, match="anthropic and openai"):
        hub.wrap(object(), "p")


# OpenAI's wire, played from texts, for the sandbox speaks the other one.


class Played(ThreadingHTTPServer):
    """Answers every request with one text; one that ends in "…" breaks off there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.kind, self.text = 200, "application/json", ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Played

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = self.server.text.removesuffix("…").encode()
        missing = 100 if self.server.text.endswith("…") else 0
        self.send_response(self.server.status)
        self.send_header("content-type", self.server.kind)
        self.send_header("content-length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def played() -> Iterator[Played]:
    server = Played()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def openai_client(played: Played, hub: Hub) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=played.url, api_key="any", max_retries=0) as client:
        yield hub.wrap(client, "nightly-digest")


LONG = "A long enough answer for anybody to use."
CHAT = (
    '{"id":"c1","object":"chat.completion","created":1,"model":"gpt-6","choices":[{"index":0,"finish_reason":'
    '"%s","message":{"role":"assistant","content":"' + LONG + '"}}],'
    '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}'
)
CHUNK = (
    'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-6","choices":[{"index":0,'
    '"delta":{"role":"assistant","content":"%s"},"finish_reason":%s}]}\n\n'
)
RESPONSE = (
    '{"id":"r1","object":"response","created_at":1,"model":"gpt-6","status":"%s","output":[{"type":"message",'
    '"id":"m1","status":"completed","role":"assistant","content":[{"type":"%s","%s":"' + LONG + '",'
    '"annotations":[]}]}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]}'
)
EVENT = 'event: response.%s\ndata: {"type":"response.%s","sequence_number":%d,"response":%s}\n\n'
ASKING: dict[str, Any] = {"model": "gpt-6", "messages": [{"role": "user", "content": "Tell me more."}]}


@pytest.mark.parametrize(("finish", "outcome"), [("stop", "ok"), ("content_filter", "declined")])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_chat_completion_is_recorded(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline,
    finish: str, outcome: str, streamed: bool,
) -> None:  # fmt: skip
    if streamed:
        played.kind = "text/event-stream"
        played.text = CHUNK % (LONG, "null") + CHUNK % ("", f'"{finish}"') + "data: [DONE]\n\n"
        chunks = list(openai_client.chat.completions.create(**ASKING, stream=True))
        assert [chunk.choices[0].delta.content for chunk in chunks] == [LONG, ""]
    else:
        played.text = CHAT % finish
        answer = openai_client.chat.completions.create(**ASKING)
        assert answer.choices[0].message.content == LONG
    run = recorded(hub, pipeline)
    assert (run.outcome, run.requested_model) == (outcome, "gpt-6")


@pytest.mark.parametrize(
    ("part", "outcome"), [(("output_text", "text"), "ok"), (("refusal", "refusal"), "declined")]
)
@pytest.mark.parametrize("way", ["whole", "events", "helper"])
def test_a_response_is_recorded(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline,
    part: tuple[str, str], outcome: str, way: str,
) -> None:  # fmt: skip
    body = RESPONSE % ("completed", *part)
    asking: dict[str, Any] = {"model": "gpt-6", "input": "Tell me more."}
    if way == "whole":
        played.text = body
        assert openai_client.responses.create(**asking).id == "r1"
    else:
        played.kind = "text/event-stream"
        begun = RESPONSE % ("in_progress", *part)
        played.text = EVENT % ("created", "created", 0, begun) + EVENT % ("completed", "completed", 1, body)
        if way == "events":
            seen = list(openai_client.responses.create(**asking, stream=True))
            assert [event.type for event in seen] == ["response.created", "response.completed"]
        else:
            with openai_client.responses.stream(**asking) as stream:
                assert stream.get_final_response().id == "r1"
    assert recorded(hub, pipeline).outcome == outcome


def test_a_broken_chat_stream_breaks_as_ever(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline
) -> None:
    played.kind, played.text = "text/event-stream", CHUNK % ("Half", "null") + "…"
    with pytest.raises(openai.APIConnectionError):
        list(openai_client.chat.completions.create(**ASKING, stream=True))
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == ("infra_error", "NETWORK")


def test_a_filtered_prompt_is_declined(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline, tmp_path: Path
) -> None:
    played.status = 400
    played.text = '{"error":{"message":"filtered","type":"invalid_request_error","code":"content_filter"}}'
    with pytest.raises(openai.BadRequestError):
        openai_client.chat.completions.create(**ASKING)
    assert recorded(hub, pipeline).outcome == "declined"


def test_an_async_openai_client_is_recorded(played: Played, hub: Hub, pipeline: Pipeline) -> None:
    played.text = CHAT % "content_filter"

    async def work() -> None:
        async with openai.AsyncOpenAI(base_url=played.url, api_key="any", max_retries=0) as bare:
            client = hub.wrap(bare, "nightly-digest")
            await client.chat.completions.create(**ASKING)

    finished(work())
    assert recorded(hub, pipeline).outcome == "declined"
