"""A wrapped client records what went over the wire: the body to the byte, and its beta header beside it."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anthropic
import openai
import pydantic
import pytest
from anthropic import beta_async_tool, beta_tool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.models import Pipeline, RunContent
from refusals import Hub
from refusals.asked import sent_over_the_wire
from refusals.plain import plain
from tests.client.conftest import finished, rows_in
from tests.client.test_wrapping import CHAT, CHUNK, LONG, RESPONSE, asking

pytestmark = pytest.mark.once


class Leaflet(pydantic.BaseModel):
    title: str


class Heard(ThreadingHTTPServer):
    """Answers as it is told, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kind, self.text = "application/json", ""
        self.asked: list[tuple[bytes, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Heard

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((body, self.headers.get("anthropic-beta")))
        answer = self.server.text.encode()
        self.send_response(200)
        self.send_header("content-type", self.server.kind)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def heard() -> Iterator[Heard]:
    server = Heard()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def message(text: str, **more: Any) -> str:
    body = {
        "id": "m", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "stop_sequence": None,
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 2}, **more,
    }  # fmt: skip
    return json.dumps(body)


STREAM = "".join(
    f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
    for event in [
        {"type": "message_start", "message": json.loads(message("")) | {"content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": LONG}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
)
BETAS = ["context-1m-2025-08-07", "interleaved-thinking-2025-05-14"]
BETA: dict[str, Any] = {
    **asking("Zürich \u2028 [[x]]"),
    "betas": BETAS,
    "user_profile_id": "u",
    "workspace_id": "w",
}


def line_of(hub: Hub) -> tuple[bytes, dict[str, Any]]:
    """The one run that waits, as it is written and as it is read."""
    (file,) = hub.spool.glob("*.runs")
    (line,) = file.read_bytes().splitlines()
    return line, json.loads(line)


def told_as_sent(hub: Hub, heard: Heard, *, first: int = 0) -> dict[str, Any]:
    """Hold what is recorded against what was sent."""
    body, header = heard.asked[first]
    line, row = line_of(hub)
    assert b'"request":' + body in line
    assert row["request"] == json.loads(body)
    assert row.get("betas") == (header.split(",") if header else None)
    request: dict[str, Any] = row["request"]
    return request


def asked_by(client: Any, way: str) -> None:
    beta = client.beta.messages
    match way:
        case "create":
            beta.create(**BETA, extra_body={"top_k": 3}, extra_headers={"x-mine": "1"}, timeout=20)
        case "events":
            list(beta.create(**BETA, stream=True))
        case "stream":
            with beta.stream(**BETA) as stream:
                stream.until_done()
        case "parse":
            beta.parse(**BETA, output_format=Leaflet)
        case "raw":
            beta.with_raw_response.create(**BETA).parse()
        case "streaming":
            with beta.with_streaming_response.create(**BETA) as response:
                response.read()
        case "options":
            client.with_options(timeout=20).beta.messages.create(**BETA)


@pytest.mark.parametrize("way", ["create", "events", "stream", "parse", "raw", "streaming", "options"])
def test_what_is_recorded_of_a_call_is_what_was_sent(absent_hub: Hub, heard: Heard, way: str) -> None:
    heard.text = message('{"title": "' + LONG + '"}')
    if way in ("events", "stream"):
        heard.kind, heard.text = "text/event-stream", STREAM
    with anthropic.Anthropic(base_url=heard.url, api_key="any", max_retries=0) as bare:
        asked_by(absent_hub.wrap(bare, "p"), way)
    request = told_as_sent(absent_hub, heard)
    assert not request.keys() & {"betas", "user_profile_id", "workspace_id", "timeout", "extra_headers"}
    assert "python_object" not in json.dumps(request)
    assert heard.asked[0][1], "the header was there"


@pytest.mark.parametrize("way", ["create", "events", "stream", "parse", "raw", "streaming"])
def test_what_is_recorded_of_an_async_call_is_what_was_sent(absent_hub: Hub, heard: Heard, way: str) -> None:
    heard.text = message('{"title": "' + LONG + '"}')
    if way in ("events", "stream"):
        heard.kind, heard.text = "text/event-stream", STREAM

    async def work() -> None:
        async with anthropic.AsyncAnthropic(base_url=heard.url, api_key="any", max_retries=0) as bare:
            beta: Any = absent_hub.wrap(bare, "p").beta.messages
            match way:
                case "create":
                    await beta.create(**BETA)
                case "events":
                    async for _ in await beta.create(**BETA, stream=True):
                        pass
                case "stream":
                    async with beta.stream(**BETA) as stream:
                        await stream.until_done()
                case "parse":
                    await beta.parse(**BETA, output_format=Leaflet)
                case "raw":
                    await (await beta.with_raw_response.create(**BETA)).parse()
                case "streaming":
                    async with beta.with_streaming_response.create(**BETA) as response:
                        await response.read()

    finished(work())
    told_as_sent(absent_hub, heard)


USE = {"type": "tool_use", "id": "t", "name": "look_up", "input": {"query": "x"}}


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_tool_runner_is_recorded_with_the_first_request_that_it_sent(
    absent_hub: Hub, heard: Heard, kind: str
) -> None:
    heard.text = message("", content=[USE], stop_reason="tool_use")
    more: dict[str, Any] = {"max_iterations": 2, "thread": False}

    @beta_tool
    def look_up(query: str) -> str:
        """Look it up.

        Args:
            query: What.
        """
        return query

    async def work() -> None:
        @beta_async_tool
        async def look_up(query: str) -> str:
            """Look it up.

            Args:
                query: What.
            """
            return query

        async with anthropic.AsyncAnthropic(base_url=heard.url, api_key="any", max_retries=0) as bare:
            runner: Any = absent_hub.wrap(bare, "p").beta.messages.tool_runner(
                **BETA, tools=[look_up], **more
            )
            await runner.until_done()

    if kind == "async":
        finished(work())
    else:
        with anthropic.Anthropic(base_url=heard.url, api_key="any", max_retries=0) as bare:
            absent_hub.wrap(bare, "p").beta.messages.tool_runner(**BETA, tools=[look_up], **more).until_done()
    assert len(heard.asked) == 2
    request = told_as_sent(absent_hub, heard)
    assert not request.keys() & {"max_iterations", "thread", "betas"}
    assert request["tools"][0]["input_schema"]["properties"]["query"]


OPENAI: dict[str, Any] = {"model": "gpt-6", "messages": [{"role": "user", "content": "Tell me more."}]}


@pytest.mark.parametrize("way", ["chat", "events", "parse", "raw", "responses", "responses parse"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_is_recorded_of_an_openai_call_is_what_was_sent(
    absent_hub: Hub, heard: Heard, way: str, kind: str
) -> None:
    title = LONG.replace(LONG, '{\\"title\\": \\"A long enough title for anybody.\\"}')
    heard.text = (
        RESPONSE % ("completed", "output_text", "text") if "responses" in way else CHAT % "stop"
    ).replace(LONG, title)
    if way == "events":
        heard.kind = "text/event-stream"
        heard.text = CHUNK % (LONG, '"stop"') + "data: [DONE]\n\n"

    def called(client: Any) -> Any:
        match way:
            case "chat":
                return client.chat.completions.create(**OPENAI, extra_body={"mine": 1})
            case "events":
                return client.chat.completions.create(**OPENAI, stream=True)
            case "parse":
                return client.chat.completions.parse(**OPENAI, response_format=Leaflet)
            case "raw":
                return client.chat.completions.with_raw_response.create(**OPENAI)
            case "responses":
                return client.responses.create(model="gpt-6", input="Tell me more.")
            case _:
                return client.responses.parse(model="gpt-6", input="Tell me more.", text_format=Leaflet)

    async def work() -> None:
        async with openai.AsyncOpenAI(base_url=heard.url, api_key="any", max_retries=0) as bare:
            answer = await called(absent_hub.wrap(bare, "p"))
            if way == "events":
                async for _ in answer:
                    pass

    if kind == "async":
        finished(work())
    else:
        with openai.OpenAI(base_url=heard.url, api_key="any", max_retries=0) as bare:
            answer = called(absent_hub.wrap(bare, "p"))
            if way == "events":
                list(answer)
    request = told_as_sent(absent_hub, heard)
    assert "python_object" not in json.dumps(request)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_requests_of_a_batch_are_recorded_as_they_were_sent(
    absent_hub: Hub, sandbox: str, kind: str
) -> None:
    asked: list[Any] = [{"custom_id": "a", "params": asking("Tell me more.") | {"system": ("x",)[0]}}]

    async def work() -> None:
        async with anthropic.AsyncAnthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
            batches = absent_hub.wrap(bare, "p").beta.messages.batches
            batch = await batches.create(requests=asked, betas=BETAS)
            async for _ in await batches.results(batch.id):
                pass

    if kind == "async":
        finished(work())
    else:
        with anthropic.Anthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
            batches = absent_hub.wrap(bare, "p").beta.messages.batches
            list(batches.results(batches.create(requests=asked, betas=BETAS).id))
    (row,) = rows_in(absent_hub)
    assert row["request"] == asked[0]["params"]
    assert set(BETAS) <= set(row["betas"])


def test_another_client_over_the_same_connection_is_not_heard(absent_hub: Hub, heard: Heard) -> None:
    heard.text = message(LONG)
    with anthropic.Anthropic(base_url=heard.url, api_key="any", max_retries=0) as bare:
        client = absent_hub.wrap(bare, "p")
        absent_hub.wrap(bare, "p")
        bare.messages.create(**asking("Mine alone."))
        client.messages.create(**asking("Tell me more."))
        assert len(bare._client.event_hooks["request"]) == 1
    told_as_sent(absent_hub, heard, first=1)


def test_a_call_that_never_reached_the_wire_is_recorded_by_its_arguments(absent_hub: Hub) -> None:
    with anthropic.Anthropic(base_url="http://127.0.0.1:9", api_key="any", max_retries=0) as bare:
        del bare._client.event_hooks["request"]
        bare._client._event_hooks = {"response": [], "request": ()}  # type: ignore[dict-item]  # an HTTP client without
        client: Any = absent_hub.wrap(bare, "p")
        with pytest.raises(anthropic.APIConnectionError):
            client.beta.messages.create(**BETA)
    (row,) = rows_in(absent_hub)
    assert row["request"] == asking(BETA["messages"][0]["content"])
    assert row["betas"] == BETAS


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-9, 10**20) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["signature", "safety_identifier", "x"]), inner, max_size=3)
        | st.fixed_dictionaries({"type": st.just("thinking"), "signature": inner})
        | st.builds(json.dumps, inner)
    ),
    max_leaves=6,
)


@given(value=VALUES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_request_and_prompt_are_told_as_they_were_given(absent_hub: Hub, value: Any) -> None:
    for file in absent_hub.spool.glob("*.runs"):
        file.write_bytes(b"")
    asked, prompt = {"model": "m", "metadata": value}, json.dumps({"safety_identifier": value})
    with absent_hub.run("p", request=asked, prompt=prompt) as run:
        run.finish({"safety_identifier": "secret"})
    row: dict[str, Any] = rows_in(absent_hub)[-1]
    assert row["request"] == plain(asked) and row["prompt"] == prompt
    assert row["response"] == {"safety_identifier": "[redacted]"}


def test_a_run_stays_one_line_whatever_it_was_asked(absent_hub: Hub, tmp_path: Path) -> None:
    pretty = json.dumps({"model": "m", "messages": "a\nb\u2028é"}, indent=2, ensure_ascii=False)
    with absent_hub.run("p", request={}) as run:
        sent = sent_over_the_wire(pretty.encode())
        assert sent is not None
        run.was_sent(sent)
        run.finish("A long enough answer for anybody.")
    assert line_of(absent_hub)[1]["request"] == json.loads(pretty)


def test_the_bytes_that_were_sent_are_those_that_a_person_sends_again(
    hub: Hub, pipeline: Pipeline, sandbox: str
) -> None:
    with anthropic.Anthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
        client = hub.wrap(bare, pipeline.slug)
        client.beta.messages.create(**asking("Zürich 🚢 [[sandbox: refusal cyber]]"), betas=BETAS)
    assert hub.flush(20)
    with urllib.request.urlopen(f"{sandbox}/requests") as answer:
        last = json.load(answer)[-1]
    with urllib.request.urlopen(f"{sandbox}/requests/{last['id']}") as answer:
        body = answer.read()
    content = RunContent.objects.get(run__pipeline=pipeline)
    assert content.request.encode() == body
    assert content.betas == last["betas"] == ",".join(BETAS)
