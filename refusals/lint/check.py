"""One file: parsed, held against the rules, its silences heard."""

import ast
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from refusals.lint.finding import DEFAULT_RULES, Finding
from refusals.lint.rules import findings_in
from refusals.lint.silences import apply, silences_in


@dataclass(frozen=True)
class Checked:
    """What came of a file. `unparsed` says why it could not be checked; then there are no findings."""

    findings: tuple[Finding, ...] = ()
    unparsed: str = ""


def check_file(path: Path, *, rules: Collection[str] = DEFAULT_RULES) -> Checked:
    """Check a file in the encoding that it declares. OSError if it cannot be read."""
    return check_source(path.read_bytes(), rules=rules)


def check_source(source: bytes, *, rules: Collection[str] = DEFAULT_RULES) -> Checked:
    """Check Python source; it is parsed and never run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in somebody's string is no matter of ours
            tree = ast.parse(source)
            silences = silences_in(source)
        found = [finding for finding in findings_in(tree) if finding.rule in rules]
    except SyntaxError as error:
        return Checked(unparsed=f"line {error.lineno or 1}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes; nested beyond the parser
        return Checked(unparsed=str(error) or "nested too deeply")
    told = [finding for finding in apply(found, silences, rules) if finding.rule in rules]
    return Checked(tuple(sorted(told)))
