"""What an expression says as far as its source tells: its constant parts in order, and the gaps between them.

Names are followed to what the same file binds them to, so that a phrase kept in a constant is still found
where it is used.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refusals.lint.scopes import Scope

# A part is constant text, or the expression that fills a gap (None where the source does not tell it apart).
Part = str | ast.expr | None

GAP = "\ufffc"  # stands for a gap in `Text.shape`
_DEEPEST = 40
_MOST = 200
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[a-zA-Z%]")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


@dataclass(frozen=True)
class Text:
    """One thing an expression may say. `built`: it is put together by the code, not a constant."""

    parts: tuple[Part, ...]
    built: bool = False

    @property
    def shape(self) -> str:
        """The text with `GAP` for each gap."""
        return "".join(part if isinstance(part, str) else GAP for part in self.parts)


def texts_of(node: ast.expr, scope: "Scope", depth: int = 0) -> list[Text]:
    """Everything that an expression may say: several for a collection, none for what is no text."""
    if depth > _DEEPEST:
        return []
    known = scope.said.get(node)
    if known is None:
        scope.said[node] = []  # what is built of itself ends here
        known = scope.said[node] = list(islice(_said(node, scope, depth), _MOST))
    return known


def _said(node: ast.expr, scope: "Scope", depth: int) -> Iterable[Text]:
    if isinstance(node, ast.Constant):
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        return [Text((value,))] if isinstance(value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [Text(tuple(_pieces(node, scope, depth)), built=True)]
    if isinstance(node, ast.BinOp):
        return _of_operation(node, scope, depth)
    if isinstance(node, ast.Call):
        return _of_call(node, scope, depth)
    return _of_many(node, scope, depth)


def _of_many(node: ast.expr, scope: "Scope", depth: int) -> Iterator[Text]:
    below: list[ast.expr] = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        below = node.elts[:_MOST]
    elif isinstance(node, ast.Dict):
        below = [key for key in node.keys[:_MOST] if key is not None]
    elif isinstance(node, ast.IfExp):
        below = [node.body, node.orelse]
    elif isinstance(node, ast.Starred):
        below = [node.value]
    elif isinstance(node, ast.Name | ast.Attribute):
        below = scope.values(node)
    for each in below:
        yield from texts_of(each, scope, depth + 1)


def _pieces(node: ast.JoinedStr, scope: "Scope", depth: int) -> Iterator[Part]:
    for piece in node.values:
        if isinstance(piece, ast.FormattedValue):
            yield from _one(piece.value, scope, depth)
        elif isinstance(piece, ast.Constant) and isinstance(piece.value, str):
            yield piece.value


def _one(node: ast.expr, scope: "Scope", depth: int) -> tuple[Part, ...]:
    """The parts of an operand: its text if it says one thing, else a gap."""
    texts = texts_of(node, scope, depth + 1)
    return texts[0].parts if len(texts) == 1 else (node,)


def _of_operation(node: ast.BinOp, scope: "Scope", depth: int) -> list[Text]:
    if isinstance(node.op, ast.Add):
        parts = tuple(part for operand in _operands(node) for part in _one(operand, scope, depth))[:_MOST]
        return [Text(parts, built=True)] if any(isinstance(part, str) for part in parts) else []
    if isinstance(node.op, ast.Mod):
        texts = texts_of(node.left, scope, depth + 1)
        if isinstance(node.right, ast.Tuple):
            return [_filled(text, node.right.elts, _PERCENT) for text in texts]
        # What is no tuple by its look may be one, or a mapping, unless there is one mark alone.
        return [_filled(text, [node.right] if _has_one_mark(text) else [], _PERCENT) for text in texts]
    return []


def _operands(node: ast.BinOp) -> Iterator[ast.expr]:
    """The operands of a chain of additions, from left to right."""
    rights = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        rights.append(left.right)
        left = left.left
    return iter([left, *reversed(rights)])


def _of_call(node: ast.Call, scope: "Scope", depth: int) -> list[Text]:
    method = node.func
    if not isinstance(method, ast.Attribute):
        # tuple(PHRASES), set(...), frozenset(...)
        wraps = isinstance(method, ast.Name) and method.id in ("tuple", "list", "set", "frozenset", "sorted")
        return texts_of(node.args[0], scope, depth + 1) if wraps and len(node.args) == 1 else []
    said = texts_of(method.value, scope, depth + 1)
    if method.attr in ("lower", "casefold", "upper", "strip", "lstrip", "rstrip", "encode") and said:
        return said
    if method.attr == "format":
        return [_filled(text, [] if node.keywords else node.args, _BRACES) for text in said]
    if method.attr == "join" and len(said) == 1 and node.args:
        return _joined(said[0], node.args[0], scope, depth)
    return []


def _joined(glue: Text, items: ast.expr, scope: "Scope", depth: int) -> list[Text]:
    if not isinstance(items, ast.List | ast.Tuple):
        return []
    parts: list[Part] = []
    for item in items.elts:
        parts += [*(glue.parts if parts else ()), *_one(item, scope, depth)]
    return [Text(tuple(parts), built=True)]


def _filled(text: Text, values: list[ast.expr], marks: re.Pattern[str]) -> Text:
    """A template with its marks as gaps, filled by `values` in order as far as they go."""
    waiting = iter(values)
    parts: list[Part] = []
    for part in text.parts:
        if not isinstance(part, str):
            parts.append(part)
            continue
        end = 0
        for mark in marks.finditer(part):
            parts.append(part[end : mark.start()])
            is_literal = mark.group() in ("%%", "{{", "}}")
            parts.append(mark.group()[0] if is_literal else next(waiting, None))
            end = mark.end()
        parts.append(part[end:])
    return Text(tuple(part for part in parts if part != ""), built=True)


def _has_one_mark(text: Text) -> bool:
    marks = [mark for mark in _PERCENT.findall(text.shape) if mark != "%%"]
    return len(marks) == 1 and "(" not in marks[0]
