"""The ways past `create` of the real SDKs: raw responses, tool runners, batches. Recorded, or said in the log."""

import gc
import logging
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic import beta_async_tool, beta_tool

from pipelines.models import Pipeline, Run
from refusals import Hub, RunVerdict
from tests.client.conftest import finished, rows_in, said
from tests.client.test_wrapping import (
    ASKING,
    CHAT,
    CHUNK,
    EVENT,
    LONG,
    RESPONSE,
    Played,
    asking,
    bare,
    client,
    openai_client,
    played,
    recorded,
)

__all__ = ["bare", "client", "openai_client", "played"]  # fixtures

# What an SDK answers and what is told of it, which no database changes; `test_sending` has the way to the hub.
pytestmark = pytest.mark.once

ENDINGS = [
    ("Tell me more.", "ok", ""),
    ("[[sandbox: refusal cyber]]", "declined", "CYBER"),
    ("[[sandbox: unknown_stop]]", "degraded", "UNKNOWN_SIGNAL"),
]


def endings(pipeline: Pipeline) -> list[tuple[str, str]]:
    return sorted(Run.objects.filter(pipeline=pipeline).values_list("outcome", "code"))


# Raw responses.


@pytest.mark.parametrize(("prompt", "outcome", "code"), ENDINGS)
@pytest.mark.parametrize("way", ["messages", "client", "beta", "beta client"])
def test_a_raw_response_is_the_sdks_own_and_recorded(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str, way: str,
) -> None:  # fmt: skip
    create: Any = {
        "messages": client.messages.with_raw_response.create,
        "client": client.with_raw_response.messages.create,
        "beta": client.beta.messages.with_raw_response.create,
        "beta client": client.with_raw_response.beta.messages.create,
    }[way]
    raw = create(**asking(prompt))
    assert type(raw) is anthropic.APIResponse
    assert raw.headers["request-id"].startswith("req_sandbox")
    assert raw.parse().type == "message"
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code, run.task_id) == (outcome, code, "t")


def parsed(raw: Any) -> object:
    return [event.type for event in raw.parse()]


def in_lines(raw: Any) -> object:
    return list(raw.iter_lines())


def in_bytes(raw: Any) -> object:
    return b"".join(raw.iter_bytes(7))


def whole(raw: Any) -> object:
    return raw.read()


def by_the_response(raw: Any) -> object:
    return raw.http_response.read()


READERS = [parsed, in_lines, in_bytes, whole, by_the_response]


@pytest.mark.parametrize(("prompt", "outcome", "code"), ENDINGS)
@pytest.mark.parametrize("read", READERS)
def test_a_raw_stream_is_heard_however_it_is_read(
    client: anthropic.Anthropic, bare: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str, read: Any,
) -> None:  # fmt: skip
    seen = read(client.messages.with_raw_response.create(**asking(prompt), stream=True))
    same = read(bare.messages.with_raw_response.create(**asking(prompt), stream=True))
    assert len(seen) == len(same)
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)


@pytest.mark.parametrize(("prompt", "outcome", "code"), ENDINGS)
@pytest.mark.parametrize("read", [lambda raw: raw.parse(), lambda raw: raw.json(), in_bytes, in_lines])
def test_a_streamed_response_is_heard_however_it_is_read(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline,
    prompt: str, outcome: str, code: str, read: Any,
) -> None:  # fmt: skip
    with client.messages.with_streaming_response.create(**asking(prompt)) as raw:
        assert type(raw) is anthropic.APIResponse
        assert read(raw)
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)


def test_a_response_that_nobody_reads_is_no_answer(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    with client.messages.with_streaming_response.create(**asking("More.")) as raw:
        assert raw.status_code == 200
    assert recorded(hub, pipeline).outcome == "degraded"


@pytest.mark.parametrize("end", ["close", "drop"])
def test_a_raw_stream_left_early_is_no_answer(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline, end: str
) -> None:
    raw: Any = client.messages.with_raw_response.create(**asking("More."), stream=True)
    lines = raw.iter_lines()
    next(lines)
    if end == "close":
        raw.close()
    else:
        del raw, lines
        gc.collect()
    assert recorded(hub, pipeline).outcome != "ok"


@pytest.mark.parametrize(
    ("prompt", "code"), [("[[sandbox: broken]]", "NETWORK"), ("[[sandbox: stream_error]]", "OVERLOADED")]
)
def test_a_raw_stream_breaks_as_ever(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline, prompt: str, code: str
) -> None:
    with pytest.raises((httpx2.RemoteProtocolError, anthropic.APIStatusError)):
        list(client.messages.with_raw_response.create(**asking(prompt), stream=True).parse())
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == ("infra_error", code)


def test_an_error_of_a_raw_call_is_the_sdks_own(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    with pytest.raises(anthropic.RateLimitError):
        client.messages.with_raw_response.create(**asking("[[sandbox: 429]]"))
    with (
        pytest.raises(anthropic.OverloadedError),
        client.messages.with_streaming_response.create(**asking("[[sandbox: 529]]")),
    ):
        pass
    assert hub.flush(20)
    assert endings(pipeline) == [("infra_error", "OVERLOADED"), ("infra_error", "RATE_LIMIT")]


def test_the_verdict_of_a_raw_stream_is_told_when_it_ends(bare: anthropic.Anthropic, hub: Hub) -> None:
    verdicts: list[RunVerdict] = []
    client = hub.wrap(bare, "p", on_verdict=verdicts.append)
    list(client.messages.with_raw_response.create(**asking("[[sandbox: refusal bio]]"), stream=True).parse())
    assert [verdict.disposition for verdict in verdicts] == ["held"]


def test_async_raw_responses_are_recorded(sandbox: str, hub: Hub, pipeline: Pipeline) -> None:
    async def work() -> None:
        async with anthropic.AsyncAnthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
            client = hub.wrap(bare, "nightly-digest")
            raw: Any = await client.messages.with_raw_response.create(**asking("[[sandbox: refusal cyber]]"))
            assert (await raw.parse()).stop_reason == "refusal"
            raw = await client.messages.with_raw_response.create(**asking("More."), stream=True)
            assert [event.type async for event in await raw.parse()][-1] == "message_stop"
            async with client.messages.with_streaming_response.create(
                **asking("[[sandbox: refusal bio]]")
            ) as response:
                assert [line async for line in response.iter_lines()]
            async with client.messages.with_streaming_response.create(**asking("More.")) as response:
                pass

    finished(work())
    assert hub.flush(20)
    assert endings(pipeline) == [
        ("declined", "BIO"),
        ("declined", "CYBER"),
        ("degraded", "UNKNOWN_SIGNAL"),
        ("ok", ""),
    ]


@pytest.mark.parametrize(("finish", "outcome"), [("stop", "ok"), ("content_filter", "declined")])
@pytest.mark.parametrize("way", ["raw", "raw stream", "streamed"])
def test_raw_responses_of_openai_are_recorded(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline,
    finish: str, outcome: str, way: str,
) -> None:  # fmt: skip
    completions = openai_client.chat.completions
    if way == "raw":
        played.text = CHAT % finish
        assert completions.with_raw_response.create(**ASKING).parse().choices[0].finish_reason == finish
    elif way == "streamed":
        played.text = CHAT % finish
        with completions.with_streaming_response.create(**ASKING) as response:
            assert response.parse().choices[0].finish_reason == finish
    else:
        played.kind = "text/event-stream"
        played.text = CHUNK % (LONG, "null") + CHUNK % ("", f'"{finish}"') + "data: [DONE]\n\n"
        raw: Any = completions.with_raw_response.create(**ASKING, stream=True)
        assert len(list(raw.parse())) == 2
    run = recorded(hub, pipeline)
    assert (run.outcome, run.requested_model) == (outcome, "gpt-6")


@pytest.mark.parametrize(
    ("part", "outcome"), [(("output_text", "text"), "ok"), (("refusal", "refusal"), "declined")]
)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_raw_response_of_the_responses_api_is_recorded(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline,
    part: tuple[str, str], outcome: str, streamed: bool,
) -> None:  # fmt: skip
    body = RESPONSE % ("completed", *part)
    asked: dict[str, Any] = {"model": "gpt-6", "input": "Tell me more."}
    if streamed:
        played.kind, played.text = "text/event-stream", EVENT % ("completed", "completed", 1, body)
        raw: Any = openai_client.responses.with_raw_response.create(**asked, stream=True)
        assert len(list(raw.parse())) == 1
    else:
        played.text = body
        assert openai_client.responses.with_raw_response.create(**asked).parse().id == "r1"
    assert recorded(hub, pipeline).outcome == outcome


def test_a_page_in_the_place_of_an_answer_is_no_answer(
    openai_client: openai.OpenAI, played: Played, hub: Hub, pipeline: Pipeline
) -> None:
    played.kind, played.text = "text/html", "<html>A proxy's own page, long enough for anybody.</html>"
    openai_client.chat.completions.with_raw_response.create(**ASKING)
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == ("degraded", "UNKNOWN_SIGNAL")


# The tool runner.


@beta_tool
def look_up(query: str) -> str:
    """Look a benign matter up.

    Args:
        query: What to look up.
    """
    return f"Nothing is known of {query}. [[sandbox: {look_up_leads_to[0]}]]"


look_up_leads_to = ["end_turn"]
TOOLS = asking("[[sandbox: tool_use]]")


@pytest.mark.parametrize(
    ("leads_to", "outcome", "code"),
    [("end_turn", "ok", ""), ("refusal cyber", "declined", "CYBER"), ("529", "infra_error", "OVERLOADED")],
)
@pytest.mark.parametrize("way", ["iterated", "until_done", "streamed"])
def test_a_tool_runner_is_one_run_that_ends_as_its_last_call(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch,
    leads_to: str, outcome: str, code: str, way: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(globals(), "look_up_leads_to", [leads_to])
    runner: Any = client.beta.messages.tool_runner(
        **TOOLS, tools=[look_up], thread=False, max_iterations=4, stream=way == "streamed"
    )
    turns = 0
    try:
        if way == "until_done":
            runner.until_done()
        else:
            for turn in runner:
                turns += 1
                if way == "streamed":
                    assert turn.get_final_message().stop_reason in ("tool_use", "end_turn", "refusal")
    except anthropic.OverloadedError:
        assert leads_to == "529"
    else:
        assert leads_to != "529"
    if way == "iterated":
        assert turns == (1 if leads_to == "529" else 2)
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == (outcome, code)
    assert run.task_id == "t"


def test_a_tool_runner_that_is_left_after_a_tool_call_is_half_a_run(
    client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    for _ in client.beta.messages.tool_runner(**TOOLS, tools=[look_up], thread=False, max_iterations=4):
        break
    gc.collect()
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == ("degraded", "INCOMPLETE")


def test_the_request_of_a_tool_runner_names_its_tools(client: anthropic.Anthropic, hub: Hub) -> None:
    hub._sender.stop()
    client.beta.messages.tool_runner(**TOOLS, tools=[look_up], thread=False, max_iterations=4).until_done()
    (row,) = rows_in(hub)
    assert row["request"]["tools"][0]["name"] == "look_up"


def test_an_async_tool_runner_is_recorded(sandbox: str, hub: Hub, pipeline: Pipeline) -> None:
    @beta_async_tool
    async def look_up(query: str) -> str:
        """Look a benign matter up.

        Args:
            query: What to look up.
        """
        return f"Nothing is known of {query}. [[sandbox: refusal bio]]"

    async def work() -> None:
        async with anthropic.AsyncAnthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
            runner: Any = hub.wrap(bare, "nightly-digest").beta.messages.tool_runner(
                **TOOLS, tools=[look_up], thread=False, max_iterations=4
            )
            assert (await runner.until_done()).stop_reason == "refusal"

    finished(work())
    run = recorded(hub, pipeline)
    assert (run.outcome, run.code) == ("declined", "BIO")


# Batches.

BATCH: list[Any] = [
    {"custom_id": "one", "params": asking("Tell me more.")},
    {"custom_id": "two", "params": asking("[[sandbox: refusal cyber]]")},
    {"custom_id": "three", "params": asking("[[sandbox: 529]]")},
    {"custom_id": "four", "params": asking("[[batch: expired]]")},
    {"custom_id": "five", "params": asking("[[batch: canceled]]")},
    {"custom_id": "six", "params": asking("[[sandbox: unknown_stop]]")},
]
BATCH_ENDINGS = {
    "one": ("ok", ""),
    "two": ("declined", "CYBER"),
    "three": ("infra_error", "OVERLOADED"),
    "four": ("infra_error", "EXPIRED"),
    "five": ("infra_error", "CANCELED"),
    "six": ("degraded", "UNKNOWN_SIGNAL"),
}


@pytest.fixture
def messages(request: pytest.FixtureRequest, client: anthropic.Anthropic) -> Any:
    return client.messages if request.param == "messages" else client.beta.messages


@pytest.mark.parametrize("messages", ["messages", "beta"], indirect=True)
def test_each_result_of_a_batch_is_a_run(
    messages: Any, bare: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    batch = messages.batches.create(requests=BATCH)
    assert batch.request_counts.succeeded == 3
    results = messages.batches.results(batch.id)
    seen = list(results)
    same = list(bare.messages.batches.results(batch.id))
    assert [line.custom_id for line in seen] == [line.custom_id for line in same]
    assert isinstance(results, type(bare.messages.batches.results(batch.id)))
    assert hub.flush(20)
    runs = {run.task_id: run for run in Run.objects.filter(pipeline=pipeline)}
    assert {task: (run.outcome, run.code) for task, run in runs.items()} == {
        f"t/{name}": ending for name, ending in BATCH_ENDINGS.items()
    }
    assert runs["t/two"].run_id == f"{batch.id}:two"
    assert runs["t/two"].requested_model == "claude-opus-5-5"
    assert "refusal cyber" in runs["t/two"].content.request


def test_results_read_again_count_once(client: anthropic.Anthropic, hub: Hub, pipeline: Pipeline) -> None:
    batch = client.messages.batches.create(requests=BATCH)
    list(client.messages.batches.results(batch.id))
    list(client.messages.batches.results(batch.id))
    assert hub.flush(20)
    assert Run.objects.filter(pipeline=pipeline).count() == len(BATCH)
    assert not list(hub.spool.glob("rejected*"))


def test_results_read_elsewhere_are_recorded_without_their_requests(
    client: anthropic.Anthropic, bare: anthropic.Anthropic, hub: Hub, pipeline: Pipeline
) -> None:
    batch = bare.messages.batches.create(requests=BATCH)
    list(client.messages.batches.results(batch.id))
    assert hub.flush(20)
    assert len(endings(pipeline)) == len(BATCH)


def test_an_iterator_of_requests_is_left_to_the_sdk(client: anthropic.Anthropic) -> None:
    def requests() -> Iterator[Any]:
        yield from BATCH

    batch: Any = client.messages.batches.create(requests=requests())
    assert len(list(client.messages.batches.results(batch.id))) == len(BATCH)


def test_our_own_mistake_in_a_batch_is_not_the_callers(
    client: anthropic.Anthropic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistake(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    batch = client.messages.batches.create(requests=BATCH)
    monkeypatch.setattr("refusals.recording.answered", mistake)
    assert len(list(client.messages.batches.results(batch.id))) == len(BATCH)
    assert "could not be recorded" in caplog.text


def test_an_async_batch_is_recorded(sandbox: str, hub: Hub, pipeline: Pipeline) -> None:
    async def work() -> None:
        async with anthropic.AsyncAnthropic(base_url=sandbox, api_key="any", max_retries=0) as bare:
            client: Any = hub.wrap(bare, "nightly-digest")
            batch = await client.messages.batches.create(requests=BATCH)
            async for _ in await client.messages.batches.results(batch.id):
                pass

    finished(work())
    assert hub.flush(20)
    assert endings(pipeline) == sorted(BATCH_ENDINGS.values())
    assert Run.objects.get(pipeline=pipeline, code="CYBER").task_id == "two"


OPENAI_LINES = "\n".join(
    [
        '{"id":"b1","custom_id":"one","response":{"status_code":200,"body":'
        + CHAT % "stop"
        + '},"error":null}',
        '{"id":"b2","custom_id":"two","response":{"status_code":200,"body":'
        + CHAT % "content_filter"
        + '},"error":null}',
        '{"id":"b3","custom_id":"three","response":null,"error":{"code":"batch_expired","message":"Late."}}',
        "",
    ]
)


def test_the_results_of_another_batch_are_recorded_by_hand(hub: Hub, pipeline: Pipeline) -> None:
    for _ in range(2):
        told = hub.record_batch(
            "nightly-digest", OPENAI_LINES, batch_id="b", provider="openai", requests={"two": ASKING}
        )
        assert [(name, verdict.disposition) for name, verdict in told] == [
            ("one", "ok"),
            ("two", "held"),
            ("three", "failed"),
        ]
    assert hub.flush(20)
    assert endings(pipeline) == [("declined", "POLICY_VIOLATION"), ("infra_error", "EXPIRED"), ("ok", "")]


# What is not recorded is said.


def test_a_path_that_is_not_recorded_is_said_once(
    openai_client: openai.OpenAI, played: Played, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    played.text = '{"id":"b1","object":"batch","status":"validating"}'
    for _ in range(2):
        openai_client.batches.create(
            completion_window="24h", endpoint="/v1/chat/completions", input_file_id="f1"
        )
    (line,) = said(caplog)
    assert line.startswith("openai.batches.create is called on a wrapped client")
    assert hub.waiting() == 0


@pytest.mark.parametrize(
    "path",
    [
        "completions.create",
        "images.generate",
        "audio.speech.create",
        "responses.retrieve",
        "responses.compact",
        "completions.with_raw_response.create",
        "chat.completions.retrieve",
    ],
)
def test_every_other_way_to_an_answer_of_openai_is_said(
    openai_client: openai.OpenAI, played: Played, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    played.status, played.text = 400, "{}"
    call: Any = openai_client
    for name in path.split("."):
        call = getattr(call, name)
    arguments: dict[str, dict[str, Any]] = {
        "completions.create": {"model": "m", "prompt": "p"},
        "images.generate": {"prompt": "p"},
        "audio.speech.create": {"model": "m", "input": "i", "voice": "v"},
        "responses.retrieve": {"response_id": "r"},
        "responses.compact": {"model": "m"},
        "completions.with_raw_response.create": {"model": "m", "prompt": "p"},
        "chat.completions.retrieve": {"completion_id": "c"},
    }
    with pytest.raises(openai.APIError):
        call(**arguments[path])
    is_told_elsewhere = path == "chat.completions.retrieve"  # it was recorded when it was created
    assert len(said(caplog)) == (0 if is_told_elsewhere else 1)


def test_every_other_way_to_an_answer_of_anthropic_is_said(
    client: anthropic.Anthropic, caplog: pytest.LogCaptureFixture
) -> None:
    client.beta.messages.thread(model="claude-opus-5-5", max_tokens=5)
    client.post("/v1/messages", cast_to=object, body=asking("More."))
    batch = client.messages.batches.create(requests=BATCH)
    client.messages.with_raw_response.batches.results(batch.id).read()
    assert [line.split(" is called")[0] for line in said(caplog)] == [
        "anthropic.beta.messages.thread",
        "anthropic.post",
        "anthropic.messages.with_raw_response.batches.results",
    ]


def test_what_brings_no_answer_is_passed_without_a_word(
    client: anthropic.Anthropic, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(anthropic.NotFoundError):
        client.models.list()
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(model="claude-opus-5-5", messages=[])
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve("none")
    dir(client)
    repr(client.beta)
    assert client.timeout is not None
    assert said(caplog) == []
    assert logging.getLogger("refusals.hub").isEnabledFor(logging.WARNING)
