"""Comments that say why something is by hand on purpose: `# refusals: allow RH001 - the guard's own test`.

On a line of the expression it silences that; as `allow-file`, on a line of its own, the whole file.
"""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from refusals.lint.finding import RULES, Finding

_BEGINS = re.compile(r"#\s*refusals:\s*allow", re.IGNORECASE)
_SILENCE = re.compile(
    r"#\s*refusals:\s*allow(?P<file>-file)?\s+(?P<rules>RH\d{3}(?:\s*,\s*RH\d{3})*)"
    r"(?:\s*[-\u2013\u2014:]+\s*(?P<reason>\S.*))?\s*$"
)


@dataclass(frozen=True)
class Silence:
    """One comment. `wrong` says what is amiss with it; then it silences nothing."""

    line: int
    column: int
    rules: frozenset[str] = frozenset()
    whole_file: bool = False
    wrong: str = ""

    def covers(self, finding: Finding) -> bool:
        """Whether it silences this finding."""
        on_it = self.whole_file or finding.line <= self.line <= finding.last_line
        return not self.wrong and finding.rule in self.rules and on_it


def silences_in(source: bytes) -> list[Silence]:
    """The silences of a source that parses, in order."""
    if b"refusals:" not in source:
        return []
    comments = (
        token
        for token in tokenize.tokenize(io.BytesIO(source).readline)
        if token.type == tokenize.COMMENT and _BEGINS.match(token.string)
    )
    return [_read(comment) for comment in comments]


def apply(
    findings: Iterable[Finding], silences: Iterable[Silence], rules: Iterable[str]
) -> Iterator[Finding]:
    """What is left to say: the findings that nothing silences, and the silences that do not hold."""
    silences = list(silences)
    used: set[tuple[Silence, str]] = set()
    for finding in findings:
        covering = [silence for silence in silences if silence.covers(finding)]
        used.update((silence, finding.rule) for silence in covering)
        if not covering:
            yield finding
    checked = set(rules)
    for silence in silences:
        idle = sorted(rule for rule in silence.rules & checked if (silence, rule) not in used)
        why = silence.wrong or (f"nothing here is {', '.join(idle)}: remove it" if idle else "")
        if why:
            yield Finding(silence.line, silence.column, "RH005", why, silence.line)


def _read(comment: tokenize.TokenInfo) -> Silence:
    line, column = comment.start[0], comment.start[1] + 1
    match = _SILENCE.match(comment.string)
    if match is None:
        return Silence(line, column, wrong="write it as `# refusals: allow RH001 - the reason`")
    rules = frozenset(re.findall(r"RH\d{3}", match["rules"]))
    wrong = ""
    if unknown := sorted(rules - RULES.keys()):
        wrong = f"there is no rule {', '.join(unknown)}"
    elif not match["reason"]:
        wrong = f"say why: `# refusals: allow {', '.join(sorted(rules))} - the reason`"
    return Silence(line, column, rules if not wrong else frozenset(), bool(match["file"]), wrong)
