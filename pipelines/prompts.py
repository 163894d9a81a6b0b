"""The prompt of a row: what repeats fold by, and what a person reads."""

import json
from collections.abc import Iterator
from typing import Any

# Where the providers' request bodies keep what was asked, and where a message keeps its text.
STANDING_FIELDS = ("system", "instructions", "systemInstruction", "system_instruction")
ASKED_FIELDS = ("messages", "input", "contents", "prompt", "inputText")
# Some providers have no field for the system prompt: it stands among the messages, under one of these roles.
STANDING_ROLES = ("system", "developer")
_TEXT_FIELDS = ("text", "content", "parts")
# Providers nest a text four levels deep at most.
_MAX_DEPTH = 10


def folding_text(*, prompt: str | None, request: dict[str, Any] | None) -> str:
    """Return what repeats are recognised by: the caller's prompt, or else the canonical JSON of the
    request's system and messages (and what other providers call them). A request that has none of
    these folds by the whole of it, so that two unlike requests never become one case."""
    if prompt is not None:
        return prompt
    named = STANDING_FIELDS + ASKED_FIELDS
    asking = {name: request[name] for name in named if name in request} if request else {}
    return json.dumps(asking or request or {}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def readable_prompt(*, prompt: str | None, request: dict[str, Any] | None) -> str:
    """Return the prompt as a person reads it: the caller's own, or else the texts of the request's messages."""
    if prompt is not None:
        return prompt
    asked = [_messages((request or {}).get(name), standing=False) for name in ASKED_FIELDS]
    return "\n\n".join(_texts(asked))


def standing_text(request: dict[str, Any]) -> str:
    """Return what the pipeline tells the model every time: the system prompt, whatever the provider calls it."""
    own_fields = [request.get(name) for name in STANDING_FIELDS]
    among_messages = [_messages(request.get(name), standing=True) for name in ASKED_FIELDS]
    return "\n\n".join(_texts([own_fields, among_messages]))


def _messages(value: Any, *, standing: bool) -> Any:
    """Return the messages of a list that stand for the system prompt, or the others; a bare text is another."""
    if not isinstance(value, list):
        return None if standing else value
    return [
        item for item in value if (isinstance(item, dict) and item.get("role") in STANDING_ROLES) == standing
    ]


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, dict):
        for name in _TEXT_FIELDS:
            yield from _texts(value.get(name), depth + 1)
