"""A night's log, made up line by line: always the same for a number of lines, with its counts known beforehand."""

import io
import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from refusals import format_refusal

ANSWER = "The nightly digest is ready: fourteen tickets were closed, two wait for the vendor. "


def message(number: int, stop: str = "end_turn", **fields: Any) -> dict[str, Any]:
    """A body of the Messages API."""
    content = [] if stop == "refusal" else [{"type": "text", "text": ANSWER * (1 + number % 4)}]
    usage = {"input_tokens": 400 + number % 97, "output_tokens": 60}
    body = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude-example"}
    return {**body, "content": content, "stop_reason": stop, "stop_details": None, "usage": usage, **fields}


def completion(number: int, finish: str = "stop") -> dict[str, Any]:
    """A body of the Chat Completions API."""
    said = {"role": "assistant", "content": None if finish == "content_filter" else ANSWER, "refusal": None}
    choice = {"index": 0, "message": said, "finish_reason": finish}
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "model": "gpt-example",
        "choices": [choice],
    }


def declined(number: int) -> dict[str, Any]:
    """A body with an explicit refusal."""
    details = {"type": "refusal", "category": "cyber", "explanation": "The request names a scanner."}
    return message(number, "refusal", stop_details=details)


def overloaded(number: int) -> dict[str, Any]:
    """An error body."""
    return {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"},
        "request_id": f"r{number}",
    }


def in_batch(number: int) -> dict[str, Any]:
    """A line of a batch's results."""
    return {"custom_id": f"row-{number}", "result": {"type": "succeeded", "message": declined(number)}}


def row(number: int) -> dict[str, Any]:
    """A row as the hub takes it."""
    return {"run_id": f"run-{number}", "prompt": "Write the digest.", "text": ANSWER, "http_status": 200}


# Twenty lines that repeat: what each is, and the ending and code that it has (None: no call).
KINDS: tuple[tuple[Callable[[int], object], tuple[str, str] | None], ...] = (
    *((message, ("ok", "")),) * 7,
    *((completion, ("ok", "")),) * 4,
    (row, ("ok", "")),
    (declined, ("declined", "CYBER")),
    (in_batch, ("declined", "CYBER")),
    (lambda number: completion(number, "content_filter"), ("declined", "POLICY_VIOLATION")),
    (lambda number: message(number, "max_tokens"), ("degraded", "TRUNCATED")),
    (overloaded, ("infra_error", "OVERLOADED")),
    (
        lambda number: f"03:{number % 60:02} guard {format_refusal('LOOP_DETECTED', f'round {number}')}",
        ("declined", "LOOP_DETECTED"),
    ),
    (lambda number: f"03:{number % 60:02} INFO batch {number} begins", None),
    (lambda number: '{"type": "message", "content": [{"type": "te', None),
)


def lines(count: int, *, first: int = 0) -> Iterator[bytes]:
    """So many lines of the log from its line `first` on, with their line breaks."""
    for number in range(first, first + count):
        entry = KINDS[number % len(KINDS)][0](number)
        yield (entry if isinstance(entry, str) else json.dumps(entry)).encode() + b"\n"


def log(count: int, *, first: int = 0) -> BinaryIO:
    """The same lines as a file, made up as it is read."""
    return io.BufferedReader(_Lines(lines(count, first=first)), 256 * 1024)


class _Lines(io.RawIOBase):
    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or b"".join(islice(self._lines, 100))
        chunk, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


def counts(count: int) -> dict[tuple[str, str], int]:
    """How many calls of so many lines (a multiple of twenty) end how."""
    expected: dict[tuple[str, str], int] = {}
    for _, ending in KINDS:
        if ending is not None:
            expected[ending] = expected.get(ending, 0) + count // len(KINDS)
    return expected
