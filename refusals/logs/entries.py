"""A log's bytes → its entries: one JSON value or one line of text each, in constant memory.

Which form a log has is told by its beginning: JSON lines and plain lines (mixed as they come), a JSON array or
pretty-printed JSON, or one captured event stream. Packed with gzip or not.
"""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

GZIP_MARK = b"\x1f\x8b"
# Bytes. A longer line, or a longer value in an array, is no answer of a model.
LONGEST = 64 * 1024 * 1024
_CHUNK = 256 * 1024
_BLANKS = " \t\r\n\ufeff"
_DECODER = json.JSONDecoder()
_SEPARATORS = f"{_BLANKS},[]"
_STREAM_ENDS = ("data: [DONE]", 'data: {"type":"message_stop"', 'data: {"type": "message_stop"')
_EVENT_KINDS = ("message_start", "message_delta", "message_stop", "content_block_", "response.")
_EVENT_KEYS = frozenset({"messageStart", "contentBlockDelta", "messageStop"})


class Damaged(str):
    """An entry that was meant as JSON and cannot be read, or is longer than `LONGEST`: its beginning."""


class Unreadable(Exception):
    """The log itself is damaged from here on."""


def entries_in(source: BinaryIO) -> Iterator[object]:
    """The entries of a log: JSON values, plain lines as text, and what is `Damaged`. Blank lines are skipped.

    Raises `Unreadable` where JSON over several lines, or a packed log, is damaged or cut off; what came before
    has been told.
    """
    buffered = io.BufferedReader(source, _CHUNK) if isinstance(source, io.RawIOBase) else source
    head = buffered.peek(2) if isinstance(buffered, io.BufferedReader) else b""
    try:
        yield from _entries(gzip.GzipFile(fileobj=buffered) if head.startswith(GZIP_MARK) else buffered)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable(f"the gzip file is damaged: {error}") from error


def is_event(value: object) -> bool:
    """Whether a JSON value is one event of a stream, and so no answer by itself."""
    if not isinstance(value, dict):
        return False
    kind, thing = str(value.get("type")), str(value.get("object"))
    return kind.startswith(_EVENT_KINDS) or thing.endswith(".chunk") or not _EVENT_KEYS.isdisjoint(value)


def _entries(source: "BinaryIO | gzip.GzipFile") -> Iterator[object]:
    pieces = _pieces(source)
    first = next((piece for piece in pieces if piece.strip(_BLANKS)), "").lstrip(_BLANKS)
    lines = _lines(chain([first], pieces))
    if first.startswith(("event:", "data:")):
        yield from _streams(lines)
    elif _is_json_over_lines(first):
        yield from _values(chain([first], pieces))
    else:
        yield from (_entry(line) for line in lines if line.strip(_BLANKS))


def _pieces(source: "BinaryIO | gzip.GzipFile") -> Iterator[str]:
    """The lines as text, a long one in pieces."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while piece := source.readline(_CHUNK):
        yield decode(piece)


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Whole lines; of one that is too long, the beginning."""
    parts: list[str] = []
    length = 0
    for piece in pieces:
        if length < LONGEST:
            parts.append(piece)
        length += len(piece)
        if piece.endswith("\n"):
            yield "".join(parts)
            parts, length = [], 0
    yield "".join(parts)


def _entry(line: str) -> object:
    text = line.strip(_BLANKS)
    if not text.startswith(("{", "[", '"')):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return Damaged(text[:200]) if text.startswith("{") else text


def _is_json_over_lines(first: str) -> bool:
    """Whether values span lines, or one line holds a whole log, told by how it begins."""
    if first.startswith("["):
        try:
            return not is_event(_DECODER.raw_decode(first[1:].lstrip(_BLANKS))[0])
        except (ValueError, RecursionError):
            return not first[1:2].isalpha()  # "[guard] REFUSED" begins a plain line
    return first.startswith("{") and first.rstrip().endswith(("{", "[", ","))


def _values(pieces: Iterator[str]) -> Iterator[object]:
    """The JSON values that follow one another, arrays taken apart; all events together are one stream."""
    values = _decoded(pieces)
    first = next(values, None)
    if is_event(first):
        yield [first, *values]
        return
    yield first
    yield from values


def _decoded(pieces: Iterator[str]) -> Iterator[object]:
    waiting, start = "", 0
    enough = 0
    for piece in pieces:
        waiting += piece
        if len(waiting) - start < enough:
            continue  # trying at every line would take time in the square of a value's length
        for value, end in _whole_values(waiting, start):
            yield value
            start = end
        waiting, start = waiting[start:], 0
        enough = 2 * len(waiting)
        if len(waiting) > LONGEST:
            break
    for value, end in _whole_values(waiting, start):
        yield value
        start = end
    if rest := waiting[start:].strip(_SEPARATORS):
        yield Damaged(rest[:200])
        raise Unreadable("the JSON is damaged or breaks off")


def _whole_values(text: str, start: int) -> Iterator[tuple[object, int]]:
    while True:
        while start < len(text) and text[start] in _SEPARATORS:
            start += 1
        try:
            value, start = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            return  # not all of it is here yet
        yield value, start


def _streams(lines: Iterable[str]) -> Iterator[str]:
    """Captured event streams, one after the other: each ends with the event that says so."""
    stream: list[str] = []
    for line in lines:
        if stream or line.strip():
            stream.append(line)
        if line.startswith(_STREAM_ENDS):
            yield "".join(stream)
            stream = []
    if stream:
        yield "".join(stream)
