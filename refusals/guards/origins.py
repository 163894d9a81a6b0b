"""Which module or function an expression stands for, as far as the source says it: the skill scanner's eyes.

Names are read without regard to order and scope: a name stands for everything that it is bound to anywhere.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator

_IMPORTERS = frozenset({"builtins.__import__", "importlib.import_module", "importlib.__import__"})
_GETATTR = frozenset({"builtins.getattr"})
_NAMESPACES = frozenset({"builtins.globals", "builtins.locals"})
_BUILTINS = frozenset(dir(builtins))
_TREAD = frozenset({"builtins.vars", "sys.modules", *_IMPORTERS, *_GETATTR, *_NAMESPACES})
_DEEPEST = 40  # expressions deeper than this are read from their own parts, which are looked at anyway
_ROUNDS = 20  # how long a chain of aliases may be that runs against the order of the source
_NOTHING: frozenset[str] = frozenset()


class Origins:
    """The dotted names behind the expressions of one tree. Only what leads to a `watched` name is followed."""

    def __init__(self, tree: ast.AST, *, watched: frozenset[str]) -> None:
        self._watched = watched
        self._followed = frozenset(prefix for name in watched | _TREAD for prefix in _prefixes(name))
        self._bound: dict[str, set[str]] = {}
        self._aliased: set[int] = set()  # importers that are called, or given another name
        bindings: list[tuple[str, ast.expr]] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._bind_import(node)
            elif isinstance(node, ast.Call):
                self._aliased.add(id(node.func))
            bindings += _bindings(node)
        self._aliased |= {id(value) for _, value in bindings}
        for _ in range(_ROUNDS):
            before = sum(map(len, self._bound.values()))
            for name, value in bindings:
                self._bind(name, self.of(value))
            if sum(map(len, self._bound.values())) == before:
                break

    def of(self, node: ast.AST | None, depth: int = _DEEPEST) -> frozenset[str]:
        """The dotted names that an expression may stand for; none where nothing is known."""
        if depth == 0:
            return _NOTHING
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute):
            return self._beneath(self.of(node.value, depth - 1), node.attr)
        if isinstance(node, ast.Subscript):
            return self._item(node, depth - 1)
        if isinstance(node, ast.Call):
            return self._called(node, depth - 1)
        return self._any_of(_choices(node), depth - 1)

    def attribute(self, node: ast.AST) -> str | None:
        """The attribute that `x.name` or `getattr(x, "name")` reads."""
        if isinstance(node, ast.Attribute):
            return node.attr
        if isinstance(node, ast.Call) and len(node.args) > 1 and self.of(node.func) & _GETATTR:
            return _text(node.args[1])
        return None

    def is_computed_import(self, node: ast.expr) -> bool:
        """Whether something imports what the source does not name, or hands an importer on."""
        if isinstance(node, ast.Call):
            return bool(self.of(node.func) & _IMPORTERS) and _text(_argument(node, 0, "name")) is None
        is_handed_on = isinstance(node, ast.Name | ast.Attribute) and id(node) not in self._aliased
        return is_handed_on and bool(self.of(node) & _IMPORTERS)

    def computed_attribute_of(self, node: ast.expr) -> Iterator[str]:
        """The modules with watched names of which an attribute is read that the source does not name."""
        modules, key = _NOTHING, None
        if isinstance(node, ast.Call) and len(node.args) > 1 and self.of(node.func) & _GETATTR:
            modules, key = self.of(node.args[0]), node.args[1]
        elif isinstance(node, ast.Subscript):
            modules, key = self.of(node.value), node.slice
        if key is not None and _text(key) is None:
            yield from sorted(module for module in modules if self._holds_watched(module))

    def _holds_watched(self, module: str) -> bool:
        return any(name.startswith(f"{module}.") for name in self._watched)

    def _bind(self, name: str, found: Iterable[str]) -> None:
        if found:
            self._bound.setdefault(name, set()).update(found)

    def _bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                origin = alias.name if alias.asname else alias.name.partition(".")[0]
                self._bind(alias.asname or origin, self._follow([origin]))
            elif not node.level:
                self._bind(alias.asname or alias.name, self._follow([f"{node.module}.{alias.name}"]))

    def _named(self, name: str) -> frozenset[str]:
        bound = frozenset(self._bound.get(name, ()))
        if name == "__builtins__":
            return bound | {"builtins"}
        return bound | (self._follow([f"builtins.{name}"]) if name in _BUILTINS else _NOTHING)

    def _beneath(self, origins: Iterable[str], attribute: str) -> frozenset[str]:
        if attribute in ("__dict__", "__call__"):
            return frozenset(origins)
        return self._follow(f"{origin}.{attribute}" for origin in origins)

    def _follow(self, names: Iterable[str]) -> frozenset[str]:
        """What of these leads somewhere; what lies beneath a watched name stands as that name."""
        kept: set[str] = set()
        for name in names:
            prefixes = _prefixes(name)
            beneath = [prefix for prefix in prefixes if prefix in self._watched]
            kept.update(beneath[:1] or ({name} & self._followed))
        return frozenset(kept)

    def _item(self, node: ast.Subscript, depth: int) -> frozenset[str]:
        key = _text(node.slice)
        if key is None:
            return _NOTHING
        if isinstance(node.value, ast.Call) and self.of(node.value.func, depth) & _NAMESPACES:
            return self._named(key)
        owners = self.of(node.value, depth)
        modules = self._follow([key]) if "sys.modules" in owners else _NOTHING
        return modules | self._beneath(owners - {"sys.modules"}, key)

    def _called(self, node: ast.Call, depth: int) -> frozenset[str]:
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in ("get", "pop", "__getitem__")
            and node.args
        ):
            as_item = ast.Subscript(value=node.func.value, slice=node.args[0], ctx=ast.Load())
            return self._item(as_item, depth)
        function = self.of(node.func, depth)
        first = _argument(node, 0, "name")
        if function & _IMPORTERS:
            return self._follow([_text(first) or ""])
        if function & _GETATTR and len(node.args) > 1:
            return self._beneath(self.of(node.args[0], depth), _text(node.args[1]) or "")
        return self.of(first, depth) if "builtins.vars" in function else _NOTHING

    def _any_of(self, nodes: list[ast.expr], depth: int) -> frozenset[str]:
        return frozenset(name for node in nodes for name in self.of(node, depth))


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives to expressions."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield from _pairs(node.target, node.value)
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        defaults = node.defaults
        yield from zip(
            (arg.arg for arg in positional[len(positional) - len(defaults) :]), defaults, strict=True
        )
        named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        yield from ((arg.arg, value) for arg, value in named if value is not None)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for inner, part in zip(target.elts, value.elts, strict=False):  # a starred target has no partner
            if isinstance(inner, ast.Name):
                yield inner.id, part


def _choices(node: ast.AST | None) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, ast.NamedExpr | ast.Await) else []


def _argument(node: ast.Call, place: int, name: str) -> ast.expr | None:
    if len(node.args) > place:
        return node.args[place]
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), None)


def _text(node: ast.AST | None, depth: int = _DEEPEST) -> str | None:
    """The text that an expression spells out, pieces joined by `+` included."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if depth and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, depth - 1), _text(node.right, depth - 1)
        return None if left is None or right is None else left + right
    return None


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
