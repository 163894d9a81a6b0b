"""What comes back to a pipeline of the demo: an ending → the part of a run's row that reports it.

Every function returns `{"response": BODY}` or `{"error": {...}}`. Bodies have the provider's own shape.
"""

from typing import Any

from refusalhub.demo.pipelines import Provider
from refusalhub.demo.prompts import DemoDecline
from refusalhub.sandbox import messages

Row = dict[str, Any]

FALLBACK_MODEL = "claude-opus-4-8"

_AZURE_FILTERS = ("hate", "self_harm", "sexual", "violence")


def answered(*, provider: Provider, model: str, text: str, serial: int, stop: str | None = None) -> Row:
    """An answer, however it ended. `stop` is the provider's stop reason, by default its natural end."""
    match provider:
        case "anthropic":
            content = [messages.text_block(text)] if text else []
            return {
                "response": _anthropic(model=model, content=content, serial=serial, stop=stop or "end_turn")
            }
        case "gcp.gemini":
            candidate = {
                "content": {"role": "model", "parts": [{"text": text}] if text else []},
                "finishReason": stop or "STOP",
                "index": 0,
            }
            return {"response": _gemini(model=model, candidate=candidate, text=text, serial=serial)}
        case _:
            choice = _choice(finish_reason=stop or "stop", content=text)
            if provider == "azure.ai.openai":
                choice["content_filter_results"] = _azure_results()
            return {"response": _chat(model=model, choice=choice, text=text, serial=serial)}


def declined(*, provider: Provider, model: str, decline: DemoDecline, serial: int) -> Row:
    """A decline in the provider's own words."""
    match provider:
        case "anthropic":
            content = [messages.text_block(decline.partial)] if decline.partial else []
            details = messages.refusal_details(
                category=decline.category or None,
                explanation=decline.explanation if decline.category else None,
            )
            return {
                "response": _anthropic(
                    model=model, content=content, serial=serial, stop="refusal", stop_details=details
                )
            }
        case "gcp.gemini":
            rating = {"category": decline.category, "probability": "HIGH", "blocked": True}
            candidate = {"finishReason": "SAFETY", "index": 0, "safetyRatings": [rating]}
            return {"response": _gemini(model=model, candidate=candidate, text="", serial=serial)}
        case "azure.ai.openai":
            choice = _choice(finish_reason="content_filter", content=None)
            choice["content_filter_results"] = _azure_results(filtered=decline.category)
            return {"response": _chat(model=model, choice=choice, text="", serial=serial)}
        case "openai":
            return _openai_declined(model=model, decline=decline, serial=serial)


def served_by_fallback(*, model: str, text: str, category: str | None, serial: int) -> Row:
    """An Anthropic answer that a fallback model gave after `model` had declined."""
    output_tokens = messages.tokens(text)
    block = messages.fallback_block(from_model=model, to_model=FALLBACK_MODEL, category=category)
    hops = [
        messages.iteration(fallback=False, model=model, input_tokens=412, output_tokens=0),
        messages.iteration(
            fallback=True, model=FALLBACK_MODEL, input_tokens=412, output_tokens=output_tokens
        ),
    ]
    body = _anthropic(
        model=FALLBACK_MODEL, content=[block, messages.text_block(text)], serial=serial, stop="end_turn"
    )
    body["usage"]["iterations"] = hops
    return {"response": body}


def unfiltered(*, model: str, text: str, serial: int) -> Row:
    """An Azure answer that the content filter did not look at."""
    choice = _choice(finish_reason="stop", content=text)
    fault = {"code": "content_filter_error", "message": "The contents are not filtered"}
    choice["content_filter_results"] = {"error": fault}
    return {"response": _chat(model=model, choice=choice, text=text, serial=serial)}


def failed(
    *,
    provider: Provider,
    type: str,
    status: int | None,
    kind: str,
    message: str,
    retry_after: int | None,
    serial: int,
) -> Row:
    """An error as an SDK reports it: its class `type`, HTTP `status` (None: no answer), error type `kind`."""
    body: Row | None
    match provider:
        case _ if status is None:
            body = None
        case "anthropic":
            body = messages.error(type=kind, message=message, request_id=f"req_demo_{serial:06d}")
        case "gcp.gemini":
            body = {"error": {"code": status, "message": message, "status": kind.upper()}}
        case _:
            body = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    error = {"type": type, "http_status": status, "message": message, "body": body}
    return {"error": error if retry_after is None else {**error, "retry_after": retry_after}}


def _openai_declined(*, model: str, decline: DemoDecline, serial: int) -> Row:
    if decline.category == "cyber_policy":
        error = {
            "message": decline.explanation,
            "type": "invalid_request_error",
            "param": None,
            "code": "cyber_policy",
        }
        return {
            "error": {
                "type": "BadRequestError",
                "http_status": 400,
                "message": decline.explanation,
                "body": {"error": error},
            }
        }
    choice = _choice(finish_reason="content_filter", content="")
    if decline.category == "refusal":
        choice = _choice(finish_reason="stop", content=None, refusal=decline.explanation)
    return {"response": _chat(model=model, choice=choice, text="", serial=serial)}


def _anthropic(
    *, model: str, content: list[Row], serial: int, stop: str, stop_details: Row | None = None
) -> Row:
    return messages.message(
        id=f"msg_demo_{serial:06d}",
        model=model,
        content=content,
        stop_reason=stop,
        stop_details=stop_details,
        input_tokens=412,
        output_tokens=messages.tokens("".join(block.get("text", "") for block in content)),
    )


def _choice(*, finish_reason: str, content: str | None, refusal: str | None = None) -> Row:
    message: Row = {"role": "assistant", "content": content, "refusal": refusal, "annotations": []}
    return {"index": 0, "finish_reason": finish_reason, "logprobs": None, "message": message}


def _chat(*, model: str, choice: Row, text: str, serial: int) -> Row:
    output_tokens = messages.tokens(text)
    return {
        "id": f"chatcmpl-demo-{serial:06d}",
        "object": "chat.completion",
        "created": 1_790_000_000 + serial,
        "model": model,
        "choices": [choice],
        "usage": {
            "prompt_tokens": 380,
            "completion_tokens": output_tokens,
            "total_tokens": 380 + output_tokens,
        },
    }


def _azure_results(*, filtered: str | None = None) -> Row:
    return {
        name: {"filtered": name == filtered, "severity": "medium" if name == filtered else "safe"}
        for name in _AZURE_FILTERS
    } | {"jailbreak": {"filtered": False, "detected": False}}


def _gemini(*, model: str, candidate: Row, text: str, serial: int) -> Row:
    output_tokens = messages.tokens(text)
    usage = {
        "promptTokenCount": 350,
        "candidatesTokenCount": output_tokens,
        "totalTokenCount": 350 + output_tokens,
    }
    return {
        "candidates": [candidate],
        "modelVersion": model,
        "responseId": f"resp-demo-{serial:06d}",
        "usageMetadata": usage,
    }
