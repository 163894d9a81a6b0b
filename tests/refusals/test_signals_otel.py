import json
from typing import Any

import pytest

from refusals.signals import read, read_otlp


def value(plain: Any) -> Any:
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value(entry) for entry in plain]}}
    kind = "intValue" if isinstance(plain, int) else "stringValue"
    return {kind: str(plain)}


def span(*, status: Any = None, events: Any = (), **attributes: Any) -> Any:
    listed = [{"key": key, "value": value(plain)} for key, plain in attributes.items()]
    return {"attributes": listed, "status": {"code": status} if status else {}, "events": list(events)}


def request(*spans: Any) -> Any:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def exception(name: str, message: Any = "blocked") -> Any:
    attributes: dict[str, Any] = {"exception.type": name, "exception.message": message}
    return {
        "name": "exception",
        "attributes": [{"key": key, "value": value(text)} for key, text in attributes.items()],
    }


def genai(*finish: Any, **more: Any) -> Any:
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "m",
    }
    if finish:
        attributes["gen_ai.response.finish_reasons"] = list(finish)
    return span(**attributes, **more)


def openinference(finish: Any, **more: Any) -> Any:
    return span(
        **{"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.finish_reason": finish}, **more
    )


DETAILS = json.dumps({"stop_details": {"type": "refusal", "category": "bio", "explanation": "Because."}})
ITERATIONS = [{"type": "message", "model": "a"}, {"type": "fallback_message", "model": "b"}]
PART = "llm.output_messages.0.message.contents.0.message_content"
FALLBACK_PART = {f"{PART}.type": "fallback", f"{PART}.text": "a -> b (refusal: bio)"}
MESSAGES = json.dumps(
    [{"role": "assistant", "parts": [{"type": "text", "content": "Good day."}], "finish_reason": "stop"}]
)
NO_MESSAGES = json.dumps([])

SPANS = [
    (genai("stop"), "ok", None),
    (genai("stop", **{"gen_ai.output.messages": MESSAGES}), "ok", None),
    (genai(**{"gen_ai.output.messages": MESSAGES}), "ok", None),
    (genai("stop", **{"gen_ai.output.messages": NO_MESSAGES}), "degraded", "EMPTY_OUTPUT"),
    (genai("end_turn"), "ok", None),
    (genai("refusal"), "declined", "POLICY_VIOLATION"),
    (genai("refusal", **{"refusalhub.decline.category": "cyber"}), "declined", "CYBER"),
    (genai("content_filter"), "declined", "POLICY_VIOLATION"),
    (genai("guardrail_intervened"), "declined", "GUARDRAIL"),
    (genai("SAFETY"), "declined", "POLICY_VIOLATION"),
    (genai("stop", **{"refusalhub.decline.from_model": "a"}), "ok", "FALLBACK_SERVED"),
    (genai("length"), "degraded", "TRUNCATED"),
    (genai("max_tokens"), "degraded", "TRUNCATED"),
    (genai("tool_call"), "degraded", "INCOMPLETE"),
    (genai("pause_turn"), "degraded", "INCOMPLETE"),
    (genai("brand_new"), "degraded", "UNKNOWN_SIGNAL"),
    (genai(), "degraded", "UNKNOWN_SIGNAL"),
    (genai("error"), "infra_error", "PROVIDER_ERROR"),
    (genai(status=2, **{"error.type": "OverloadedError"}), "infra_error", "OVERLOADED"),
    (genai(status=2, **{"error.type": "529"}), "infra_error", "OVERLOADED"),
    (genai(status=2, events=[exception("anthropic.RateLimitError")]), "infra_error", "RATE_LIMIT"),
    (genai(status=2, events=[exception("anthropic.APITimeoutError")]), "infra_error", "TIMEOUT"),
    (genai(status=2, events=[exception("InternalServerError")]), "infra_error", "PROVIDER_ERROR"),
    (genai(status=2, events=[exception("AuthenticationError")]), "infra_error", "AUTH"),
    (genai(status=2, events=[exception("PermissionDeniedError")]), "infra_error", "AUTH"),
    (genai(status=2, events=[exception("BadRequestError")]), "infra_error", "INVALID_REQUEST"),
    (genai(status=2), "infra_error", "PROVIDER_ERROR"),
    (
        genai(status=2, events=[exception("litellm.exceptions.ContentPolicyViolationError")]),
        "declined",
        "POLICY_VIOLATION",
    ),
    (genai(status=2, **{"error.type": "GuardrailRaisedException"}), "declined", "GUARDRAIL"),
    (openinference("end_turn"), "ok", None),
    (openinference("refusal", metadata=DETAILS), "declined", "BIO"),
    (openinference("refusal", **{"output.value": DETAILS}), "declined", "BIO"),
    (
        openinference("end_turn", metadata=json.dumps({"usage_iterations": ITERATIONS})),
        "ok",
        "FALLBACK_SERVED",
    ),
    (openinference("end_turn", **FALLBACK_PART), "ok", "FALLBACK_SERVED"),
    (openinference("max_tokens", **FALLBACK_PART), "degraded", "TRUNCATED"),
    (span(**{"llm.request.type": "chat", "gen_ai.response.finish_reason": "stop"}), "ok", None),
    (
        span(**{"llm.request.type": "completion", "llm.response.stop_reason": "refusal"}),
        "declined",
        "POLICY_VIOLATION",
    ),
]


@pytest.mark.parametrize(("found", "outcome", "code"), SPANS)
def test_a_span_is_read_by_what_its_convention_tells(found: Any, outcome: Any, code: Any) -> None:
    (signal,) = read_otlp(json.dumps(request(found)))
    assert (str(signal.outcome), signal.code and str(signal.code)) == (outcome, code)
    assert signal.model == "m" or "llm.request.type" in str(found)


def test_the_hops_of_a_fallback_are_told_in_openinferences_parts() -> None:
    (signal,) = read_otlp(request(openinference("end_turn", **FALLBACK_PART)))
    (hidden,) = signal.hidden_declines
    assert (hidden.from_model, hidden.to_model, str(hidden.code), hidden.category) == ("a", "b", "BIO", "bio")


def test_only_calls_of_a_model_are_read() -> None:
    agent = span(**{"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"})
    chain = span(**{"openinference.span.kind": "CHAIN"})
    tool = span(**{"gen_ai.operation.name": "execute_tool"})
    assert read_otlp(request(agent, chain, tool, span(name="GET /"))) == []
    assert [str(signal.outcome) for signal in read_otlp(request(agent, genai("stop"), genai("refusal")))] == [
        "ok",
        "declined",
    ]


def test_a_request_without_a_model_call_is_unknown() -> None:
    assert str(read(request(span())).code) == "UNKNOWN_SIGNAL"


def test_text_usage_and_provider_of_a_span_are_kept() -> None:
    found = genai("stop", **{"gen_ai.output.messages": MESSAGES, "gen_ai.usage.output_tokens": 58})
    (signal,) = read_otlp(request(found))
    assert (signal.text, signal.usage) == ("Good day.", {"gen_ai.usage.output_tokens": 58})
    assert signal.raw.provider == "anthropic"


@pytest.mark.parametrize(
    "odd", [None, 7, "x", [], {"resourceSpans": 7}, {"resourceSpans": [{"scopeSpans": [{"spans": [7]}]}]}]
)
def test_odd_requests_hold_no_span(odd: Any) -> None:
    assert read_otlp(odd) == []
