"""Whatever a pipeline holds (an SDK's object, a dict, a dataclass) as data that JSON can tell. Never raises."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

# The one key of what stands for an object that JSON cannot tell.
PYTHON_OBJECT = "python_object"
_DEEPEST = 100
# What an export of somebody else's object may raise.
_FOREIGN_ERRORS = (TypeError, ValueError, AttributeError, KeyError, RecursionError)
# In this order: pydantic's, with the names of the wire; the SDKs' own; other libraries'.
_EXPORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("model_dump", {"mode": "json", "by_alias": True, "exclude_unset": True, "warnings": False}),
    ("to_dict", {}),
    ("model_dump", {}),
)


def plain(value: object, above: tuple[int, ...] = ()) -> Any:
    """Dicts with text keys, lists, texts, numbers, booleans and None.

    What is none of these stands as `{"python_object": its repr}`; numbers that JSON does not know stand as
    text. `above`: the ids of the containers around it.
    """
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else repr_of(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if id(value) in above or len(above) >= _DEEPEST:
        return {PYTHON_OBJECT: "nested too deeply"}
    above = (*above, id(value))
    if isinstance(value, Mapping):
        return {str(name): plain(inner, above) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner, above) for inner in value]
    return _exported(value, above)


def _exported(value: object, above: tuple[int, ...]) -> Any:
    for name, options in _EXPORTS:
        export = getattr(value, name, None)
        if callable(export) and not isinstance(value, type):
            try:
                exported = export(**options)
            except _FOREIGN_ERRORS:
                continue
            if isinstance(exported, Mapping):
                return plain(exported, above)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names: Iterable[str] = (field.name for field in dataclasses.fields(value))
        return {name: plain(getattr(value, name, None), above) for name in names}
    return {PYTHON_OBJECT: repr_of(value)}


def repr_of(value: object) -> str:
    """The object's `repr`, cut where it is long."""
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    try:
        return repr(value)[:1000]
    except _FOREIGN_ERRORS:
        return f"<{type(value).__name__}>"
