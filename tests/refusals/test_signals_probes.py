"""Bodies with values that do not exist yet, or that contradict each other: never ok, whoever sent them.

Each row stands twice: named, and for the reader to recognise. What is known beside the new value counts as ever.
"""

import json
from typing import Any

import pytest
from anthropic.types import Message

from refusals.signals import read

from .test_signals_answers import TEXT, candidate, chat, converse, message, response

U = ("degraded", "UNKNOWN_SIGNAL")
OK: tuple[str, None] = ("ok", None)


def declined(code: str) -> tuple[str, str]:
    return ("declined", code)


def guardrail(action: Any, *, policy: str = "contentPolicy", entries: str = "filters", **entry: Any) -> Any:
    return converse(assessment={policy: {entries: [{"type": "HATE", "action": action, **entry}]}})


def part(kind: str, **fields: Any) -> Any:
    return [{"type": "message", "content": [{"type": kind, **fields}]}]


def events(*stops: Any) -> Any:
    start = {"type": "message_start", "message": {"type": "message", "model": "m", "stop_reason": None}}
    text = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}},
    ]
    return [start, *text, *({"type": "message_delta", "delta": {"stop_reason": stop}} for stop in stops)]


def chunks(finish: Any) -> Any:
    return [
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": TEXT}}]},
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
    ]


REFUSED = {"type": "refusal", "category": "cyber"}

ANTHROPIC: list[tuple[Any, Any]] = [
    (message("safety_hold"), U),
    (message("END_TURN_2"), U),
    (message("refusal_v2", details=REFUSED), U),
    (message(""), U),
    (message(7), U),
    (message({"type": "end_turn"}), U),
    (message("refusal", details={"type": "refusal", "category": "quantum"}), declined("POLICY_VIOLATION")),
    (message("refusal", details={"type": "hold", "category": "bio"}), declined("BIO")),
    (message("refusal", details="cyber"), declined("POLICY_VIOLATION")),
    (message("end_turn", details=REFUSED), U),
    (message("end_turn", details={"type": "throttled"}), U),
    (message("stop_sequence", details={"type": "refusal", "category": None}), U),
    (message(content=[{"type": "withheld", "reason": "policy"}]), U),
    (message(content=[{"type": "refusal", "refusal": "No."}]), U),
    (message(content=[{"type": "text", "text": TEXT}, {"type": "withheld"}]), OK),
    (message(content=[{"type": "server_tool_use", "name": "search"}]), OK),
    (message(content="A text in the place of a list of blocks."), ("degraded", "EMPTY_OUTPUT")),
    (message(usage={"iterations": [{"type": "fallback_message_v2", "model": "n"}]}), OK),
    (events("paused_for_review"), U),
    (events("end_turn", "withdrawn"), U),
    ([*events("end_turn"), {"type": "error", "error": {"type": "new_error", "message": "x"}}], U),
    ({"type": "error", "error": {"type": "safety_error", "message": "x"}}, U),
    ({"type": "session.status_idle", "stop_reason": {"type": "paused"}}, U),
    ({"type": "session.status_idle", "stop_reason": "end_turn"}, U),
]
OPENAI: list[tuple[Any, Any]] = [
    (chat("policy_stop"), U),
    (chat("STOP"), U),
    (chat(None), U),
    (chat(0), U),
    (chat("stop", message={"content": None, "refusal": {"text": "No."}}), U),
    (chat("stop", message={"content": TEXT, "refusal": ["No."]}), U),
    (chat("stop", message={"content": [{"type": "refusal", "refusal": "No."}]}), declined("MODEL_REFUSAL")),
    (chat("stop", message={"content": [{"type": "notice", "notice": "x"}]}), ("degraded", "EMPTY_OUTPUT")),
    (chat(content_filter_results={"hate": {"filtered": True}}), declined("HATE")),
    (chat(content_filter_results={"new_detector": {"filtered": True}}), declined("POLICY_VIOLATION")),
    (chat(content_filter_results={"error": {"code": "content_filter_timeout"}}), ("degraded", "UNFILTERED")),
    (chat(content_filter_results={"hate": {"filtered": False, "severity": "extreme"}}), OK),
    ({"object": "chat.completion", "choices": []}, ("degraded", "EMPTY_OUTPUT")),
    ({"object": "chat.completion", "choices": {"0": {}}}, U),
    (chunks("moderated"), U),
    (response("withheld"), U),
    (response(None), U),
    (response("incomplete", incomplete_details={"reason": "reviewed"}), U),
    (response("incomplete", incomplete_details=None), U),
    (response("completed", incomplete_details={"reason": "content_filter"}), declined("POLICY_VIOLATION")),
    (response("completed", incomplete_details={"reason": "reviewed"}), U),
    (response(output=part("notice", text=TEXT)), U),
    (response(output=part("refusal_v2", refusal="No.")), U),
    (response(output=part("refusal", refusal="No.")), declined("MODEL_REFUSAL")),
    (response("failed", error={"code": "weapons_policy", "message": "x"}), U),
    (
        response(content_filters=[{"blocked": True, "content_filter_results": {"new": {}}}]),
        declined("POLICY_VIOLATION"),
    ),
    (response(output=[{"type": "new_call", "status": "waiting"}]), U),
    ({"error": {"code": "new_policy", "type": "new_type", "message": "x"}}, U),
]
GEMINI: list[tuple[Any, Any]] = [
    (candidate("SAFETY_V2"), U),
    (candidate("OTHER"), U),
    (candidate("FINISH_REASON_UNSPECIFIED"), U),
    (candidate("STOP", safetyRatings=[{"category": "HARM_CATEGORY_HATE_SPEECH", "blocked": True}]), U),
    (
        candidate("SAFETY", safetyRatings=[{"category": "HARM_CATEGORY_NEW", "blocked": True}]),
        declined("POLICY_VIOLATION"),
    ),
    ({**candidate("STOP"), "promptFeedback": {"blockReason": "SAFETY"}}, U),
    ({"promptFeedback": {"blockReason": "NEW_REASON"}}, declined("POLICY_VIOLATION")),
    ({"promptFeedback": {"blockCause": "SAFETY"}}, U),
    (
        {"promptFeedback": {"safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "blocked": True}]}},
        declined("HATE"),
    ),
    ({"candidates": [], "promptFeedback": {"safetyRatings": []}}, ("degraded", "EMPTY_OUTPUT")),
    ({"steps": [], "status": "withheld"}, U),
    ({"error": {"code": 400, "status": "SAFETY_HOLD", "message": "x"}}, ("infra_error", "INVALID_REQUEST")),
]
BEDROCK: list[tuple[Any, Any]] = [
    (converse("refusal"), U),
    (converse("guardrail_warned"), U),
    (
        converse("end_turn", additionalModelResponseFields={"stop_reason": "refusal"}),
        declined("POLICY_VIOLATION"),
    ),
    (converse("end_turn", additionalModelResponseFields={"stop_reason": "withheld"}), U),
    (guardrail("QUARANTINED"), U),
    (guardrail("BLOCKED", type="NEW_FILTER"), declined("GUARDRAIL")),
    (guardrail("BLOCKED", policy="toolPolicy", entries="tools"), declined("GUARDRAIL")),
    (guardrail("DEFERRED", policy="toolPolicy", entries="tools"), U),
    (guardrail("NONE", policy="toolPolicy", entries="tools"), OK),
    (guardrail("NONE", detected=True), OK),
    ({"amazon-bedrock-guardrailAction": "ESCALATED", **message()}, U),
    ({"amazon-bedrock-guardrailAction": "NONE", **message()}, OK),
    ({"action": "GUARDRAIL_DEFERRED", "assessments": []}, U),
    ({"action": "NONE", "assessments": [{"topicPolicy": {"topics": [{"action": "BLOCKED"}]}}]}, U),
    ({"stopReason": None, "output": {"message": {"content": [{"text": TEXT}]}}}, U),
    ({"__type": "SafetyException", "message": "x"}, U),
]
LITELLM: list[tuple[Any, Any]] = [
    ({**chat(), "guardrail_status": "guardrail_quarantined"}, U),
    ({**chat(), "guardrail_status": "guardrail_flagged"}, OK),
    (
        {**chat(), "guardrail_information": [{"guardrail_status": "guardrail_intervened"}]},
        declined("GUARDRAIL"),
    ),
    (chat("stop", message={"content": TEXT, "provider_specific_fields": {"stop_reason": "withheld"}}), U),
    (chat("stop", message={"content": TEXT, "provider_specific_fields": {"stop_reason": "end_turn"}}), OK),
]
GUARDS: list[tuple[Any, Any]] = [
    (
        {"results": [{"flagged": True, "categories": {"illicit": True, "sexual/minors": True}}]},
        declined("CHILD_SAFETY"),
    ),
    ({"results": [{"flagged": True, "categories": {"new/kind": True}}]}, declined("POLICY_VIOLATION")),
    ({"results": [{"flagged": True, "categories": {}}]}, declined("POLICY_VIOLATION")),
    ({"results": [{"flagged": False, "categories": {"self_harm": False}}]}, OK),
    ({"results": [{"flagged": False, "categories": {"hate": True}}]}, U),
    ({"results": [{"flagged": "maybe", "categories": {}}]}, U),
    (
        {"results": [{"flagged": False, "categories": {}}, {"flagged": True, "categories": {"hate": True}}]},
        declined("HATE"),
    ),
    ({"tripwire_triggered": True, "info": {"guardrail_name": "Jailbreak"}}, declined("GUARDRAIL")),
    ({"tripwire_triggered": False, "execution_failed": True}, ("infra_error", "GUARDRAIL_UNAVAILABLE")),
    ({"tripwire_triggered": "unsure"}, U),
    ({"tripwire_triggered": False}, OK),
    ({"role": "exception", "content": {"type": "InputRailException", "message": "x"}}, declined("GUARDRAIL")),
    (
        {"response": [{"role": "exception", "content": {"type": "OutputRailException"}}]},
        declined("GUARDRAIL"),
    ),
    ({"status": "quarantined", "rail": "self check", "content": TEXT}, U),
    ({"validationPassed": "mostly", "rawLlmOutput": TEXT, "validatedOutput": TEXT}, U),
    ({"content": TEXT, "response_metadata": {"finish_reason": "withheld"}}, U),
    ({"content": TEXT, "response_metadata": {"stop_reason": "withheld"}}, U),
    (
        {"content": [{"type": "refusal", "refusal": "No."}], "response_metadata": {}},
        declined("MODEL_REFUSAL"),
    ),
    ({"verdict": "fine", "text": TEXT}, U),
    (None, ("infra_error", "NETWORK")),
]

ALL = [
    (provider, *row)
    for provider, rows in (
        ("anthropic", ANTHROPIC),
        ("openai", OPENAI),
        ("gemini", GEMINI),
        ("bedrock", BEDROCK),
        ("litellm", LITELLM),
        (None, GUARDS),
    )
    for row in rows
]


@pytest.mark.parametrize(("provider", "body", "expected"), ALL)
def test_what_nobody_knows_is_never_ok(
    provider: str | None, body: Any, expected: tuple[str, str | None]
) -> None:
    for name in {provider, None}:
        signal = read(body, provider=name)
        assert (str(signal.outcome), signal.code) == expected, (name, signal)


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 60


def filtered(*reports: Any) -> Any:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.finish_reasons": '["stop"]',
        "microsoft.foundry.content_filter.results": json.dumps(reports),
    }
    told = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    return {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "chat", "attributes": told}]}]}]}


def test_a_filter_that_a_trace_of_foundry_tells_of_declined() -> None:
    blocked = {"blocked": True, "content_filter_results": {"violence": {"filtered": True}}}
    assert read(filtered(blocked)).code == "VIOLENCE"
    assert str(read(filtered({"blocked": False})).outcome) == "ok"


GUARD_WORDS: list[tuple[Any, Any]] = [
    ("safe", OK),
    ("safe\n", OK),
    ("unsafe\nS9", declined("DANGEROUS")),
    ("unsafe\nS4,S1", declined("CHILD_SAFETY")),
    ("unsafe\nS14<|eot_id|>", declined("RCE_RISK")),
    ("unsafe", declined("GUARDRAIL")),
    ("unsafe\nS99", declined("POLICY_VIOLATION")),
    ("safe\nS1", U),
    ("unsafe, I think", U),
    ("It is safe to say so.", U),
    ("", ("degraded", "EMPTY_OUTPUT")),
    (chat(message={"content": "unsafe\nS7"}), declined("PII")),
    (chat("length", message={"content": "unsafe\nS7"}), ("degraded", "TRUNCATED")),
    (chat("policy_stop", message={"content": "safe"}), U),
    (message(content=[{"type": "text", "text": "safe"}]), OK),
    (converse(content=[{"text": "unsafe\nS11"}]), declined("SELF_HARM")),
    ({"error": {"code": "rate_limit_exceeded", "message": "x"}}, ("infra_error", "RATE_LIMIT")),
    (None, ("infra_error", "NETWORK")),
]


@pytest.mark.parametrize(("body", "expected"), GUARD_WORDS)
def test_a_guards_words_are_a_verdict_where_the_caller_says_so(body: Any, expected: tuple[str, Any]) -> None:
    for name in ("llama-guard", "Llama_Guard"):
        signal = read(body, provider=name)
        assert (str(signal.outcome), signal.code) == expected, signal
        assert signal.raw.provider == "llama-guard"


@pytest.mark.parametrize("body", ["unsafe\nS9", chat(message={"content": "unsafe\nS9"})])
@pytest.mark.parametrize("provider", [None, "openai"])
def test_without_its_name_no_words_decline(body: Any, provider: str | None) -> None:
    assert str(read(body, provider=provider).outcome) != "declined"


def test_an_sdks_object_with_a_new_value_is_read_without_a_warning() -> None:
    """Warnings are errors in these tests, as they are in many a pipeline's."""
    built = Message.model_construct(**message("brand_new", id="m1", role="assistant"))
    assert read(built).code == "UNKNOWN_SIGNAL"
