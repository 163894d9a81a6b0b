"""The texts of a run under the names that addresses use, and each of them portion by portion.

A long text is folded, never cut: the page shows its beginning and says how much there is, and the
rest comes in portions that a browser can lay out.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from pipelines.messages import Message, messages_of
from pipelines.models import RunContent
from pipelines.prompts import standing_text
from pipelines.storable import storable

LABELS = {
    "prompt": _("Prompt"),
    "answer": _("Response"),
    "detail": _("Detail"),
    "system": _("What the pipeline always says first"),
    "request": _("Request as it was sent"),
    "response": _("Response as it came"),
}
_PART_NAME = re.compile(r"message-([1-9]\d{0,5})-([1-9]\d{0,5})")
# A line longer than this is shown in several rows, or the browser would lay it out as one.
ROW_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How much of a text to show at once."""

    characters: int
    lines: int


# What a page shows before anybody asks for more; a text that goes only a little beyond is shown whole.
BEGINNING = Measure(characters=20_000, lines=200)
NEARLY = Measure(characters=25_000, lines=250)
# What one request for the rest answers with.
PORTION = Measure(characters=250_000, lines=10_000)


@dataclass(frozen=True, slots=True)
class Row:
    """A line, or a part of a long one. `number` is empty where a row goes on with the line before."""

    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Rows whose texts, joined, are the text from `start` up to `end`."""

    rows: list[Row]
    start: int
    end: int


def portion(text: str, *, start: int = 0, most: Measure) -> Portion:
    """Return the rows from the character at `start` on, at most so many lines and characters."""
    last = min(len(text), start + most.characters)
    number = text.count("\n", 0, start) + 1
    rows: list[Row] = []
    at, lines = start, 0
    while at < last and lines < most.lines:
        begins = at == 0 or text[at - 1] == "\n"
        line_end = text.find("\n", at, last)
        end = min(last if line_end < 0 else line_end + 1, at + ROW_CHARACTERS)
        rows.append(Row(str(number) if begins else "", text[at:end]))
        if text[end - 1] == "\n":
            number, lines = number + 1, lines + 1
        at = end
    return Portion(rows=rows, start=start, end=at)


def beginning(text: str) -> Portion:
    """Return what a page shows at first: the whole of a text that is not long."""
    is_short = len(text) <= NEARLY.characters and lines_in(text) <= NEARLY.lines
    return portion(text, most=NEARLY if is_short else BEGINNING)


def lines_in(text: str) -> int:
    """Return how many lines a text has; a line feed at its end begins no further one."""
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def is_json(text: str) -> bool:
    """Say whether the text is a JSON object or array."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def messages(content: RunContent) -> list[Message]:
    """Return the messages of the run's request."""
    request = json.loads(content.request) if content.request else None
    return messages_of(request) if isinstance(request, dict) else []


def text_named(content: RunContent, name: str) -> str:
    """Return one of the run's texts by its name, empty where it has none. Raises KeyError for an unknown name."""
    if name.startswith("message-"):
        return _text_of_part(content, name)
    return _READERS[name](content)


def part_name(message: int, part: int) -> str:
    """Return the name of the text of one part of one message, both counted from 1."""
    return f"message-{message}-{part}"


def _text_of_part(content: RunContent, name: str) -> str:
    found = _PART_NAME.fullmatch(name)
    if found is None:
        raise KeyError(name)
    try:
        return messages(content)[int(found[1]) - 1].parts[int(found[2]) - 1].text
    except IndexError as error:
        raise KeyError(name) from error


def system_text(content: RunContent) -> str:
    """Return what the pipeline tells the model every time, empty where no request came."""
    request = json.loads(content.request) if content.request else None
    # JSON can spell characters that no page can hold.
    return storable(standing_text(request)) if isinstance(request, dict) else ""


_READERS: dict[str, Callable[[RunContent], str]] = {
    "prompt": lambda content: content.prompt,
    "answer": lambda content: content.answer,
    "detail": lambda content: content.detail,
    "system": system_text,
    "request": lambda content: content.request,
    "response": lambda content: content.response,
}
