"""Reading bodies that may hold anything: a look-up that meets a missing or odd value answers with none.

Providers' SDKs spell a field `finishReason` on the wire and `finish_reason` in Python; both are found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def dig(value: object, *steps: str | int) -> Any:
    """What lies at this path, or None when any step of it is missing."""
    for step in steps:
        if isinstance(step, int):
            value = (
                value[step] if isinstance(value, list | tuple) and -len(value) <= step < len(value) else None
            )
        elif isinstance(value, Mapping):
            value = value[step] if step in value else value.get(_snake(step))
        else:
            return None
    return value


@lru_cache(maxsize=1024)  # the names are those our own tables ask for, again and again
def _snake(name: str) -> str:
    if name == "from":
        return "from_"  # the Python attribute, since `from` is a keyword
    return name if name.islower() or name[:1].isupper() else _CAPITAL.sub(r"_\1", name).lower()


def has(value: object, *names: str) -> bool:
    """Whether `value` is a mapping with one of these keys, null or not."""
    return isinstance(value, Mapping) and any(name in value or _snake(name) in value for name in names)


def items(value: object, *steps: str | int) -> list[Any]:
    """The list at this path, or an empty one."""
    found = dig(value, *steps)
    return list(found) if isinstance(found, list | tuple) else []


def entries(value: object, *steps: str | int) -> list[tuple[str, Any]]:
    """The key-value pairs of the mapping at this path, or none."""
    found = dig(value, *steps)
    return [(str(key), entry) for key, entry in found.items()] if isinstance(found, Mapping) else []


def text_at(value: object, *steps: str | int) -> str | None:
    """The non-empty text at this path, or None."""
    found = dig(value, *steps)
    return str(found) if isinstance(found, str) and found else None


def truthy(value: object) -> bool:
    """True, and the text "True" that some services send in its stead."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def walk(value: object) -> Iterator[tuple[tuple[str | int, ...], Mapping[Any, Any]]]:
    """Every mapping inside `value` with its path, without recursion, so that depth does no harm."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while waiting:
        path, found = waiting.pop()
        if isinstance(found, Mapping):
            yield path, found
            waiting.extend(((*path, key), entry) for key, entry in found.items())
        elif isinstance(found, Sequence) and not isinstance(found, str | bytes):
            waiting.extend(((*path, index), entry) for index, entry in enumerate(found))
