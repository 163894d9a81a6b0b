"""The prompt of a row: what repeats fold by, and what a person reads."""

import json
from collections.abc import Iterator
from typing import Any

# Where the providers' request bodies keep what was asked, and where a message keeps its text.
_ASKING_FIELDS = ("system", "messages", "instructions", "input", "systemInstruction", "contents", "prompt")
_TEXT_FIELDS = ("text", "content", "parts")
# Providers nest a text four levels deep at most.
_MAX_DEPTH = 8


def folding_text(*, prompt: str | None, request: dict[str, Any] | None) -> str:
    """Return what repeats are recognised by: the caller's prompt, or else the canonical JSON of the
    request's system and messages (and what other providers call them)."""
    if prompt is not None:
        return prompt
    asking = {name: request[name] for name in _ASKING_FIELDS if name in request} if request else {}
    return json.dumps(asking, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def readable_prompt(*, prompt: str | None, request: dict[str, Any] | None) -> str:
    """Return the prompt as a person reads it: the caller's own, or else the request's texts in their order."""
    if prompt is not None:
        return prompt
    asked = request or {}
    return "\n\n".join(text for name in _ASKING_FIELDS for text in _texts(asked.get(name)))


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, dict):
        for name in _TEXT_FIELDS:
            yield from _texts(value.get(name), depth + 1)
