"""Another provider's request carried over into one of the Messages API: who said what, word for word.

What stands for the system prompt goes into `system`, every turn keeps its role, texts keep their bytes. What has no
place there (tools, images, calls, sampling) is left behind, and each thing of it is named, for a person to see
before they send.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipelines.prompts import ASKED_FIELDS, STANDING_FIELDS, STANDING_ROLES
from pipelines.storable import storable

DEFAULT_MAX_TOKENS = 4096
_MAX_TOKENS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
_ROLES = {"user": "user", "assistant": "assistant", "model": "assistant"}
_TEXT_TYPES = ("text", "input_text", "output_text")
_HOLDERS = ("content", "parts")


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Something of the original that is not sent: its name there, and the messages that held it, counted from 1."""

    what: str
    messages: tuple[int, ...] = ()


@dataclass(slots=True)
class Carried:
    """A request of the Messages API on its way, with what it could not take.

    `moved`: messages for the system prompt that stood among the turns, and stand before them now.
    """

    system: list[str] = field(default_factory=list)
    turns: list[tuple[str, list[str]]] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    max_tokens: int = DEFAULT_MAX_TOKENS
    _left: dict[str, list[int]] = field(default_factory=dict)

    @property
    def left_behind(self) -> tuple[LeftBehind, ...]:
        return tuple(LeftBehind(what, tuple(sorted(set(where)))) for what, where in self._left.items())

    @property
    def asks(self) -> bool:
        """Whether a user says anything in it."""
        return any(role == "user" for role, _ in self.turns)

    def leave(self, what: str, message: int | None = None) -> None:
        """Name something that cannot be carried."""
        self._left.setdefault(storable(what), []).extend([] if message is None else [message])

    def request(self, *, model: str) -> str:
        """Return the JSON text of the request."""
        system = {"system": _content(self.system)} if self.system else {}
        turns = [{"role": role, "content": _content(texts)} for role, texts in self.turns]
        return written({"model": model, "max_tokens": self.max_tokens, **system, "messages": turns})


def written(body: dict[str, Any]) -> str:
    """Write a request down; what no text column can hold stays escaped."""
    text = json.dumps(body, ensure_ascii=False)
    return text if storable(text) == text else json.dumps(body)


def carry(request: dict[str, Any]) -> Carried:
    """Carry a request over, whichever provider's: chat completions, responses, Gemini's or Bedrock's."""
    carried = Carried()
    for name, value in request.items():
        if name in STANDING_FIELDS:
            held = value.get("parts") if isinstance(value, dict) and "parts" in value else value
            carried.system += _texts(held, carried, message=None, within=name)
        elif name in _MAX_TOKENS and isinstance(value, int) and value > 0:
            carried.max_tokens = value
        elif name not in ("model", *ASKED_FIELDS) and _says_something(value):
            carried.leave(name)
    asked = [request[name] for name in ASKED_FIELDS if request.get(name)]
    messages = [item for value in asked for item in (value if isinstance(value, list) else [value])]
    for number, message in enumerate(messages, 1):
        _carry_message(message, carried, number=number)
    return carried


def _carry_message(message: Any, carried: Carried, *, number: int) -> None:
    if isinstance(message, str):
        message = {"role": "user", "content": message}
    if not isinstance(message, dict) or not any(name in message for name in ("role", *_HOLDERS)):
        # The Responses API puts tool calls and what they gave beside the messages.
        return carried.leave(_name_of(message), number)
    # Gemini's turns may name no role: the user speaks.
    role = message.get("role") or "user"
    if role not in _ROLES and role not in STANDING_ROLES:
        return carried.leave(str(role), number)
    for name, value in message.items():
        if (
            name not in ("role", *_HOLDERS)
            and (name, value) != ("type", "message")
            and _says_something(value)
        ):
            carried.leave(name, number)
    said = [text for name in _HOLDERS for text in _texts(message.get(name), carried, message=number)]
    if not said:
        return None
    if role in STANDING_ROLES:
        carried.system += said
        if carried.turns:
            carried.moved.append(number)
    else:
        carried.turns.append((_ROLES[role], said))
    return None


def _texts(value: Any, carried: Carried, *, message: int | None, within: str = "") -> Iterator[str]:
    """Yield the texts of a content, and leave its other parts behind. The API takes no empty text."""
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            text: Any = part
        elif isinstance(part, dict) and _is_text(part):
            text = part["text"]
            for name in part.keys() - {"type", "text"}:
                if _says_something(part[name]):
                    carried.leave(name, message)
        elif part is None:
            continue
        else:
            carried.leave(within or _name_of(part), message)
            continue
        if text:
            yield text


def _is_text(part: dict[str, Any]) -> bool:
    """Whether a part is a text that was said; a model's thought is none."""
    is_typed = part.get("type") in _TEXT_TYPES if "type" in part else True
    return is_typed and isinstance(part.get("text"), str) and part.get("thought") is not True


def _name_of(part: Any) -> str:
    """Return what a part is called: its type, or the field that Gemini and Bedrock name it with."""
    if not isinstance(part, dict):
        return "null" if part is None else type(part).__name__
    kind = part.get("type")
    if isinstance(kind, str) and kind:
        return kind
    if part.get("thought") is True:
        return "thought"
    return next((str(name) for name in part), "{}")


def _says_something(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _content(texts: list[str]) -> str | list[dict[str, str]]:
    return texts[0] if len(texts) == 1 else [{"type": "text", "text": text} for text in texts]
