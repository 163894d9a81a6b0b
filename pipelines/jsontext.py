"""Reading JSON while keeping how each field was written.

A parsed value cannot give back its own text (key order, spacing, `1.0` against `1.00`), and a
re-issue has to repeat the original request to the byte. So rows are read field by field, by the
standard decoder, and the slice of text of each field is kept beside its value.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

_KINDS: dict[type, str] = {list: "an array", str: "text", bool: "true or false", type(None): "null"}
_WHITE = re.compile(r"[ \t\n\r]*")


class BadJson(ValueError):
    """The text is not the JSON that was expected; the message says where and why."""


class Span(NamedTuple):
    """Where a field of an object stands: its name begins at `name`, its value's text is [start:end]."""

    name: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """One object as it came: its parsed fields, and for each where its own JSON text stands in `source`."""

    source: str
    fields: dict[str, Any]
    spans: dict[str, Span]

    def text(self, name: str) -> str:
        """Return a field's exact JSON text, empty for a field that is not there."""
        span = self.spans.get(name)
        return self.source[span.start : span.end] if span else ""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _is_deep(value: Any) -> bool:
    """Say whether arrays and objects stand in each other more than MAX_DEPTH deep. Level by level: no recursion."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        nested = [item for item in level if isinstance(item, dict | list)]
        if not nested:
            return False
        level = [child for item in nested for child in (item.values() if isinstance(item, dict) else item)]
    return True


# Python itself gives up somewhere below 1,000; what has to walk a value later needs room of its own.
MAX_DEPTH = 200

_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
# Reads on over a number that is refused, to where the next value begins.
_lenient = json.JSONDecoder(parse_constant=str, parse_int=str)


class _Reader:
    """A place in a text, moving forward over JSON values and marks.

    Text that is no JSON raises BadJson, for nobody knows where it would go on. What is JSON and
    cannot be taken (a field that stands twice, a number too long) is a `fault` of its row alone.
    """

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at
        self.fault = ""

    def peek(self) -> str:
        """Skip white space and return the next character, empty at the end."""
        if found := _WHITE.match(self.text, self.at):
            self.at = found.end()
        return self.text[self.at : self.at + 1]

    def take(self, allowed: str) -> str:
        """Move over one of the allowed marks and return it."""
        mark = self.peek()
        if not mark or mark not in allowed:
            found = repr(mark) if mark else "the end"
            raise BadJson(f"not JSON: expected {' or '.join(allowed)} at line {self.line()}, found {found}")
        self.at += 1
        return mark

    def value(self) -> tuple[Any, tuple[int, int]]:
        """Move over one value and return it with the span of its text."""
        self.peek()
        start = self.at
        try:
            value, self.at = self._decode(_decoder)
        except BadJson:
            raise
        except ValueError:
            value, self.at = None, self._decode(_lenient)[1]
            self.fault = "holds a number that cannot be read: NaN, Infinity, or too many digits"
        if _is_deep(value):
            self.fault = f"nested too deeply: more than {MAX_DEPTH} levels"
        return value, (start, self.at)

    def _decode(self, decoder: json.JSONDecoder) -> tuple[Any, int]:
        try:
            return decoder.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            raise BadJson(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
        except RecursionError as error:
            raise BadJson(f"nested too deeply: more than {MAX_DEPTH} levels at line {self.line()}") from error

    def line(self) -> int:
        """Return the number of the line, from 1."""
        return self.text.count("\n", 0, self.at) + 1

    def row(self) -> RawRow | BadJson:
        """Move over one object and return it, or what is wrong with it."""
        row = RawRow(self.text, {}, {})
        self.fault = ""
        if self.peek() != "{":
            found = repr(self.peek()) if self.peek() else "the end"
            raise BadJson(f"expected a JSON object at line {self.line()}, found {found}")
        self.take("{")
        mark = self.take("}") if self.peek() == "}" else ","
        while mark != "}":
            name, (name_at, _) = self.value()
            if not isinstance(name, str):
                raise BadJson("not JSON: a field's name must be a string")
            if name in row.fields:
                self.fault = f"not clear: the field {name!r} stands twice"
            self.take(":")
            row.fields[name], (start, end) = self.value()
            row.spans[name] = Span(name_at, start, end)
            mark = self.take(",}")
        return BadJson(self.fault) if self.fault else row

    def finish(self) -> None:
        """Raise unless nothing but white space is left."""
        if self.peek():
            raise BadJson("not JSON: more text after the end")


def read_row(text: str) -> RawRow:
    """Read one JSON object. Raises BadJson."""
    reader = _Reader(text)
    row = _taken(reader.row())
    reader.finish()
    return row


def read_object(text: str, *, at: int) -> RawRow:
    """Read the JSON object that begins at `at` inside a longer text. Raises BadJson."""
    return _taken(_Reader(text, at).row())


def _taken(row: RawRow | BadJson) -> RawRow:
    if isinstance(row, BadJson):
        raise row
    return row


def read_elements(text: str, *, at: int) -> list[tuple[Any, tuple[int, int]]]:
    """Read the JSON array that begins at `at`: each element with the span of its text. Raises BadJson."""
    reader = _Reader(text, at)
    reader.take("[")
    elements: list[tuple[Any, tuple[int, int]]] = []
    mark = reader.take("]") if reader.peek() == "]" else ","
    while mark != "]":
        elements.append(reader.value())
        mark = reader.take(",]")
    return elements


def read_body(text: str) -> list[RawRow | BadJson] | RawRow:
    """Read a JSON object, or a JSON array of objects; an element that cannot be taken is a BadJson in its place.

    Raises BadJson where the text is not JSON at all, or is an object that cannot be taken.
    """
    reader = _Reader(text)
    if reader.peek() != "[":
        return read_row(text)
    reader.take("[")
    rows: list[RawRow | BadJson] = []
    mark = reader.take("]") if reader.peek() == "]" else ","
    while mark != "]":
        if reader.peek() == "{":
            rows.append(reader.row())
        else:
            value, _ = reader.value()
            rows.append(BadJson(f"a row must be a JSON object, not {_KINDS.get(type(value), 'a number')}"))
        mark = reader.take(",]")
    reader.finish()
    return rows


def read_lines(text: str) -> Iterator[RawRow | BadJson]:
    """Read NDJSON: a row a line, empty lines skipped, a line that cannot be taken as a BadJson in its place."""
    for line in text.split("\n"):
        if line.strip():
            try:
                yield read_row(line)
            except BadJson as error:
                yield error
