from typing import Any

import pytest

from refusals.signals import read

TEXT = "Fourteen tickets were closed today."


def langchain(content: Any = TEXT, *, kwargs: Any = None, **metadata: Any) -> Any:
    return {
        "type": "ai",
        "content": content,
        "additional_kwargs": kwargs or {},
        "response_metadata": metadata,
    }


def rails(*activated: Any) -> Any:
    return {"response": [{"role": "assistant", "content": TEXT}], "log": {"activated_rails": list(activated)}}


def validation(passed: Any, raw: Any = TEXT, validated: Any = TEXT) -> Any:
    summaries = [{"validatorName": "length", "failureReason": "too long"}]
    return {
        "validationPassed": passed,
        "rawLlmOutput": raw,
        "validatedOutput": validated,
        "validationSummaries": [] if passed else summaries,
    }


@pytest.mark.parametrize(
    ("body", "outcome", "code"),
    [
        (langchain(stop_reason="end_turn"), "ok", None),
        (langchain("", stop_reason="refusal", stop_details={"category": "bio"}), "declined", "BIO"),
        (langchain(stop_reason="max_tokens"), "degraded", "TRUNCATED"),
        (langchain(finish_reason="stop"), "ok", None),
        (langchain("", kwargs={"refusal": "No."}, finish_reason="stop"), "declined", "MODEL_REFUSAL"),
        (
            langchain([{"type": "refusal", "refusal": "No."}], finish_reason="stop"),
            "declined",
            "MODEL_REFUSAL",
        ),
        (langchain(finish_reason="content_filter"), "declined", "POLICY_VIOLATION"),
        (langchain(finish_reason="STOP"), "ok", None),
        (langchain(), "degraded", "UNKNOWN_SIGNAL"),
        (rails({"type": "input", "name": "self check input", "stop": True}), "declined", "GUARDRAIL"),
        (rails({"type": "input", "name": "self check input", "stop": False}), "ok", None),
        ({"status": "blocked", "rail": "jailbreak detection"}, "declined", "GUARDRAIL"),
        ({"status": "modified", "rail": "mask", "content": TEXT}, "degraded", "MASKED_OUTPUT"),
        ({"status": "passed", "rail": None, "content": TEXT}, "ok", None),
        (validation(True), "ok", None),
        (validation(False), "declined", "INTEGRITY_FAILURE"),
        (validation(True, validated="Fourteen."), "degraded", "MASKED_OUTPUT"),
        (validation(True, validated=""), "degraded", "EMPTY_OUTPUT"),
        (validation("perhaps"), "degraded", "UNKNOWN_SIGNAL"),
        ({"validation_passed": False, "error": "x"}, "declined", "INTEGRITY_FAILURE"),
    ],
)
def test_a_frameworks_result_is_read_by_its_structured_fields(body: Any, outcome: Any, code: Any) -> None:
    signal = read(body)
    assert (str(signal.outcome), signal.code and str(signal.code)) == (outcome, code)


def test_the_rail_that_stopped_is_named() -> None:
    assert read(rails({"name": "self check input", "stop": True})).detail == "self check input"
    assert read(validation(False)).detail == "too long"
