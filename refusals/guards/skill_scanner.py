"""The skill scanner: risky imports and calls in a skill's Python source, read from its syntax tree; nothing runs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from refusals.codes import ReasonCode
from refusals.guards.arguments import short
from refusals.guards.origins import Origins
from refusals.guards.skill_names import INTERPRETER_ATTRIBUTES, RUNS_CODE, UNVERIFIED
from refusals.parsing import format_refusal

_SHOWN = 5
_PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, kw_only=True)
class SkillPolicy:
    """What a skill may not name. Dotted names stand for themselves and all beneath; `builtins.eval` is eval.

    `runs_code`: RCE_RISK. `unverified`: UNVERIFIED_TOOL. `attributes`: names that reach into the interpreter,
    on whatever object (RCE_RISK). `allowed_imports`: when given, the only top-level modules a skill may import
    (else UNVERIFIED_TOOL). A source of more than `max_chars` characters is refused unread.
    """

    runs_code: frozenset[str] = RUNS_CODE
    unverified: frozenset[str] = UNVERIFIED
    attributes: frozenset[str] = INTERPRETER_ATTRIBUTES
    allowed_imports: frozenset[str] | None = None
    max_chars: int = 500_000


@dataclass(frozen=True)
class Finding:
    """One thing that the policy forbids, and the line it stands in."""

    line: int
    code: ReasonCode
    what: str


class SkillScanner:
    """Asked before a skill's source is loaded. What cannot be read as Python of this interpreter is refused."""

    def __init__(self, policy: SkillPolicy | None = None) -> None:
        self.policy = policy or SkillPolicy()

    def __call__(self, source: object, *, name: str = "skill") -> str | None:
        """RCE_RISK or UNVERIFIED_TOOL (the graver one) with lines and names, or None. `source`: text or bytes."""
        if not isinstance(source, str | bytes):
            return format_refusal(ReasonCode.UNVERIFIED_TOOL, f"{name}: not Python source")
        if len(source) > self.policy.max_chars:
            detail = f"{name}: more than {self.policy.max_chars} characters, unread"
            return format_refusal(ReasonCode.UNVERIFIED_TOOL, detail)
        try:
            tree = ast.parse(source)
        except _PARSE_ERRORS as error:
            line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            return format_refusal(ReasonCode.UNVERIFIED_TOOL, f"{name}: cannot be read as Python{line}")
        return self._refusal(self._findings(tree), name)

    def _refusal(self, findings: list[Finding], name: str) -> str | None:
        if not findings:
            return None
        codes = {finding.code for finding in findings}
        code = ReasonCode.RCE_RISK if ReasonCode.RCE_RISK in codes else ReasonCode.UNVERIFIED_TOOL
        gravest = sorted(findings, key=lambda finding: (finding.code != code, finding.line, finding.what))
        shown = "; ".join(f"line {finding.line}: {finding.what}" for finding in gravest[:_SHOWN])
        more = f"; {len(findings) - _SHOWN} more" if len(findings) > _SHOWN else ""
        return format_refusal(code, f"{name}: {shown}{more}")

    def _findings(self, tree: ast.AST) -> list[Finding]:
        origins = Origins(tree, watched=self.policy.runs_code | self.policy.unverified)
        return list(
            dict.fromkeys(found for node in ast.walk(tree) for found in self._found_in(node, origins))
        )

    def _found_in(self, node: ast.AST, origins: Origins) -> Iterator[Finding]:
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from self._imported(node)
        elif isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            yield from (finding for name in origins.of(node) for finding in self._named(name, line))
            if origins.is_computed_import(node):
                yield Finding(line, ReasonCode.RCE_RISK, "a module named only at run time")
            for module in origins.computed_attribute_of(node):
                yield Finding(line, ReasonCode.RCE_RISK, f"an attribute of {module} named only at run time")
        attribute = origins.attribute(node)
        if attribute in self.policy.attributes:
            yield Finding(line, ReasonCode.RCE_RISK, f"the attribute {attribute}")

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[Finding]:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.level:
            return  # a module of the skill's own, which is scanned by itself
        else:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            yield from self._named(name, node.lineno)
            yield from self._starred(name, node.lineno)
            top = name.partition(".")[0]
            if self.policy.allowed_imports is not None and top not in self.policy.allowed_imports:
                yield Finding(node.lineno, ReasonCode.UNVERIFIED_TOOL, f"import of {short(top)}")

    def _named(self, name: str, line: int) -> Iterator[Finding]:
        if _is_beneath(name, self.policy.runs_code):
            yield Finding(line, ReasonCode.RCE_RISK, name)
        elif _is_beneath(name, self.policy.unverified):
            yield Finding(line, ReasonCode.UNVERIFIED_TOOL, name)

    def _starred(self, name: str, line: int) -> Iterator[Finding]:
        """`from os import *` brings what nobody sees at the place where it is used."""
        module, _, last = name.rpartition(".")
        if last == "*" and any(watched.startswith(f"{module}.") for watched in self.policy.runs_code):
            yield Finding(line, ReasonCode.RCE_RISK, name)


def _is_beneath(name: str, watched: frozenset[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in watched for length in range(1, len(parts) + 1))
