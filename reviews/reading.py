"""How a page shows one text, or a conversation of several: what of it, in which form, with which links."""

from dataclasses import dataclass
from enum import Enum

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pipelines.messages import Message, Part, PartKind, is_conversation
from pipelines.models import RunContent
from reviews.readable import MOST_CHARACTERS, CannotLayOut, looks_like_markdown, readable
from reviews.texts import (
    BEGINNING,
    LABELS,
    PORTION,
    Measure,
    Portion,
    beginning,
    is_json,
    lines_in,
    messages,
    part_name,
    portion,
    text_named,
)

# Of a longer conversation the page shows the last ones; the request as it was sent has them all.
MESSAGES_SHOWN = 100
PARTS_SHOWN = 200


class Form(Enum):
    """How a text is shown."""

    WRITTEN = "written"
    READABLE = "readable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One text on a page. `layout` is what it could be read as: `json`, `markdown` or nothing."""

    run: int
    name: str
    text: str
    label: str | Promise
    form: Form
    layout: str
    portion: Portion
    laid_out: SafeString | None  # Markdown's markup; None where it cannot be had

    @property
    def element_id(self) -> str:
        """The id of the element that holds the text, the only such on a page."""
        return f"text-{self.run}-{self.name}"

    @property
    def lines(self) -> int:
        """How many lines the whole text has."""
        return lines_in(self.text)

    @property
    def digits(self) -> int:
        """How many digits the longest line number has."""
        return len(str(self.lines))

    @property
    def size(self) -> int:
        """Bytes of the whole text in UTF-8."""
        return len(self.text.encode())

    @property
    def is_machine_text(self) -> bool:
        """Whether a machine wrote it for machines: it is set in letters of one width."""
        return self.layout == "json" or self.name in ("request", "response")

    @property
    def next(self) -> int | None:
        """Where the part that is not shown begins; None where the text is shown to its end."""
        return self.portion.end if self.portion.end < len(self.text) else None

    @property
    def rest_fits(self) -> bool:
        """Whether one more request brings the whole rest."""
        rest = portion(self.text, start=self.portion.end, most=PORTION)
        return rest.end == len(self.text)

    @property
    def is_exact(self) -> bool:
        """Whether the text of the element is the whole text, to the character."""
        return self.next is None and self.portion.start == 0 and self.form is Form.WRITTEN

    @property
    def plain_address(self) -> str:
        """Where the exact text stands alone."""
        return reverse("text", args=[self.run, self.name])

    @property
    def written_address(self) -> str:
        """Where the text stands as written, with its line numbers."""
        return reverse("text-form", args=[self.run, self.name, Form.WRITTEN.value])

    @property
    def readable_address(self) -> str:
        """Where the text stands laid out."""
        return reverse("text-form", args=[self.run, self.name, Form.READABLE.value])


def shown(
    content: RunContent,
    name: str,
    *,
    form: Form | None = None,
    text: str | None = None,
    part: Portion | None = None,
) -> Shown:
    """Return one of a run's texts as a page shows it at first, or the given form or part of it.

    As written is what it is unless asked; but JSON, which loses nothing by being laid out, is laid
    out from the start where it is short. Raises KeyError for an unknown name.
    """
    if text is None:
        text = text_named(content, name)
    layout = _layout(text)
    if form is None:
        form = Form.READABLE if layout == "json" and len(text) <= BEGINNING.characters else Form.WRITTEN
    if not layout:
        form = Form.WRITTEN
    laid_out = None
    if form is Form.READABLE and layout == "markdown":
        try:
            laid_out = readable(text)
        except CannotLayOut:
            form = Form.WRITTEN
    return Shown(
        run=content.run_id,
        name=name,
        text=text,
        label=LABELS.get(name, _("Message")),
        form=form,
        layout=layout,
        portion=part or beginning(text),
        laid_out=laid_out,
    )


def _layout(text: str) -> str:
    if len(text) <= PORTION.characters and is_json(text):
        return "json"
    if len(text) <= MOST_CHARACTERS and looks_like_markdown(text):
        return "markdown"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPart:
    """One part of a message; `shown` is its text, None where it has none."""

    part: Part
    kind: str | Promise  # empty for plain text
    shown: Shown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """One message with its number in the conversation, from 1."""

    number: int
    role: str | Promise
    parts: list[ShownPart]
    more: int  # parts beyond what a page holds


KINDS: dict[PartKind, str | Promise] = {
    PartKind.TEXT: "",
    PartKind.THINKING: _("Thinking"),
    PartKind.TOOL_USE: _("Tool use"),
    PartKind.TOOL_RESULT: _("Tool result"),
    PartKind.IMAGE: _("Image"),
    PartKind.DOCUMENT: _("Document"),
    PartKind.AUDIO: _("Audio"),
    PartKind.VIDEO: _("Video"),
    PartKind.OTHER: _("Other part"),
}
ROLES: dict[str, str | Promise] = {
    "user": _("User"),
    "assistant": _("Assistant"),
    "model": _("Model"),
    "system": _("System"),
    "developer": _("Developer"),
    "tool": _("Tool"),
    "function": _("Tool"),
}


def conversation(content: RunContent) -> tuple[list[ShownMessage], int]:
    """Return the messages to show and how many earlier ones there are; none where one text says it all.

    The page shows as much at once as of a single text, and the last messages first of all: what
    was asked last is what was declined. The parts before are folded.
    """
    found = messages(content)
    if not is_conversation(found):
        return [], 0
    earlier = max(0, len(found) - MESSAGES_SHOWN)
    room = _Room()
    numbered = list(enumerate(found, start=1))[earlier:]
    shown_messages = [_message(content, message, number=n, room=room) for n, message in reversed(numbered)]
    return shown_messages[::-1], earlier


@dataclass(slots=True)
class _Room:
    """What the page may still show at once."""

    characters: int = BEGINNING.characters
    lines: int = BEGINNING.lines
    parts: int = PARTS_SHOWN

    def take(self, text: str) -> Portion:
        """Return what of a text there is room for, and take the room."""
        first = portion(text, most=Measure(characters=self.characters, lines=self.lines))
        self.characters -= first.end
        self.lines -= lines_in(text[: first.end])
        return first


def _message(content: RunContent, message: Message, *, number: int, room: _Room) -> ShownMessage:
    parts = message.parts[: room.parts]
    room.parts -= len(parts)
    return ShownMessage(
        number=number,
        role=ROLES.get(message.role, message.role),
        parts=[_part(content, part, name=part_name(number, n), room=room) for n, part in enumerate(parts, 1)],
        more=len(message.parts) - len(parts),
    )


def _part(content: RunContent, part: Part, *, name: str, room: _Room) -> ShownPart:
    one = None
    if part.text:
        first = room.take(part.text)
        # What is not there as a whole is shown line by line.
        form = Form.WRITTEN if first.end < len(part.text) else None
        one = shown(content, name, form=form, text=part.text, part=first)
    return ShownPart(part=part, kind=KINDS[part.kind], shown=one)
