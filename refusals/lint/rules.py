"""The rules, over the tree of one file: what writes a refusal by hand, and what searches for one."""

import ast
from collections.abc import Callable, Iterable

from refusals.lint import phrases
from refusals.lint.finding import Finding
from refusals.lint.replacing import named, read_instead, written_instead
from refusals.lint.scopes import Scope
from refusals.lint.texts import texts_of

_PREFIXES = {"startswith", "removeprefix"}
_SEARCHES = {
    *("find", "rfind", "index", "rindex", "count", "endswith", "__contains__"),
    *("split", "rsplit", "partition", "rpartition", "replace", "removesuffix", "strip"),
}
_PATTERNS = {"compile", "search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
_PATTERN_MODULES = {"re", "regex", "re2"}
# A test hands its examples to these: that is what they are for.
_READERS = {"parse_refusal", "reads_like_refusal", "register_alias", "register_refusal_phrase"}
_LOGS = {"debug", "info", "warning", "warn", "error", "critical", "exception"}
_COMPARISONS = (ast.In, ast.NotIn, ast.Eq, ast.NotEq)
_COLLECTIONS = (ast.Tuple, ast.List, ast.Set, ast.Dict)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def findings_in(tree: ast.Module) -> list[Finding]:
    """Everything by hand in one file, in the order of its lines."""
    visitor = _Visitor(tree)
    visitor.visit(tree)
    return sorted(visitor.findings)


class _Visitor(ast.NodeVisitor):
    """Goes from outside in. What was judged as part of a larger expression is not judged again."""

    def __init__(self, tree: ast.Module) -> None:
        self.findings: set[Finding] = set()
        self._scope = Scope(tree)
        self._judged: set[int] = set()

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _FUNCTIONS):
            outer, self._scope = self._scope, Scope(node, self._scope)
            self.generic_visit(node)
            self._scope = outer
            return
        super().visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
            if isinstance(operator, _COMPARISONS):
                self._compared(node, left, operator, right)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        name = getattr(function, "attr", getattr(function, "id", ""))
        if name in _READERS:
            self._settle(node.args)
        elif isinstance(function, ast.Attribute) and node.args:
            if name in _PATTERNS and getattr(function.value, "id", "") in _PATTERN_MODULES:
                subject = node.args[1] if len(node.args) > 1 and name != "compile" else None
                self._by_pattern(node, node.args[0], subject)
            elif name in _PREFIXES | _SEARCHES:
                is_sought = phrases.is_prefix_sought if name in _PREFIXES else phrases.is_sought
                self._sought(node, node.args[0], function.value, is_sought)
        if name in _LOGS and isinstance(function, ast.Attribute) and len(node.args) > 1:
            # The logger fills its template as `%` does.
            self._written(node, ast.BinOp(node.args[0], ast.Mod(), ast.Tuple(node.args[1:], ast.Load())))
        self._written(node, node)
        self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> None:
        for inner in ast.walk(node.pattern):
            if isinstance(inner, ast.MatchValue):
                self._sought(inner, inner.value, None)
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        for case in node.cases:
            for inner in ast.walk(case.pattern):
                if isinstance(inner, ast.MatchValue):
                    self._stopped(inner, node.subject, inner.value)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._written(node, node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._written(node, node)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if (
            isinstance(node.value, str)
            and id(node) not in self._judged
            and phrases.is_whole_refusal(node.value)
        ):
            self._find(node, "RH001", written_instead(texts_of(node, self._scope)[0]))

    def _compared(self, node: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> None:
        self._stopped(node, left, right)
        self._stopped(node, right, left)
        negated = isinstance(operator, ast.NotIn | ast.NotEq)
        pairs = [(left, right)]  # `"REFUSED:" in text`
        if isinstance(operator, ast.Eq | ast.NotEq) or isinstance(right, ast.List | ast.Tuple | ast.Set):
            pairs.append((right, left))  # `text == "REFUSED: …"`, `text in ("REFUSED: …", …)`
        for what, subject in pairs:
            if isinstance(operator, ast.Eq | ast.NotEq) and isinstance(what, _COLLECTIONS):
                continue  # compared as a whole
            self._sought(node, what, subject, negated=negated)

    def _sought(
        self,
        node: ast.AST,
        what: ast.expr,
        subject: ast.expr | None,
        is_sought: Callable[[str], bool] = phrases.is_sought,
        *,
        negated: bool = False,
    ) -> None:
        """Report `what` if looking for it in `subject` is looking for a refusal."""
        for text in texts_of(what, self._scope):
            if is_sought(text.shape):
                self._settle([what])
                self._find(node, "RH002", read_instead(text.shape, subject, negated=negated))
                return
            if phrases.is_worded(text.shape):
                self._find(node, "RH003", _worded_instead(subject, negated=negated))
                return

    def _by_pattern(self, node: ast.AST, pattern: ast.expr, subject: ast.expr | None) -> None:
        for text in texts_of(pattern, self._scope):
            if phrases.is_sought_by_pattern(text.shape):
                self._settle([pattern])
                self._find(node, "RH002", read_instead("", subject))
                return
            if phrases.is_worded_pattern(text.shape):
                self._find(node, "RH003", _worded_instead(subject))
                return

    def _stopped(self, node: ast.AST, subject: ast.expr, value: ast.expr) -> None:
        if not phrases.names_a_stop_reason(_last_name(subject)):
            return
        if any(phrases.is_declining_stop(text.shape) for text in texts_of(value, self._scope)):
            self._find(node, "RH004", "refusals.signals.read(response).outcome is Outcome.DECLINED")

    def _written(self, node: ast.expr, says: ast.expr) -> None:
        """Report `node` if what it says is a refusal that is put together here."""
        if id(node) in self._judged:
            return
        texts = [text for text in texts_of(says, self._scope) if text.built]
        written = next((text for text in texts if phrases.built_refusal(text.shape)), None)
        if written:
            self._settle([node])
            self._find(node, "RH001", written_instead(written))

    def _settle(self, nodes: Iterable[ast.expr]) -> None:
        for node in nodes:
            self._judged.update(map(id, ast.walk(node)))

    def _find(self, node: ast.AST, rule: str, instead: str) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        last_line = getattr(node, "end_lineno", None) or line
        self.findings.add(Finding(line, column, rule, instead, last_line))


def _worded_instead(subject: ast.expr | None, *, negated: bool = False) -> str:
    text = named(subject)
    no = "not " if negated else ""
    return f"{no}reads_like_refusal({text}), a hint; the provider's signal says more: refusals.signals.read(response)"


def _last_name(node: ast.expr) -> str:
    """The name of what an expression looks up: `a.stop_reason`, `a["stop_reason"]`, `a.get("stop_reason")`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = {"get": 0, "getattr": 1}.get(called)
        if place is not None and len(node.args) > place:
            return _constant(node.args[place])
        inner = node.func.value if isinstance(node.func, ast.Attribute) else node
        return _last_name(inner) if inner is not node and called in ("lower", "strip", "casefold") else ""
    if isinstance(node, ast.Subscript):
        return _constant(node.slice)
    return getattr(node, "attr", getattr(node, "id", ""))


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
