"""An entry of a log → the calls it tells of, each with its signal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from refusals.endings import Outcome
from refusals.logs.entries import is_event
from refusals.parsing import parse_refusal
from refusals.reporting import answered, refused
from refusals.signals import Signal, read, read_batch, read_otlp
from refusals.statuses import read_status

_ROW_ENDINGS = ("refusal", "error", "response", "text")
# One of these beside an ending makes an object a row of ours and no provider's body.
_ROW_MARKS = frozenset({"run_id", "task_id", "prompt", "request", "surface", "http_status", "status_code"})


@dataclass(frozen=True)
class Call:
    """One call of the log. `is_final`: no later attempt followed. `model`: asked for, or else serving."""

    signal: Signal
    is_final: bool = True
    provider: str = ""
    model: str = ""
    guarded: bool = False

    @property
    def looks_successful(self) -> bool:
        """Whether it came back as a success does: HTTP 2xx, or where no status is told, without an error."""
        raw = self.signal.raw
        if self.guarded:
            return False
        if raw.http_status is not None:
            return 200 <= raw.http_status < 300
        return self.signal.outcome is not Outcome.INFRA_ERROR and raw.error_code is None


def calls_in(entry: object, *, provider: str | None = None) -> Iterator[Call]:
    """The calls that an entry tells of; none for a line of text in which nobody refuses.

    `entry`: an answer's body, a row as the hub takes it, a line of a batch's results, an OTLP trace request,
    a stream as text or as a list of events, a list of any of these, or a plain line that a guard wrote.
    """
    if isinstance(entry, str):
        yield from _of_text(entry, provider)
    elif isinstance(entry, list) and entry and is_event(entry[0]):
        yield _of_signal(read(entry, provider=provider))
    elif isinstance(entry, list):
        for each in entry:
            yield from calls_in(each, provider=provider)
    elif isinstance(entry, Mapping):
        yield from _of_object(entry, provider)


def _of_text(text: str, provider: str | None) -> Iterator[Call]:
    if text.startswith(("event:", "data:")):
        yield _of_signal(read(text, provider=provider))
    elif parse_refusal(text) is not None:
        yield Call(refused(text, surface=None, provider=provider or "").signal, guarded=True)


def _of_object(body: Mapping[str, Any], provider: str | None) -> Iterator[Call]:
    if isinstance(body.get("resourceSpans"), list):
        yield from map(_of_signal, read_otlp(body))
    elif _is_batch_line(body):
        yield from (_of_signal(signal) for _, signal in read_batch([body], provider=provider))
    elif _is_row(body):
        yield _of_row(body, provider)
    else:
        yield _of_signal(read(body, provider=provider))


def _is_batch_line(body: Mapping[str, Any]) -> bool:
    has_id = not body.keys().isdisjoint({"custom_id", "key", "recordId"})
    return has_id and not body.keys().isdisjoint({"result", "response", "error", "modelOutput"})


def _is_row(body: Mapping[str, Any]) -> bool:
    given = [name for name in _ROW_ENDINGS if body.get(name) is not None]
    if not given:
        return False
    is_plain = given[0] in ("text", "refusal", "response") and len(body.keys() - {*_ROW_ENDINGS, "id"}) == 0
    return is_plain or not body.keys().isdisjoint(_ROW_MARKS)


def _of_row(row: Mapping[str, Any], provider: str | None) -> Call:
    """A row, judged as the hub judges it, apart from the done-conditions, which only the hub knows."""
    name = _text(row, "provider") or provider or ""
    status = read_status(row.get("http_status", row.get("status_code")))
    refusal, error = row.get("refusal"), row.get("error")
    if isinstance(refusal, str) and refusal.strip():
        signal = refused(refusal, surface=None, provider=name).signal
    elif error is not None:
        signal = _of_error(error, provider=name, status=status)
    else:
        answer = row.get("response") if row.get("response") is not None else row.get("text")
        stop = _text(row, "stop_reason") or None
        signal = answered(answer, provider=name, http_status=status, stop_reason=stop).signal
    request = row.get("request")
    asked = _text(row, "model") or (_text(request, "model") if isinstance(request, Mapping) else "")
    guarded = isinstance(refusal, str)
    return Call(signal, row.get("final") is not False, name or signal.raw.provider or "", asked, guarded)


def _of_error(error: object, *, provider: str, status: int | None) -> Signal:
    """The facts of an exception that happened elsewhere, as if it were at hand."""
    facts = error if isinstance(error, Mapping) else {"message": error}
    raised = type(_text(facts, "type") or "Error", (LoggedError,), {})(str(facts.get("message", "")))
    raised.body = facts.get("body")
    found = read_status(facts.get("http_status")) or status
    return read(raised, provider=provider or None, http_status=found)


class LoggedError(Exception):
    """An exception that a log tells of, with its body where an SDK's error has it."""

    body: object = None


def _of_signal(signal: Signal) -> Call:
    return Call(signal, provider=signal.raw.provider or "", model=signal.model or "")


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
