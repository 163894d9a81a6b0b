"""The lines of batch results: Anthropic's, OpenAI's and Gemini's envelopes around an answer or an error."""

from collections.abc import Iterable, Iterator
from typing import Any

from refusals.codes import ReasonCode
from refusals.signals.paths import dig, has, text_at
from refusals.signals.received import plain
from refusals.signals.signal import Finding, failed
from refusals.statuses import read_status

_ENDED: dict[str, ReasonCode] = {"canceled": ReasonCode.CANCELED, "expired": ReasonCode.EXPIRED}


def lines_of(lines: object) -> Iterator[Any]:
    """The lines of a results file (its text, its bytes, or lines in any form) as plain data, blank ones skipped."""
    if isinstance(lines, bytes):
        lines = lines.decode("utf-8-sig", "replace")
    entries = lines.split("\n") if isinstance(lines, str) else lines
    for line in entries if isinstance(entries, Iterable) else ():
        if not isinstance(line, str | bytes) or line.strip():
            yield plain_line(line)


def plain_line(line: object) -> Any:
    """One line as plain data, whether text, bytes, a dict or an SDK's object."""
    return plain(line)


def is_line(body: object) -> bool:
    """Whether a body is one line of a batch's results."""
    return has(body, "custom_id") and has(body, "result", "response", "error")


def custom_id(line: object) -> str | None:
    """The id the caller gave the request; unique in its batch alone."""
    return text_at(line, "custom_id") or text_at(line, "key") or text_at(line, "recordId")


def ended_without_answer(line: object) -> Finding | None:
    """A request that was cancelled, or expired before anybody took it up."""
    kind = text_at(line, "result", "type")
    if kind not in _ENDED:
        return None
    return failed(_ENDED[kind], False, f"batch request {kind}", error_code=kind, found_at="/result/type")


def answer(line: object) -> tuple[Any, str, int | None]:
    """The answer or error in a line, its JSON pointer, and the HTTP status it came with, if told."""
    kind = text_at(line, "result", "type")
    if kind == "succeeded":
        return dig(line, "result", "message"), "/result/message", None
    if kind == "errored":
        return dig(line, "result", "error"), "/result/error", None
    if dig(line, "error") is not None:
        return {"error": dig(line, "error")}, "", None
    if has(dig(line, "response"), "body"):
        return (
            dig(line, "response", "body"),
            "/response/body",
            read_status(dig(line, "response", "status_code")),
        )
    if dig(line, "response") is not None:
        return dig(line, "response"), "/response", None
    return dig(line, "modelOutput"), "/modelOutput", None
