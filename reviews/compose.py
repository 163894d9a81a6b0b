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
from refusals.asked import betas_of

# The sandbox server and the page know the added block by this line. It speaks to the model, so it is never translated.
LABEL = "Context added by a reviewer"

# How an answer is fetched is not what was asked: a re-issue waits for a whole answer, and the
# provider's own fallback is never used in one (design, principle 1).
FETCHING = ("stream", "fallbacks", "fallback_credit_token")
# Arguments of the SDK that a pipeline told as part of its request. They were never part of the body that left, and the
# API refuses them there; `betas` left as a header, and leaves as one again.
SDK_ARGUMENTS = ("betas", "user_profile_id", "workspace_id", "max_iterations", "run_tools_eagerly")
LEFT_OUT = FETCHING + SDK_ARGUMENTS


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
    """A re-issue's request as pieces: same + left out is the original, same + added is what leaves.

    `betas` leave beside it, as the header `anthropic-beta`. `source` is what the pipeline sent, where that is not
    what the pieces call the original: then it went to another provider, and this is what was carried over.
    """

    pieces: tuple[Piece, ...]
    betas: tuple[str, ...] = ()
    source: str = ""

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
        """SHA-256 of the text, in UTF-8, of the request that the pipeline sent."""
        return hashlib.sha256((self.source or self.original).encode()).hexdigest()

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
    return Composed(tuple(_pieces(original, edits)), betas=_betas_in(row))


def editable_text(original: str) -> str:
    """Return the text that an edit by hand replaces: that of the last user message. Raises CannotCompose."""
    try:
        row = read_row(original)
        _, text = _last_text(row)
    except BadJson as error:
        raise CannotCompose(f"The original request cannot be read: {error}") from error
    return text


def _betas_in(row: RawRow) -> tuple[str, ...]:
    """Return the argument `betas` of the SDK that stands in the body."""
    match row.fields.get("betas"):
        case None:
            return ()
        case str() as header:
            return betas_of(header)
        case list() as betas if all(isinstance(beta, str) for beta in betas):
            return betas_of(",".join(betas))
        case _:
            raise CannotCompose(_("The original's list of betas cannot be read."))


def user_messages(fields: dict[str, Any]) -> list[int]:
    """Return where the messages of a request stand that a user says."""
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
    kept = [n for n, (name, _span) in enumerate(members) if not _is_left_out(name, row.fields[name])]
    if not kept:
        raise CannotCompose(_("The original request asks nothing."))
    if first := kept[0]:
        yield members[0][1].name, members[first][1].name, ""
    for n in range(kept[0] + 1, len(members)):
        if n not in kept:
            yield members[n - 1][1].end, members[n][1].end, ""


def _is_left_out(name: str, value: Any) -> bool:
    """Whether a field does not leave. A `thread` of the API is an object; false is the tool runner's argument."""
    return name in LEFT_OUT or (name == "thread" and value is False)


def _other_model(row: RawRow, *, model: str) -> Iterator[Edit]:
    asked = row.fields.get("model")
    if not isinstance(asked, str):
        raise CannotCompose(_("The original request names no model."))
    if model and model != asked:
        yield row.spans["model"].start, row.spans["model"].end, json.dumps(model, ensure_ascii=False)


def _last_user_message(row: RawRow) -> RawRow:
    users = user_messages(row.fields)
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
