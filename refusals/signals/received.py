"""Whatever a caller holds (text, dict, SDK object, stream, exception) as one plain thing to judge.

SDKs are never imported: their objects are known by what they can do.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from refusals.signals.paths import dig, items, text_at
from refusals.statuses import read_status


@dataclass(frozen=True)
class Received:
    """A body as plain dicts and lists, with what came around it.

    `exception`: the names of an exception's class and of its bases; empty for an answer. `attributes`: what
    such an exception carries.
    """

    body: Any
    http_status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    exception: tuple[str, ...] = ()
    message: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_error_status(self) -> bool:
        return self.http_status is not None and not 200 <= self.http_status < 300


# What SDKs' and guardrails' exceptions carry beside their body.
_ATTRIBUTES = (
    "type",
    "code",
    "category",
    "guardrail_name",
    "blocked_content",
    "entity_type",
    "guardrail_result",
    "completion",
)
_FOREIGN_ERRORS = (TypeError, ValueError, AttributeError, KeyError, RecursionError)


def receive(body: object, *, http_status: object = None, headers: object = None) -> Received:
    """Plain data from any of the accepted forms. What cannot be read stays as text, and is judged unknown."""
    if isinstance(body, BaseException):
        return _receive_exception(body, http_status, headers)
    return Received(plain(body), read_status(http_status), lower_headers(headers))


def plain(value: object) -> Any:
    """Dicts, lists and scalars from JSON text, bytes, an SDK's object or a list of these."""
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value).decode("utf-8-sig", "replace")
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple):
        return [plain(entry) if not isinstance(entry, str) else _from_text(entry) for entry in value]
    return _from_object(value)


def _from_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _from_event_stream(text)


def _from_event_stream(text: str) -> Any:
    """The events of a server-sent stream; the text itself when it is none."""
    lines = [line[5:].strip() for line in text.split("\n") if line.startswith("data:")]
    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except (ValueError, RecursionError):
            continue  # "[DONE]", or a line cut off: the rest is judged, and its missing end noticed
    return events if events else text


def _from_object(value: object) -> Any:
    """An SDK's object through its own export, in the names of the wire."""
    # Without a warning about values that the SDK does not know: those are what we are here for.
    exports: tuple[tuple[str, dict[str, Any]], ...] = (
        ("model_dump", {"mode": "json", "by_alias": True, "exclude_unset": True, "warnings": False}),
        ("to_dict", {}),
        ("model_dump", {}),
        ("dict", {}),
    )
    for name, options in exports:
        export = getattr(value, name, None)
        if not callable(export) or isinstance(value, type):
            continue
        try:
            exported = export(**options)
        except _FOREIGN_ERRORS:
            continue
        if isinstance(exported, Mapping):
            return exported
    return value if isinstance(value, int | float | bool | None) else None


def lower_headers(headers: object) -> dict[str, str]:
    """Headers with lower-case names, from a mapping or pairs."""
    if headers is None or isinstance(headers, str | bytes):
        return {}
    pairs = list(headers.items()) if isinstance(headers, Mapping) or hasattr(headers, "items") else headers
    if not isinstance(pairs, Iterable):
        return {}
    found = {}
    for pair in pairs:
        if isinstance(pair, list | tuple) and len(pair) == 2:
            name, value = (part.decode("latin-1") if isinstance(part, bytes) else str(part) for part in pair)
            found[name.lower()] = value
    return found


def _receive_exception(error: BaseException, http_status: object, headers: object) -> Received:
    response = getattr(error, "response", None)
    body = getattr(error, "body", None)
    if isinstance(response, Mapping):  # botocore
        body = body or response
        status: object = dig(response, "ResponseMetadata", "HTTPStatusCode")
        found_headers: object = dig(response, "ResponseMetadata", "HTTPHeaders")
    else:
        status = getattr(response, "status_code", None)
        found_headers = getattr(response, "headers", None)
    own = {name: getattr(error, name) for name in _ATTRIBUTES if getattr(error, name, None) is not None}
    statuses = (http_status, getattr(error, "status_code", None), status, own.get("code"))
    return Received(
        body=plain(body if body is not None else getattr(error, "details", None)),
        http_status=next((found for found in map(_plausible, statuses) if found), None),
        headers=lower_headers(headers) or lower_headers(found_headers),
        exception=tuple(kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException)),
        message=_message(error),
        attributes=own,
    )


def _plausible(status: object) -> int | None:
    found = read_status(status)
    return found if found and 100 <= found < 600 else None


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except _FOREIGN_ERRORS:
        return ""


def retry_after(received: Received) -> float | None:
    """Seconds that the provider asks to wait: from its headers, or from Google's `RetryInfo`."""
    milliseconds = _seconds(received.headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    asked = received.headers.get("retry-after")
    seconds = _seconds(asked)
    if seconds is None and asked:
        seconds = _until(asked, received.headers.get("date"))
    if seconds is not None:
        return seconds
    delays = (text_at(detail, "retryDelay") for detail in items(received.body, "error", "details"))
    return next((_seconds(delay.rstrip("s")) for delay in delays if delay), None)


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else None
    except ValueError:
        return None
    return seconds if seconds is not None and isfinite(seconds) and seconds >= 0 else None


def _until(date: str, answered_at: str | None) -> float | None:
    """Seconds between two HTTP dates: the answer's own clock counts, so that ours need not be right."""
    try:
        wait = parsedate_to_datetime(date) - parsedate_to_datetime(answered_at or "")
    except (TypeError, ValueError, IndexError):
        return None
    return max(wait.total_seconds(), 0.0)
