"""What a guard is shown (a tool's arguments, an answer) as plain data, and every text in it with its place."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from refusals.plain import plain

_LONGEST_NAME = 40
_TOO_DEEP = plain([], above=tuple(range(1000)))["python_object"]  # what stands in place of what is deeper


class Text(NamedTuple):
    """A text, the path to it (`files[0].name`), and the field it is a value of (`name`; empty where it is none)."""

    path: str
    field: str
    text: str


def as_value(arguments: object) -> Any:
    """Plain data. A text that is a JSON object or array is read as one: some providers send arguments so."""
    if isinstance(arguments, bytes | bytearray):
        arguments = arguments.decode("utf-8", "replace")
    if isinstance(arguments, str) and arguments.lstrip()[:1] in ("{", "["):
        try:
            return plain(json.loads(arguments))
        except (ValueError, RecursionError):
            return arguments
    return plain(arguments)


def texts(value: object) -> Iterator[Text]:
    """Each text of plain data, in its order. Names of fields and numbers are texts too."""
    waiting: list[tuple[str, str, object]] = [("", "", value)]
    while waiting:
        path, field, inner = waiting.pop()
        if isinstance(inner, dict):
            yield from (Text(path, "", name) for name in inner)
            parts = [(f"{path}.{short(name)}".lstrip("."), name, part) for name, part in inner.items()]
            waiting.extend(reversed(parts))
        elif isinstance(inner, list):
            waiting.extend(reversed([(f"{path}[{index}]", field, part) for index, part in enumerate(inner)]))
        elif isinstance(inner, str | int | float) and not isinstance(inner, bool):
            yield Text(path, field, str(inner))


def within(value: object, *, max_chars: int) -> list[Text] | None:
    """The texts of plain data; None where they hold more than `max_chars` characters, or lie too deep to be seen."""
    found, chars = [], 0
    for text in texts(value):
        chars += len(text.text) + 1
        if chars > max_chars or text.text == _TOO_DEEP:
            return None
        found.append(text)
    return found


def fold(text: str) -> str:
    """One spelling for what reads alike: compatibility forms, no invisible characters, single blanks, lower case.

    Line ends stay, blank lines go.
    """
    visible = "".join(
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf"
    )
    lines = (" ".join(line.split()) for line in visible.casefold().splitlines())
    return "\n".join(line for line in lines if line)


def short(name: str) -> str:
    """A name as a refusal tells it: what a model made up may be of any length."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
