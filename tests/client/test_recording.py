"""A run's verdict: at once, kept before it is told, and the same as the hub's own."""

# refusals: allow-file RH001 - what is expected, or arrives from outside, is spelled out

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models import Pipeline, Run
from refusals import Hub, Outcome, ReasonCode, RunVerdict, min_headings
from refusals.plain import plain
from refusals.reporting import LONG_NAME, name_of
from tests.client.conftest import finished, message, refusal, rows_in, said


def anthropic_error(status: int, kind: str) -> anthropic.APIStatusError:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/messages")
    response = httpx2.Response(status, request=request, headers={"retry-after": "7"})
    body = {"type": "error", "error": {"type": kind, "message": "not now"}}
    names = {429: anthropic.RateLimitError}
    return names.get(status, anthropic.InternalServerError)("not now", response=response, body=body)


ENDINGS: list[tuple[Any, dict[str, Any], str, str]] = [
    (message(), {}, "ok", "ok"),
    ("A plain answer that is long enough to be one.", {}, "ok", "ok"),
    (refusal(), {}, "declined", "held"),
    (None, {"refusal": "REFUSED: UNVERIFIED_TOOL: shell.run", "surface": "tool_loop"}, "declined", "held"),
    (None, {"refusal": "The scanner does not like it."}, "declined", "held"),
    (None, {"refusal": "REFUSED: RATE_LIMIT: too many calls"}, "infra_error", "retry"),
    (anthropic_error(429, "rate_limit_error"), {}, "infra_error", "retry"),
    (anthropic_error(529, "overloaded_error"), {}, "infra_error", "retry"),
    (httpx2.RemoteProtocolError("peer closed the connection"), {}, "infra_error", "retry"),
    (KeyError("choices"), {}, "degraded", "failed"),
    (message(stop_reason="max_tokens"), {}, "degraded", "failed"),
    (message(text="Short."), {}, "degraded", "failed"),
    (None, {}, "degraded", "failed"),
    ("", {"http_status": 503}, "infra_error", "retry"),
    ([], {}, "degraded", "failed"),
]


def test_five_lines_tell_the_ending_and_the_third_return_value(hub: Hub) -> None:
    with hub.run("nightly-digest", task_id="2026-11-20", prompt="Digest.", done=[min_headings(2)]) as run:
        verdict = run.finish(refusal())
    assert (verdict.outcome, verdict.code, verdict.disposition) == (
        Outcome.DECLINED,
        ReasonCode.CYBER,
        "held",
    )
    assert verdict.recorded


@pytest.mark.parametrize(("result", "beside", "outcome", "disposition"), ENDINGS)
def test_the_verdict_here_is_the_hubs_own(
    hub: Hub, pipeline: Pipeline, result: Any, beside: dict[str, Any], outcome: str, disposition: str
) -> None:
    with hub.run("nightly-digest", task_id="t", prompt="p") as run:
        verdict = run.finish(result, **beside)
    assert hub.flush(20)
    there = Run.objects.get(pipeline=pipeline, run_id=verdict.run_id)
    assert (verdict.outcome, verdict.disposition) == (outcome, disposition)
    assert (there.outcome, there.disposition) == (outcome, disposition)
    if verdict.code != ReasonCode.TOO_SHORT:  # there, what failed here is a done-condition of the caller's
        assert there.code == str(verdict.code or "")


def test_a_done_condition_that_fails_here_is_told(hub: Hub) -> None:
    with hub.run("nightly-digest", prompt="p", done=[min_headings(3)]) as run:
        verdict = run.finish(message())
    assert (verdict.code, verdict.detail) == ("DONE_CONDITION_FAILED", "2 of at least 3 headings")
    assert hub.flush(20)
    assert Run.objects.get().code == "DONE_CONDITION_FAILED"


def test_an_exception_is_recorded_and_goes_on_its_way(absent_hub: Hub) -> None:
    error = anthropic_error(429, "rate_limit_error")
    with pytest.raises(anthropic.RateLimitError) as caught, absent_hub.run("p", prompt="p"):
        raise error
    assert caught.value is error
    (row,) = rows_in(absent_hub)
    assert row["error"] == {
        "type": "RateLimitError",
        "message": "not now",
        "http_status": 429,
        "body": error.body,
        "retry_after": 7.0,
    }


def test_a_cancelled_run_is_recorded(absent_hub: Hub) -> None:
    async def work() -> None:
        with absent_hub.run("p", prompt="p"):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        finished(work())
    assert rows_in(absent_hub)[0]["error"]["type"] == "CancelledError"


def test_a_block_left_without_finish_is_half_a_run(absent_hub: Hub) -> None:
    with absent_hub.run("p", prompt="p") as run:
        pass
    assert run.verdict is not None
    assert (run.verdict.outcome, run.verdict.code) == ("degraded", "INCOMPLETE")


def test_a_run_ends_once(absent_hub: Hub) -> None:
    with absent_hub.run("p", prompt="p") as run:
        run.finish(message())
        with pytest.raises(RuntimeError, match="has ended before"):
            run.finish(message())
    assert len(rows_in(absent_hub)) == 1


def test_secrets_of_the_protocol_never_touch_the_disk(absent_hub: Hub) -> None:
    body = message(content=[{"type": "thinking", "thinking": "…", "signature": "c2VjcmV0"}])
    with absent_hub.run("p", prompt="p") as run:
        run.finish(body)
    assert "c2VjcmV0" not in next(absent_hub.spool.glob("*.runs")).read_text()


def test_a_full_spool_breaks_nothing_and_is_said_once(
    absent_hub: Hub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    absent_hub._spool.max_bytes = 10
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with absent_hub.run("p", prompt="p") as run:
                verdict = run.finish(message())
            assert (verdict.outcome, verdict.recorded) == ("ok", False)
    assert len(said(caplog)) == 1
    absent_hub._spool.max_bytes = 10**6
    with caplog.at_level(logging.WARNING), absent_hub.run("p", prompt="p") as run:
        assert run.finish(message()).recorded
    assert said(caplog)[1:] == ["The spool takes runs again."]


def test_a_declined_run_without_a_spool_waits_in_the_directory(absent_hub: Hub, tmp_path: Path) -> None:
    absent_hub._spool.max_bytes = 0
    with absent_hub.run("p", task_id="t", prompt="The prompt.") as run:
        verdict = run.finish(refusal())
    assert (verdict.disposition, verdict.recorded) == ("held", False)
    (file,) = (tmp_path / "review_queue").glob("*.json")
    kept = json.loads(file.read_text())
    assert (kept["task_id"], kept["prompt"], kept["runs"][0]["code"]) == ("t", "The prompt.", "CYBER")


def test_a_full_disk_breaks_nothing(absent_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def half(fd: int, data: bytes) -> int:
        return write(fd, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with absent_hub.run("p", prompt="p") as run:
        assert not run.finish(message()).recorded
    monkeypatch.undo()
    with absent_hub.run("p", prompt="p") as run:
        assert run.finish(message()).recorded
    assert absent_hub.waiting() == 1


def test_the_decorator_records_and_changes_nothing(absent_hub: Hub) -> None:
    verdicts: list[RunVerdict] = []

    @absent_hub.recorded("p", task_id=lambda day: day, prompt="Digest.", on_verdict=verdicts.append)
    def digest(day: str) -> dict[str, Any]:
        if day == "broken":
            raise TimeoutError("too late")
        return refusal()

    assert digest("monday") == refusal()
    with pytest.raises(TimeoutError):
        digest("broken")
    assert [row["task_id"] for row in rows_in(absent_hub)] == ["monday", "broken"]
    assert [verdict.disposition for verdict in verdicts] == ["held", "retry"]


def test_the_decorator_takes_async_functions(absent_hub: Hub) -> None:
    @absent_hub.recorded("p", task_id="t", prompt=lambda text: text)
    async def digest(text: str) -> dict[str, Any]:
        return message()

    assert finished(digest("Digest.")) == message()
    assert [row["prompt"] for row in rows_in(absent_hub)] == ["Digest."]


def test_the_decorator_takes_no_generator(absent_hub: Hub) -> None:
    with pytest.raises(TypeError, match="no single ending"):

        @absent_hub.recorded("p")
        def stream() -> Any:
            yield 1


def test_a_name_that_the_hub_would_refuse_is_made_fit(hub: Hub) -> None:
    with hub.run(
        "nightly-digest", task_id="line\nbreak " + "x" * 500, prompt="p", run_id="r\x00" * 200
    ) as run:
        run.finish(message())
    assert hub.flush(20)
    assert Run.objects.get().run_id == run.run_id


@given(st.text(), st.text())
def test_fitted_names_stay_apart(one: str, other: str) -> None:
    long = "x" * LONG_NAME
    fitted = name_of(long + one, longest=LONG_NAME), name_of(long + other, longest=LONG_NAME)
    assert all(len(name) <= LONG_NAME for name in fitted)
    printable = name_of(one, longest=10**6) != name_of(other, longest=10**6)
    assert (fitted[0] != fitted[1]) == printable


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(object),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.frozensets(st.text())
    ),
)


@given(anything)
def test_anything_at_all_can_be_told(value: object) -> None:
    json.dumps(plain(value), allow_nan=False)


def test_what_contains_itself_can_be_told() -> None:
    knot: list[Any] = []
    knot += [knot, knot, {"again": knot}]
    json.dumps(plain(knot), allow_nan=False)


@pytest.mark.parametrize(
    "options", [{"batch": 0}, {"url": "hub.example"}, {"url": "http://"}, {"api_key": "two words"}]
)
def test_a_hub_that_could_never_send_is_refused(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must|hold"):
        Hub(**{"url": "http://127.0.0.1:1", "api_key": "rh_x", "spool": tmp_path, **options})


@pytest.mark.parametrize("missing", ["REFUSALHUB_URL", "REFUSALHUB_API_KEY"])
def test_a_hub_without_an_address_or_key_says_so(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSALHUB_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("REFUSALHUB_API_KEY", "rh_x")
    monkeypatch.delenv(missing)
    with pytest.raises(ValueError, match=missing):
        Hub()


@pytest.mark.parametrize(
    ("said", "disposition", "code"),
    [("unsafe\nS1,S9", "held", "VIOLENCE"), ("safe", "ok", ""), ("It depends.", "failed", "UNKNOWN_SIGNAL")],
)
def test_the_words_of_a_named_guard_are_its_verdict(
    hub: Hub, pipeline: Pipeline, said: str, disposition: str, code: str
) -> None:
    with hub.run("nightly-digest", prompt="p", provider="llama-guard", min_chars=0) as run:
        verdict = run.finish(said)
    assert (verdict.disposition, str(verdict.code or "")) == (disposition, code)
    assert hub.flush(20)
    stored = Run.objects.get(pipeline=pipeline)
    assert (stored.code, stored.outcome) == (code, str(verdict.outcome))


def test_the_same_words_of_a_model_are_an_answer(hub: Hub) -> None:
    with hub.run("nightly-digest", prompt="p", min_chars=0) as run:
        assert run.finish("unsafe\nS1,S9").disposition == "ok"
