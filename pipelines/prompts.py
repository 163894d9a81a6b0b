"""The prompt of a row: what repeats fold by, and what a person reads."""

import json
from collections.abc import Iterator
from typing import Any

# Where the providers' request bodies keep what was asked, and where a message keeps its text.
_STANDING_FIELDS = ("system", "instructions", "systemInstruction", "system_instruction")
_ASKED_FIELDS = ("messages", "input", "contents", "prompt", "inputText")
_TEXT_FIELDS = ("text", "content", "parts")
# Providers nest a text four levels deep at most.
_MAX_DEPTH = 8


def folding_text(*, prompt: str | None, request: dict[str, Any] | None) -> str:
    """Return what repeats are recognised by: the caller's prompt, or else the canonical JSON of the
    request's system and messages (and what other providers call them). A request that has none of
    these folds by the whole of it, so that two unlike requests never become one case."""
    if prompt is not None:
        return prompt
    named = _STANDING_FIELDS + _ASKED_FIELDS
    asking = {name: request[name] for name in named if name in request} if request else {}
    return json.dumps(asking or request or {}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def readable_prompt(*, prompt: str | None, request: dict[str, Any] | None) -> str:
    """Return the prompt as a person reads it: the caller's own, or else the texts of the request's messages."""
    return prompt if prompt is not None else _joined(request or {}, _ASKED_FIELDS)


def standing_text(request: dict[str, Any]) -> str:
    """Return what the pipeline tells the model every time: the system prompt, whatever the provider calls it."""
    return _joined(request, _STANDING_FIELDS)


def _joined(request: dict[str, Any], names: tuple[str, ...]) -> str:
    return "\n\n".join(text for name in names for text in _texts(request.get(name)))


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, dict):
        for name in _TEXT_FIELDS:
            yield from _texts(value.get(name), depth + 1)
