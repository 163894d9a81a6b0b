from typing import Any

# refusals: allow-file RH001 - what is expected, or arrives from outside, is spelled out
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refusals import Outcome, RunResult, classify, contains, judge, min_headings
from refusals.registry import register_code, temporary_registrations

LONG = "The nightly digest is ready: fourteen tickets were closed today."


@pytest.mark.parametrize(
    ("result", "outcome", "code", "retryable"),
    [
        (RunResult(200, "end_turn", LONG), "ok", None, False),
        (RunResult(200, "STOP", LONG), "ok", None, False),
        (RunResult(None, None, None), "infra_error", "NETWORK", True),
        (RunResult(0, "end_turn", LONG), "infra_error", "NETWORK", True),
        (RunResult(408, None, None), "infra_error", "TIMEOUT", True),
        (RunResult(409, None, None), "infra_error", "PROVIDER_ERROR", True),
        (RunResult(429, "refusal", None), "infra_error", "RATE_LIMIT", True),
        (RunResult(500, None, None), "infra_error", "PROVIDER_ERROR", True),
        (RunResult(529, None, None), "infra_error", "OVERLOADED", True),
        (RunResult(401, None, None), "infra_error", "AUTH", False),
        (RunResult(403, None, None), "infra_error", "AUTH", False),
        (RunResult(404, None, None), "infra_error", "INVALID_REQUEST", False),
        (RunResult(413, None, None), "infra_error", "INVALID_REQUEST", False),
        (RunResult(418, None, None), "infra_error", "INVALID_REQUEST", False),
        (RunResult(302, None, None), "infra_error", "PROVIDER_ERROR", False),
        (RunResult(200, "refusal", LONG), "declined", "POLICY_VIOLATION", False),
        (RunResult(200, "content_filter", None), "declined", "POLICY_VIOLATION", False),
        (RunResult(200, "content_filtered", None), "declined", "POLICY_VIOLATION", False),
        (RunResult(200, "guardrail_intervened", LONG), "declined", "GUARDRAIL", False),
        (RunResult(200, "SAFETY", None), "declined", "POLICY_VIOLATION", False),
        (RunResult(200, "Spii", None), "declined", "PII", False),
        (RunResult(200, "end_turn", LONG, refusal="REFUSED: RCE_RISK: sh"), "declined", "RCE_RISK", False),
        (RunResult(200, "end_turn", LONG, refusal="I cannot comply"), "declined", "POLICY_VIOLATION", False),
        (RunResult(200, "end_turn", LONG, refusal="no, thanks"), "declined", "MODEL_REFUSAL", False),
        (RunResult(200, "end_turn", LONG, refusal="REFUSED: NOPE: x"), "declined", "MODEL_REFUSAL", False),
        (RunResult(200, "end_turn", LONG, refusal="  "), "ok", None, False),
        (
            RunResult(None, None, None, refusal="REFUSED: CONTEXT_INJECTION: page"),
            "declined",
            "CONTEXT_INJECTION",
            False,
        ),
        (
            RunResult(200, "end_turn", LONG, refusal="REFUSED: RATE_LIMIT: x"),
            "infra_error",
            "RATE_LIMIT",
            True,
        ),
        (RunResult(200, "end_turn", LONG, refusal="REFUSED: AUTH: x"), "infra_error", "AUTH", False),
        (RunResult(200, "end_turn", LONG, refusal="REFUSED: TRUNCATED: x"), "degraded", "TRUNCATED", False),
        (
            RunResult(200, "end_turn", LONG, refusal="REFUSED: FALLBACK_SERVED: x"),
            "declined",
            "FALLBACK_SERVED",
            False,
        ),
        (
            RunResult(200, "refusal", None, refusal="REFUSED: RATE_LIMIT: x"),
            "declined",
            "POLICY_VIOLATION",
            False,
        ),
        (RunResult(200, "refusal", None, refusal="REFUSED: CYBER: x"), "declined", "CYBER", False),
        (
            RunResult(200, "end_turn", "REFUSED: LOOP_DETECTED: five times the same call\n"),
            "declined",
            "LOOP_DETECTED",
            False,
        ),
        (RunResult(200, "end_turn", f"REFUSED: NOPE: {LONG}"), "degraded", "UNKNOWN_SIGNAL", False),
        (RunResult(200, "end_turn", f"REFUSED: CYBER: is what guards say.\n{LONG}"), "ok", None, False),
        (RunResult(200, "end_turn", f"The guard said: REFUSED: CYBER: x. {LONG}"), "ok", None, False),
        (RunResult(200, "end_turn", f"I cannot comply. {LONG}"), "ok", None, False),
        (RunResult(200, "max_tokens", LONG), "degraded", "TRUNCATED", False),
        (RunResult(200, "length", LONG), "degraded", "TRUNCATED", False),
        (RunResult(200, "model_context_window_exceeded", LONG), "degraded", "CONTEXT_EXCEEDED", False),
        (RunResult(200, "tool_use", LONG), "degraded", "INCOMPLETE", False),
        (RunResult(200, "pause_turn", LONG), "degraded", "INCOMPLETE", False),
        (RunResult(200, None, LONG), "degraded", "UNKNOWN_SIGNAL", False),
        (RunResult(200, "brand_new", LONG), "degraded", "UNKNOWN_SIGNAL", False),
        (RunResult(200, "end_turn", None), "degraded", "EMPTY_OUTPUT", False),
        (RunResult(200, "end_turn", " \n"), "degraded", "EMPTY_OUTPUT", False),
        (RunResult(200, "end_turn", "Done."), "degraded", "TOO_SHORT", False),
    ],
)
def test_a_run_ends_as_its_signals_say(result: Any, outcome: Any, code: Any, retryable: Any) -> None:
    verdict = judge(result)
    assert (str(verdict.outcome), verdict.code and str(verdict.code), verdict.retryable) == (
        outcome,
        code,
        retryable,
    )
    assert classify(result) is verdict.outcome


def test_a_failed_done_condition_names_all_that_is_missing() -> None:
    verdict = judge(RunResult(200, "end_turn", LONG), done=[contains("Total"), min_headings(1)])
    assert verdict.code == "DONE_CONDITION_FAILED"
    assert "Total" in verdict.detail and "headings" in verdict.detail


def test_the_shortest_length_is_the_callers_choice() -> None:
    assert classify(RunResult(200, "end_turn", "42"), min_chars=2) is Outcome.OK
    assert classify(RunResult(200, "end_turn", LONG), min_chars=500) is Outcome.DEGRADED


def test_a_registered_code_decides_the_ending_of_its_refusal() -> None:
    with temporary_registrations():
        register_code("QUEUE_FULL", meaning="Our own queue is full.", usual_outcome="infra_error")
        verdict = judge(RunResult(200, "end_turn", LONG, refusal="REFUSED: QUEUE_FULL: 80 waiting"))
    assert (verdict.outcome, verdict.retryable) == (Outcome.INFRA_ERROR, False)


odd = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.binary(), st.booleans(), st.lists(st.text())
)


@given(odd, odd, odd, odd)
def test_odd_values_never_raise(http_status: Any, stop_reason: Any, text: str, refusal: Any) -> None:
    verdict = judge(RunResult(http_status, stop_reason, text, refusal=refusal))
    assert (verdict.code is None) == (verdict.outcome is Outcome.OK)
    assert verdict.outcome is not Outcome.OK or str(stop_reason).strip().lower() in (
        "end_turn",
        "stop_sequence",
        "stop",
        "completed",
    )
