"""Done-conditions: structural checks of a deliverable. A machine judges shape; a person judges meaning.

A condition is called with the answer and says what is missing, or None when it is met.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`\n]*)$")
_ATX_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_SETEXT_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")


@dataclass(frozen=True, repr=False)
class DoneCondition:
    """One named check with its arguments; equal to any other of the same name and arguments."""

    name: str
    arguments: tuple[int | str, ...]

    def __call__(self, text: str) -> str | None:
        return _CHECKS[self.name](text, *self.arguments)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


def min_chars(n: int) -> DoneCondition:
    """At least `n` characters, outer blanks apart."""
    return DoneCondition("min_chars", (_whole_number("min_chars", n),))


def min_headings(n: int) -> DoneCondition:
    """At least `n` Markdown headings; a line in a code fence is none."""
    return DoneCondition("min_headings", (_whole_number("min_headings", n),))


def required_json_keys(*keys: str) -> DoneCondition:
    """A JSON object with these keys at its top: the whole answer, or a fenced block marked `json` in it."""
    return DoneCondition("required_json_keys", _texts("required_json_keys", keys))


def contains(*needles: str) -> DoneCondition:
    """Every one of these texts occurs, letter by letter."""
    return DoneCondition("contains", _texts("contains", needles))


def conditions_from(spec: Mapping[str, object]) -> tuple[DoneCondition, ...]:
    """The conditions that a mapping such as `{"min_chars": 40, "contains": ["Total"]}` asks for.

    A value of None asks for nothing. ValueError names the field that is unknown or has a wrong value.
    """
    if not isinstance(spec, Mapping):
        raise ValueError(f"done-conditions must be a mapping, got {type(spec).__name__}")
    unknown = [str(name) for name in spec if name not in _CHECKS]
    if unknown:
        raise ValueError(f"unknown done-condition {', '.join(unknown)}; known are {', '.join(_CHECKS)}")
    return tuple(_condition(name, value) for name, value in spec.items() if value is not None)


def _condition(name: str, value: object) -> DoneCondition:
    if name in ("min_chars", "min_headings"):
        return DoneCondition(name, (_whole_number(name, value),))
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ValueError(f"{name}: must be a list of texts, got {value!r}")
    return DoneCondition(name, _texts(name, tuple(value)))


def _whole_number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name}: must be a whole number, zero or more, got {value!r}")
    return value


def _texts(name: str, values: tuple[object, ...]) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str) and value)
    if not values or len(texts) < len(values):
        raise ValueError(f"{name}: must be one or more non-empty texts, got {list(values)!r}")
    return texts


def _lack_of_chars(text: str, least: int) -> str | None:
    length = len(text.strip())
    return None if length >= least else f"{length} of at least {least} characters"


def _lack_of_headings(text: str, least: int) -> str | None:
    found, before = 0, ""
    for line, fence in _lines(text):
        is_heading = fence is None and bool(_ATX_HEADING.match(line))
        underlines = fence is None and bool(before) and bool(_SETEXT_UNDERLINE.match(line))
        found += is_heading or underlines
        before = "" if fence is not None or is_heading or underlines else line.strip()
    return None if found >= least else f"{found} of at least {least} headings"


def _lack_of_keys(text: str, *keys: str) -> str | None:
    objects = [parsed for parsed in map(_json, _json_candidates(text)) if isinstance(parsed, dict)]
    if not objects:
        return "no JSON object"
    missing = min(([key for key in keys if key not in parsed] for parsed in objects), key=len)
    return f"no JSON key {', '.join(missing)}" if missing else None


def _lack_of_needles(text: str, *needles: str) -> str | None:
    missing = [needle for needle in needles if needle not in text]
    return f"does not contain {', '.join(map(repr, missing))}" if missing else None


_CHECKS: dict[str, Callable[..., str | None]] = {
    "min_chars": _lack_of_chars,
    "min_headings": _lack_of_headings,
    "required_json_keys": _lack_of_keys,
    "contains": _lack_of_needles,
}


def _lines(text: str) -> Iterator[tuple[str, str | None]]:
    """Each line but those of fences, with the info string of the code fence it stands in, or None."""
    fence, info = "", ""
    for line in text.splitlines():
        match = _FENCE.match(line)
        if fence and match and match[1].startswith(fence) and not match[2].strip():
            fence = ""
            yield "", None
        elif not fence and match:
            fence, info = match[1], match[2].strip().lower()
        else:
            yield line, info if fence else None


def _json_candidates(text: str) -> Iterator[str]:
    yield text
    block: list[str] = []
    for line, fence in _lines(text):
        if fence is not None and fence.startswith("json"):
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # RecursionError: brackets nested without end
        return None
