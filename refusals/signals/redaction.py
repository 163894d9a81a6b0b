"""Secrets and short-lived tokens in bodies, blotted out of what was answered before it is stored; all else stays.

What was *asked* is stored as it was sent, for a person may send it again; `holds_redacted` knows what was not.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from refusals.signals.paths import walk
from refusals.signals.received import plain

REDACTED = "[redacted]"

_Path = tuple[str | int, ...]

# Secret wherever they stand.
_SECRET_KEYS = frozenset(
    {
        "fallback_credit_token",
        "review_target",
        "safety_identifier",
        "continuationToken",
        "continuation_token",
        "thoughtSignature",
        "thought_signature",
    }
)
# Secret only in their place, since the words are common: key, and a test of path and surroundings.
_SECRET_IN_PLACE: dict[str, Callable[[_Path, Mapping[Any, Any]], bool]] = {
    "signature": lambda path, holder: (
        holder.get("type") in ("thinking", "signature_delta")
        or "thinking" in holder
        or any(step in path[-2:] for step in ("reasoningText", "reasoningContent"))
    ),
    "match": lambda path, _: any(step in path for step in ("piiEntities", "regexes")),
    "modelOutput": lambda path, _: path[-1:] == ("guardrail",),
}
_WORDS = tuple(_SECRET_KEYS | set(_SECRET_IN_PLACE))
_LOOSE_KEY = rf'"(?:{"|".join(sorted(_SECRET_KEYS))})"[ \t]*:[ \t]*'
_LOOSE = re.compile(rf'({_LOOSE_KEY})"(?:[^"\\]|\\.)+"?', re.DOTALL)
_LOOSELY_REDACTED = re.compile(rf'{_LOOSE_KEY}"{re.escape(REDACTED)}"')
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_NESTING = 3


def redact(body: Any) -> Any:
    """The body with every secret replaced by "[redacted]".

    Text stays text, byte for byte the same outside the secrets; the very same object comes back when there is
    none. JSON inside a JSON string is searched as well. An SDK's object comes back as plain data.
    """
    if isinstance(body, str):
        return _redact_text(body, _NESTING)
    if isinstance(body, bytes):
        text = body.decode("utf-8", "surrogateescape")
        redacted = _redact_text(text, _NESTING)
        return body if redacted is text else redacted.encode("utf-8", "surrogateescape")
    if not isinstance(body, Mapping | list | tuple):
        body = plain(body)
    for path, replacement in _secrets(body, _NESTING).items():
        body = _replaced(body, path, replacement)
    return body


def holds_redacted(text: str, nesting: int = _NESTING) -> bool:
    """Whether "[redacted]" stands where a secret would, in JSON or in JSON inside it: it is not what was sent."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _LOOSELY_REDACTED.search(text) is not None
    for path, holder in walk(parsed):
        for key, value in holder.items():
            if value == REDACTED and _is_secret(key, path, holder):
                return True
            inner = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
            if nesting and any(holds_redacted(one, nesting - 1) for one in inner if one[:1] in ("{", "[")):
                return True
    return False


def _redact_text(text: str, nesting: int) -> str:
    if "\\u" not in text and not any(word in text for word in _WORDS):
        return text
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _redact_lines(text, nesting)
    secrets = _secrets(parsed, nesting)
    return _respelled(text, secrets) if secrets else text


def _redact_lines(text: str, nesting: int) -> str:
    """Text that is no JSON as a whole: the lines of a stream or of a batch, or JSON cut off."""
    lines = text.split("\n")
    redacted = [_redact_line(line, nesting) for line in lines]
    return text if redacted == lines else "\n".join(redacted)


def _redact_line(line: str, nesting: int) -> str:
    lead = "data:" if line.startswith("data:") else ""
    rest = line[len(lead) :]
    try:
        secrets = _secrets(json.loads(rest), nesting)
    except (ValueError, RecursionError):
        return _LOOSE.sub(rf'\1"{REDACTED}"', line)
    return lead + _respelled(rest, secrets) if secrets else line


def _secrets(body: object, nesting: int) -> dict[_Path, str]:
    """The paths of what has to go, each with what comes in its stead. Inside a secret there is no other."""
    found = dict(_all_secrets(body, nesting))
    return {
        path: replacement
        for path, replacement in found.items()
        if not any(path[:length] in found for length in range(1, len(path)))
    }


def _all_secrets(body: object, nesting: int) -> Iterator[tuple[_Path, str]]:
    for path, holder in walk(body):
        for key, value in holder.items():
            if _is_secret(key, path, holder):
                if isinstance(value, str | list | tuple | Mapping) and value and value != REDACTED:
                    yield (*path, key), REDACTED
            elif isinstance(value, str):
                yield from _nested((*path, key), value, nesting)
            elif isinstance(value, list | tuple):
                for index, entry in enumerate(value):
                    if isinstance(entry, str):
                        yield from _nested((*path, key, index), entry, nesting)


def _nested(path: _Path, value: str, nesting: int) -> Iterator[tuple[_Path, str]]:
    if nesting and value[:1] in ("{", "["):
        redacted = _redact_text(value, nesting - 1)
        if redacted is not value:
            yield path, redacted


def _is_secret(key: object, path: _Path, holder: Mapping[Any, Any]) -> bool:
    if not isinstance(key, str):
        return False
    in_place = _SECRET_IN_PLACE.get(key)
    return key in _SECRET_KEYS or (in_place is not None and in_place(path, holder))


def _replaced(body: Any, path: _Path, replacement: str) -> Any:
    """A copy in which only the containers on the way to the secret are new."""
    whole: list[Any] = [body]
    holder: Any = whole
    for step in (0, *path[:-1]):
        inner = holder[step]
        holder[step] = dict(inner) if isinstance(inner, Mapping) else list(inner)
        holder = holder[step]
    holder[path[-1]] = replacement
    return whole[0]


def _respelled(text: str, secrets: Mapping[_Path, str]) -> str:
    """The JSON text with the values at these paths replaced and every other character kept."""
    pieces: list[str] = []
    kept = 0
    for path, start, end in _values(text):
        if path in secrets and start >= kept:
            pieces += [text[kept:start], json.dumps(secrets[path])]
            kept = end
    return "".join(pieces) + text[kept:]


def _values(text: str) -> Iterator[tuple[_Path, int, int]]:
    """Path, start and end of each value in a valid JSON text; a container is told when it closes."""
    path: list[str | int] = []
    opened: list[int] = []
    expects_key: list[bool] = []
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in ("{", "["):
            opened.append(token.start())
            expects_key.append(word == "{")
            path.append("" if word == "{" else 0)
        elif word in ("}", "]"):
            path.pop()
            expects_key.pop()
            yield tuple(path), opened.pop(), token.end()
        elif word == ",":
            last = path[-1]
            if isinstance(last, int):
                path[-1] = last + 1
            else:
                expects_key[-1] = True
        elif word == ":":
            expects_key[-1] = False
        elif expects_key and expects_key[-1]:
            path[-1] = json.loads(word)
        else:
            yield tuple(path), token.start(), token.end()
