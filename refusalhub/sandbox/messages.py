"""Bodies in the shape of the Messages API. The demo builds its recorded runs with them too."""

from typing import Any

Body = dict[str, Any]


def message(
    *,
    id: str,
    model: str,
    content: list[Body],
    stop_reason: str,
    stop_details: Body | None = None,
    input_tokens: int,
    output_tokens: int,
    iterations: list[Body] | None = None,
) -> Body:
    """A whole message. `iterations` is left out of `usage` when None, as it is for a single sampling."""
    return {
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": stop_details,
        "usage": {
            **token_counts(input_tokens=input_tokens, output_tokens=output_tokens),
            "service_tier": "standard",
            **({} if iterations is None else {"iterations": iterations}),
        },
    }


def token_counts(*, input_tokens: int, output_tokens: int) -> Body:
    return {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }


def text_block(text: str) -> Body:
    return {"type": "text", "text": text}


def refusal_details(*, category: str | None, explanation: str | None) -> Body:
    return {"type": "refusal", "category": category, "explanation": explanation}


def fallback_block(*, from_model: str, to_model: str, category: str | None) -> Body:
    """The mark in `content` where the model that declined hands over to a fallback model."""
    return {
        "type": "fallback",
        "from": {"model": from_model},
        "to": {"model": to_model},
        "trigger": {"type": "refusal", "category": category},
    }


def iteration(*, fallback: bool, model: str, input_tokens: int, output_tokens: int) -> Body:
    """One entry of `usage.iterations`: the sampling of the fallback model that served, or of another one."""
    return {
        "type": "fallback_message" if fallback else "message",
        "model": model,
        **token_counts(input_tokens=input_tokens, output_tokens=output_tokens),
    }


def error(*, type: str, message: str, request_id: str | None, error_code: str | None = None) -> Body:
    """An error body. `error_code` goes into `error.details`."""
    details = {} if error_code is None else {"details": {"error_code": error_code}}
    return {
        "type": "error",
        "error": {"type": type, "message": message, **details},
        "request_id": request_id,
    }


def tokens(text: str) -> int:
    """A rough count of tokens: one for every four characters, at least one."""
    return max(1, len(text) // 4)
