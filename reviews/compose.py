"""A declined request with a person's context added, or with their edit: the exact text that leaves.

The original stays byte-identical: the context is spliced into its JSON text as one more content
block behind the last user message; an edit by hand takes the place of that message's text, another
model the place of the model's name, and of nothing else. The result is a new conversation; the refused
turn is never part of it (a refused history keeps being refused: decline-signals, 1.5).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _

from pipelines.jsontext import BadJson, RawRow, Span, read_elements, read_object, read_row

# The sandbox server and the page know the added block by this line. It speaks to the model, so it is never translated.
LABEL = "Context added by a reviewer"

# How an answer is fetched is not what was asked: a re-issue waits for a whole answer, and the
# provider's own fallback is never used in one (design, principle 1).
LEFT_OUT = ("stream", "fallbacks", "fallback_credit_token")

DEFAULT_MAX_TOKENS = 4096


class CannotCompose(ValueError):
    """The original cannot take a context block; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the model lacked, in a person's words."""

    purpose: str
    background: str
    serves: str = ""
    authority: str = ""
    handling_limits: str = ""

    def block(self) -> str:
        """Return the labelled text that is added."""
        lines = [
            f"{LABEL}. The request itself is unchanged.",
            f"Purpose: {self.purpose}",
        ]
        if self.serves:
            lines.append(f"Who it serves: {self.serves}")
        if self.authority:
            lines.append(f"Authority: {self.authority}")
        lines.append(f"Background: {self.background}")
        if self.handling_limits:
            lines.append(f"Handling limits: {self.handling_limits}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditByHand:
    """The last user message's text as a person would have it. The purpose is kept and does not leave."""

    purpose: str
    text: str


# What a person asks for: one or the other.
Asked = Context | EditByHand


class Part(Enum):
    """Where a piece of text belongs."""

    SAME = "same"
    ADDED = "added"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the original or of the request."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A re-issue's request as pieces: same + left out is the original, same + added is what leaves."""

    pieces: tuple[Piece, ...]

    @property
    def request(self) -> str:
        """The exact JSON text that leaves."""
        return "".join(piece.text for piece in self.pieces if piece.part is not Part.LEFT_OUT)

    @property
    def original(self) -> str:
        """The original's JSON text, byte for byte."""
        return "".join(piece.text for piece in self.pieces if piece.part is not Part.ADDED)

    @property
    def original_digest(self) -> str:
        """SHA-256 of the original's text in UTF-8."""
        return hashlib.sha256(self.original.encode()).hexdigest()

    @property
    def model(self) -> str:
        """The model that is asked."""
        return str(read_row(self.request).fields["model"])


def compose(*, original: str, asked: Asked, model: str = "") -> Composed:
    """Add the context to the original, a Messages API request's JSON text, or put the edit into it.

    `model` is asked in place of the original's, where one is named. Raises CannotCompose.
    """
    try:
        row = read_row(original)
        edits = [*_left_out(row), *_other_model(row, model=model)]
        if isinstance(asked, Context):
            edits += _context_block(row, block=asked.block())
        else:
            edits += _edited(row, text=asked.text)
    except BadJson as error:
        raise CannotCompose(_("The original request cannot be read: %(why)s") % {"why": error}) from error
    return Composed(tuple(_pieces(original, edits)))


def editable_text(original: str) -> str:
    """Return the text that an edit by hand replaces: that of the last user message. Raises CannotCompose."""
    try:
        row = read_row(original)
        _, text = _last_text(row)
    except BadJson as error:
        raise CannotCompose(f"The original request cannot be read: {error}") from error
    return text


def original_request(*, request: str, provider: str, prompt: str, model: str) -> str:
    """Return the request to compose from: the run's own where it speaks the Messages API.

    Where no request came, or one to another provider, it is a new request to `model` whose one
    message is the prompt. Raises CannotCompose for a request that cannot be read: what a person
    sends again is never something else in its place.
    """
    if provider in ("", "anthropic") and request and _speaks_messages(request):
        return request
    body = {
        "model": model,
        "max_tokens": DEFAULT_MAX_TOKENS,
        "messages": [{"role": "user", "content": prompt}],
    }
    return json.dumps(body, ensure_ascii=False)


def _speaks_messages(request: str) -> bool:
    try:
        fields = read_row(request).fields
    except BadJson as error:
        raise CannotCompose(_("The original request cannot be read: %(why)s") % {"why": error}) from error
    return "max_tokens" in fields and isinstance(fields.get("model"), str) and bool(_user_messages(fields))


def _user_messages(fields: dict[str, Any]) -> list[int]:
    messages = fields.get("messages")
    if not isinstance(messages, list):
        return []
    return [
        n for n, message in enumerate(messages) if isinstance(message, dict) and message.get("role") == "user"
    ]


# An edit replaces original[start:end] with a text.
Edit = tuple[int, int, str]


def _left_out(row: RawRow) -> Iterator[Edit]:
    """Yield the cuts that take the fields in LEFT_OUT away, commas included."""
    members = list(row.spans.items())
    kept = [n for n, (name, _span) in enumerate(members) if name not in LEFT_OUT]
    if not kept:
        raise CannotCompose(_("The original request asks nothing."))
    if first := kept[0]:
        yield members[0][1].name, members[first][1].name, ""
    for n in range(kept[0] + 1, len(members)):
        if n not in kept:
            yield members[n - 1][1].end, members[n][1].end, ""


def _other_model(row: RawRow, *, model: str) -> Iterator[Edit]:
    asked = row.fields.get("model")
    if not isinstance(asked, str):
        raise CannotCompose(_("The original request names no model."))
    if model and model != asked:
        yield row.spans["model"].start, row.spans["model"].end, json.dumps(model, ensure_ascii=False)


def _last_user_message(row: RawRow) -> RawRow:
    users = _user_messages(row.fields)
    if not users:
        raise CannotCompose(_("The original request has no user message to add context to."))
    _element, (at, _end) = read_elements(row.source, at=row.spans["messages"].start)[users[-1]]
    return read_object(row.source, at=at)


def _last_text(row: RawRow) -> tuple[Span, str]:
    """Return the one text of the last user message, and where it stands."""
    message = _last_user_message(row)
    content = message.spans.get("content")
    match message.fields.get("content"):
        case str() as text if content and text.strip():
            return content, text
        case list() if content:
            blocks = [
                read_object(row.source, at=start)
                for block, (start, _end) in read_elements(row.source, at=content.start)
                if isinstance(block, dict) and block.get("type") == "text"
            ]
            texts = [(one.spans["text"], one.fields["text"]) for one in blocks if "text" in one.fields]
            if len(texts) == 1 and isinstance(texts[0][1], str) and texts[0][1].strip():
                return texts[0]
            raise CannotCompose(
                _("The last user message holds %(n)s texts: only a single one can be edited by hand.")
                % {"n": len(texts)}
            )
    raise CannotCompose(_("The last user message of the original request is empty."))


def _edited(row: RawRow, *, text: str) -> Iterator[Edit]:
    """Yield the replacement of the last user message's text, if there is anything to replace."""
    span, before = _last_text(row)
    if text != before:
        yield span.start, span.end, json.dumps(text, ensure_ascii=False)


def _context_block(row: RawRow, *, block: str) -> Iterator[Edit]:
    """Yield the insertions that put the block behind the content of the last user message."""
    message = _last_user_message(row)
    content = message.spans.get("content")
    added = json.dumps({"type": "text", "text": block}, ensure_ascii=False)
    match message.fields.get("content"):
        case str() as text if content and text.strip():
            yield content.start, content.start, '[{"type": "text", "text": '
            yield content.end, content.end, f"}}, {added}]"
        case [_, *_] if content:
            yield content.end - 1, content.end - 1, f", {added}"
        case _:
            raise CannotCompose(_("The last user message of the original request is empty."))


def _pieces(original: str, edits: list[Edit]) -> Iterator[Piece]:
    at = 0
    for start, end, text in sorted(edits):
        if original[at:start]:
            yield Piece(Part.SAME, original[at:start])
        if original[start:end]:
            yield Piece(Part.LEFT_OUT, original[start:end])
        if text:
            yield Piece(Part.ADDED, text)
        at = end
    if original[at:]:
        yield Piece(Part.SAME, original[at:])
