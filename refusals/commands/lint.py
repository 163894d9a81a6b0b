"""`lint`: refusal strings written or searched by hand, with what to write instead."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from refusals.lint import DEFAULT_RULES, RULES, Checked, check_file, python_files

_RULES = "\n".join(
    f"  {rule}  {meaning}{'' if rule in DEFAULT_RULES else ' (only with --select)'}"
    for rule, meaning in RULES.items()
)
_ABOUT = f"""Find refusal strings that Python code writes or searches for by hand, instead of through
format_refusal, parse_refusal, reads_like_refusal and refusals.signals.read. Nothing is imported or run.

{_RULES}

What is meant so is silenced on its line, or for a whole file, with the reason:

  # refusals: allow RH002 - the old log is read as it was written
  # refusals: allow-file RH001 - tests spell out what they expect
"""
_EXITS = "exit codes: 0 nothing found, 1 findings, 2 wrong usage or a file that cannot be read"


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "lint",
        help="find refusals that are written or searched by hand in Python code",
        description=_ABOUT,
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a Python file, or a folder of them")
    parser.add_argument(
        "--select",
        type=_rules,
        default=DEFAULT_RULES,
        metavar="RULES",
        help="only these, such as RH001,RH004",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check the files and print what was found."""
    seen = _Seen(write=_collect if chosen.json else _print)
    try:
        for path in python_files(chosen.paths):
            try:
                seen.add(str(path), check_file(path, rules=chosen.select))
            except OSError as error:
                seen.fail(f"{path}: {error.strerror}")
    except FileNotFoundError as error:
        seen.fail(str(error))
    if chosen.json:
        json.dump(
            {"files": seen.files, "unparsed": seen.unparsed, "findings": seen.findings}, sys.stdout, indent=2
        )
        sys.stdout.write("\n")
    else:
        sys.stdout.write(f"{seen}\n")
    return 2 if seen.failed else 1 if seen.findings else 0


@dataclass
class _Seen:
    """What was found so far."""

    write: Callable[[dict[str, Any]], None]
    files: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    unparsed: list[str] = field(default_factory=list)
    failed: bool = False

    def add(self, path: str, checked: Checked) -> None:
        self.files += 1
        if checked.unparsed:
            self.unparsed.append(path)
            sys.stderr.write(f"{path}: not checked, it does not parse: {checked.unparsed}\n")
        for finding in checked.findings:
            found = {
                "path": path,
                "line": finding.line,
                "column": finding.column,
                "rule": finding.rule,
                "message": finding.message,
                "instead": finding.instead,
            }
            self.findings.append(found)
            self.write(found)

    def fail(self, why: str) -> None:
        self.failed = True
        sys.stderr.write(f"{why}\n")

    def __str__(self) -> str:
        found = _counted(len(self.findings), "finding") if self.findings else "Nothing found"
        told = f"{found} in {_counted(self.files, 'file')}."
        return f"{told} {len(self.unparsed):,} did not parse." if self.unparsed else told


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _print(found: dict[str, Any]) -> None:
    sys.stdout.write("{path}:{line}:{column}: {rule} {message}\n    instead: {instead}\n".format_map(found))


def _collect(found: dict[str, Any]) -> None:
    """Nothing to print yet: JSON is written at the end."""


def _rules(value: str) -> frozenset[str]:
    rules = frozenset(filter(None, value.replace(" ", "").upper().split(",")))
    if unknown := sorted(rules - RULES.keys()):
        raise argparse.ArgumentTypeError(
            f"there is no rule {', '.join(unknown)}; there are {', '.join(RULES)}"
        )
    return rules
