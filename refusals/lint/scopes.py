"""What the names in a file are bound to, function by function."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from refusals.lint.texts import Text

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Table = dict[str, list[ast.expr]]


class Scope:
    """A module or a function. Attributes, of whatever object, belong to the module."""

    def __init__(self, node: ast.AST, outer: "Scope | None" = None) -> None:
        self._outer = outer
        self._attributes: Table = outer._attributes if outer else defaultdict(list)
        self._values: Table = defaultdict(list)
        self._runs_through: Table = defaultdict(list)
        self._untold: set[str] = set()
        self.said: dict[ast.expr, list[Text]] = {}  # what `texts` has worked out already
        for inner in _own_nodes(node):
            self._bind(inner)

    def values(self, name: ast.Name | ast.Attribute) -> list[ast.expr]:
        """The expressions that a name or attribute is bound to, and those whose items it runs through.

        None of them if one of its bindings is a parameter or otherwise untold.
        """
        if isinstance(name, ast.Attribute):
            return self._attributes.get(name.attr, [])
        if name.id in self._untold:
            return []
        found = [*self._values.get(name.id, []), *self._runs_through.get(name.id, [])]
        return found or (self._outer.values(name) if self._outer else [])

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._note(self._values, target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._note(self._values, node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._note(self._runs_through, node.target, node.iter)
        elif isinstance(node, ast.arg):
            self._untold.add(node.arg)  # whatever the caller says
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._untold.add(node.target.id)
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                self._bind_attribute(line)

    def _bind_attribute(self, line: ast.stmt) -> None:
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    self._attributes[target.id].append(line.value)

    def _note(self, table: Table, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            table[target.id].append(value)
        elif isinstance(target, ast.Attribute):
            self._attributes[target.attr].append(value)
        else:  # unpacked: which part goes where is not told
            stored = (inner for inner in ast.walk(target) if isinstance(inner, ast.Name))
            self._untold.update(name.id for name in stored)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Every node of a module or function but those inside its inner functions."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, _FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(inner))
