"""The four endings, from whatever a row brings."""

# refusals: allow-file RH001 - what is expected, or arrives from outside, is spelled out

from typing import Any

import pytest

from pipelines.judging import Judgement, judge_row
from pipelines.models import FallbackCounts, Pipeline
from pipelines.rows import RowIn, validate_row
from refusals import Outcome
from refusals.signals import Decline
from tests.pipelines.samples import ANSWER, answered, refused, row

SORRY = "I'm sorry, but I cannot help with that request."


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(slug="nightly-digest", title="Nightly digest")


def judged(pipeline: Pipeline, **fields: Any) -> Judgement:
    valid = validate_row(row(**fields))
    assert isinstance(valid, RowIn), valid
    return judge_row(valid, pipeline=pipeline)


@pytest.mark.parametrize(
    ("fields", "outcome", "code"),
    [
        ({"response": answered()}, "ok", ""),
        ({"text": ANSWER}, "ok", ""),
        ({"response": ANSWER}, "ok", ""),
        ({"text": ANSWER, "stop_reason": "stop_sequence"}, "ok", ""),
        ({"response": refused()}, "declined", "CYBER"),
        ({"text": "", "stop_reason": "refusal"}, "declined", "POLICY_VIOLATION"),
        ({"refusal": "REFUSED: RCE_RISK: rm -rf", "surface": "rce_backstop"}, "declined", "RCE_RISK"),
        ({"response": answered(stop_reason="max_tokens")}, "degraded", "TRUNCATED"),
        ({"text": ANSWER, "stop_reason": "max_tokens"}, "degraded", "TRUNCATED"),
        ({"text": ""}, "degraded", "EMPTY_OUTPUT"),
        ({"text": "Two piers."}, "degraded", "TOO_SHORT"),
        ({"error": {"type": "RateLimitError", "http_status": 429}}, "infra_error", "RATE_LIMIT"),
        ({"error": {"type": "OverloadedError", "http_status": 529}}, "infra_error", "OVERLOADED"),
        ({"error": {"type": "APITimeoutError"}}, "infra_error", "TIMEOUT"),
        ({"text": ANSWER, "http_status": 529}, "infra_error", "OVERLOADED"),
        ({"text": "unsafe\nS9", "provider": "llama-guard"}, "declined", "DANGEROUS"),
        ({"text": "safe", "provider": "llama-guard", "done": {}}, "ok", ""),
        ({"text": "perhaps", "provider": "llama-guard"}, "degraded", "UNKNOWN_SIGNAL"),
    ],
)
def test_every_kind_of_row_has_its_ending(
    pipeline: Pipeline, fields: dict[str, Any], outcome: str, code: str
) -> None:
    judgement = judged(pipeline, **fields)
    assert (judgement.outcome, judgement.code) == (outcome, code)


@pytest.mark.parametrize(
    "fields",
    [
        {"response": answered(stop_reason="daydreaming")},
        {"response": answered(stop_reason=None)},
        {"response": {"nobody": "knows this"}},
        {"response": []},
        {"text": ANSWER, "stop_reason": "daydreaming"},
        {"error": {}},
        {"error": {"type": "NeverSeenError", "message": "odd"}},
    ],
)
def test_a_signal_that_nobody_knows_is_never_ok(pipeline: Pipeline, fields: dict[str, Any]) -> None:
    judgement = judged(pipeline, **fields)
    assert judgement.outcome is not Outcome.OK
    assert judgement.code


def test_an_answer_that_reads_like_a_refusal_stays_ok_and_is_suspected(pipeline: Pipeline) -> None:
    judgement = judged(pipeline, response=answered(SORRY))
    assert (judgement.outcome, judgement.suspected) == (Outcome.OK, True)
    assert not judged(pipeline, response=answered()).suspected


def test_a_declined_run_is_not_suspected_as_well(pipeline: Pipeline) -> None:
    assert not judged(pipeline, response=answered(SORRY, stop_reason="refusal")).suspected


@pytest.mark.parametrize(
    ("status", "retryable"), [(429, True), (529, True), (500, True), (401, False), (413, False)]
)
def test_only_what_can_help_is_retryable(pipeline: Pipeline, status: int, retryable: bool) -> None:
    judgement = judged(pipeline, error={"type": "APIStatusError", "http_status": status})
    assert (judgement.outcome, judgement.retryable) == (Outcome.INFRA_ERROR, retryable)


def test_the_time_to_wait_reaches_the_run(pipeline: Pipeline) -> None:
    judgement = judged(pipeline, error={"type": "RateLimitError", "http_status": 429, "retry_after": 7.5})
    assert judgement.columns()["retry_after"] == 7.5


def test_the_status_of_the_row_counts_for_an_error_without_one(pipeline: Pipeline) -> None:
    judgement = judged(pipeline, error={"message": "busy"}, http_status=529)
    assert judgement.code == "OVERLOADED"


def test_the_message_of_an_error_is_its_detail(pipeline: Pipeline) -> None:
    assert (
        "read timed out"
        in judged(pipeline, error={"type": "APITimeoutError", "message": "read timed out"}).detail
    )


def test_a_guards_rate_limit_is_an_infrastructure_error(pipeline: Pipeline) -> None:
    judgement = judged(pipeline, refusal="REFUSED: RATE_LIMIT: 60 calls a minute", surface="tool_loop")
    assert (judgement.outcome, judgement.retryable) == (Outcome.INFRA_ERROR, True)
    assert judgement.declines == ()


@pytest.mark.parametrize("words", ["not today", "REFUSED: NEVER_REGISTERED: reason"])
def test_a_guards_refusal_that_nobody_can_read_is_a_decline_all_the_same(
    pipeline: Pipeline, words: str
) -> None:
    judgement = judged(pipeline, refusal=words, surface="skill_scanner", model="claude-opus-5-5")
    assert (judgement.outcome, judgement.code, judgement.detail) == (Outcome.DECLINED, "GUARDRAIL", words)
    assert judgement.declines == (Decline("claude-opus-5-5", None, judgement.declines[0].code, None),)


def test_the_pipelines_done_conditions_hold(pipeline: Pipeline) -> None:
    pipeline.done_conditions = {"min_headings": 1}
    judgement = judged(pipeline, response=answered())
    assert (judgement.outcome, judgement.code) == (Outcome.DEGRADED, "DONE_CONDITION_FAILED")
    assert "headings" in judgement.detail
    assert judged(pipeline, response=answered(f"# Harbour\n{ANSWER}")).outcome is Outcome.OK


def test_a_rows_done_conditions_stand_instead_of_the_pipelines(pipeline: Pipeline) -> None:
    assert judged(pipeline, text="Two piers.", done={}).outcome is Outcome.OK
    assert judged(pipeline, text=ANSWER, done={"contains": ["Total"]}).code == "DONE_CONDITION_FAILED"


def test_what_failed_at_the_callers_degrades_the_run(pipeline: Pipeline) -> None:
    judgement = judged(pipeline, response=answered(), done_failures=["no price", "no date"])
    assert (judgement.code, judgement.detail) == ("DONE_CONDITION_FAILED", "no price; no date")


def test_done_conditions_do_not_hide_a_decline(pipeline: Pipeline) -> None:
    assert judged(pipeline, response=refused(), done_failures=["empty"]).outcome is Outcome.DECLINED


@pytest.mark.parametrize(
    ("counts", "outcome"), [(FallbackCounts.OK, "ok"), (FallbackCounts.DEGRADED, "degraded")]
)
def test_a_fallbacks_answer_counts_as_the_pipeline_says(
    pipeline: Pipeline, counts: FallbackCounts, outcome: str
) -> None:
    pipeline.fallback_counts = counts
    blocks = [
        {"type": "fallback", "from": {"model": "claude-opus-5-5"}, "to": {"model": "claude-opus-4-8"}},
        {"type": "text", "text": ANSWER},
    ]
    judgement = judged(pipeline, response=answered(content=blocks, model="claude-opus-4-8"))
    assert (judgement.outcome, judgement.code) == (outcome, "FALLBACK_SERVED")
    assert [(hop.from_model, hop.to_model) for hop in judgement.declines] == [
        ("claude-opus-5-5", "claude-opus-4-8")
    ]


@pytest.mark.parametrize("tokens", [-1, 2**31, 1.5, "12", True, None, [1]])
def test_a_count_of_tokens_that_is_none_is_left_out(pipeline: Pipeline, tokens: object) -> None:
    columns = judged(
        pipeline, response=answered(usage={"input_tokens": tokens, "output_tokens": 7})
    ).columns()
    assert (columns["input_tokens"], columns["output_tokens"]) == (None, 7)


def test_a_provider_that_says_too_much_fits_its_columns(pipeline: Pipeline) -> None:
    columns = judged(pipeline, response=answered(stop_reason="x\x00" * 500, model="m" * 500)).columns()
    assert len(columns["stop_reason"]) <= 80
    assert len(columns["serving_model"]) <= 120
    assert "\x00" not in columns["stop_reason"]
