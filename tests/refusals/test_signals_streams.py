import json
from typing import Any

import pytest

from refusals.signals import read

START = {
    "type": "message_start",
    "message": {
        "type": "message",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 3},
    },
}
TEXT = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Good "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "day."}},
]
HOP = {
    "type": "fallback",
    "from": {"model": "a"},
    "to": {"model": "m"},
    "trigger": {"type": "refusal", "category": "bio"},
}


def stopped(reason: Any, details: Any = None) -> Any:
    delta = {"stop_reason": reason, "stop_details": details}
    return {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2}}


def chunk(finish: Any = None, **delta: Any) -> Any:
    return {
        "object": "chat.completion.chunk",
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def part(text: str, finish: Any = None) -> Any:
    return {
        "candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": finish}],
        "modelVersion": "m",
    }


REFUSED = {"type": "refusal", "category": "cyber", "explanation": None}
ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
DONE = {
    "object": "response",
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "Good day."}]}],
}
BLOCKED = {
    "trace": {
        "guardrail": {
            "inputAssessment": {"g": {"wordPolicy": {"customWords": [{"match": "x", "action": "BLOCKED"}]}}}
        }
    }
}

STREAMS = [
    ([START, *TEXT, stopped("end_turn"), {"type": "message_stop"}], "ok", None),
    ([START, stopped("refusal", REFUSED)], "declined", "CYBER"),
    ([START, *TEXT, stopped("refusal", REFUSED)], "declined", "CYBER"),
    ([START, *TEXT, stopped("max_tokens")], "degraded", "TRUNCATED"),
    ([START, *TEXT], "infra_error", "NETWORK"),
    ([START], "infra_error", "NETWORK"),
    ([START, *TEXT, ERROR], "infra_error", "OVERLOADED"),
    (
        [
            START,
            {"type": "content_block_start", "index": 1, "content_block": HOP},
            *TEXT,
            stopped("end_turn"),
        ],
        "ok",
        "FALLBACK_SERVED",
    ),
    ([chunk(content="Good "), chunk(content="day."), chunk("stop")], "ok", None),
    ([chunk(refusal="No"), chunk(refusal="."), chunk("stop")], "declined", "MODEL_REFUSAL"),
    ([chunk(content="Go"), chunk("content_filter")], "declined", "POLICY_VIOLATION"),
    ([chunk(content="Good ")], "infra_error", "NETWORK"),
    (
        [chunk(content="Good "), {"error": {"code": "server_error", "message": "x"}}],
        "infra_error",
        "PROVIDER_ERROR",
    ),
    (
        [{"type": "response.created", "response": {}}, {"type": "response.completed", "response": DONE}],
        "ok",
        None,
    ),
    ([{"type": "response.created", "response": {"status": "in_progress"}}], "infra_error", "PROVIDER_ERROR"),
    (
        [{"type": "response.failed", "response": {"status": "failed", "error": {"code": "bio_policy"}}}],
        "declined",
        "BIO",
    ),
    ([{"type": "error", "code": "rate_limit_exceeded", "message": "x"}], "infra_error", "RATE_LIMIT"),
    ([part("Good "), part("day.", "STOP")], "ok", None),
    ([part("Good "), part("", "SAFETY")], "declined", "POLICY_VIOLATION"),
    ([{"promptFeedback": {"blockReason": "SAFETY"}}], "declined", "POLICY_VIOLATION"),
    (
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "Good day."}}},
            {"messageStop": {"stopReason": "end_turn"}},
            {"metadata": {"usage": {"inputTokens": 1}}},
        ],
        "ok",
        None,
    ),
    (
        [{"messageStop": {"stopReason": "guardrail_intervened"}}, {"metadata": BLOCKED}],
        "declined",
        "BLOCKLIST",
    ),
    ([{"messageStart": {}}, {"throttlingException": {"message": "x"}}], "infra_error", "RATE_LIMIT"),
    ([{"messageStart": {}}, {"contentBlockDelta": {"delta": {"text": "Go"}}}], "infra_error", "NETWORK"),
]


@pytest.mark.parametrize(("events", "outcome", "code"), STREAMS)
def test_a_streams_events_are_read_as_one_answer(events: Any, outcome: Any, code: Any) -> None:
    signal = read(events)
    assert (str(signal.outcome), signal.code and str(signal.code)) == (outcome, code)


@pytest.mark.parametrize(("events", "outcome", "code"), STREAMS)
def test_the_same_stream_is_read_from_its_text(events: Any, outcome: Any, code: Any) -> None:
    text = "".join(f"event: x\ndata: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    signal = read(text, http_status=200)
    assert (str(signal.outcome), signal.code and str(signal.code)) == (outcome, code)


def test_the_text_and_the_usage_of_a_stream_are_put_together() -> None:
    signal = read([START, *TEXT, stopped("end_turn")])
    assert (signal.text, signal.usage) == ("Good day.", {"input_tokens": 3, "output_tokens": 2})
    assert read([chunk(content="Good "), chunk(content="day."), chunk("stop")]).text == "Good day."
    assert read([part("Good "), part("day.", "STOP")]).text == "Good day."
