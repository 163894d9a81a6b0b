"""A named pattern with the reason code that it stands for: what several guards are made of."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from refusals.codes import ReasonCode, describe


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A regular expression, searched without regard to case, and `^` and `$` at each line.

    A refusal names the rule and the place, never the text that matched. `holds` may look at a match and let it
    pass, as a checksum does. The pattern runs under `re`: write none in which a repetition stands in another.
    ValueError where the pattern or the code will not do.
    """

    name: str
    pattern: str
    code: ReasonCode | str = ReasonCode.POLICY_VIOLATION
    holds: Callable[[str], bool] | None = None
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        describe(self.code)
        try:
            compiled = re.compile(self.pattern, re.IGNORECASE | re.MULTILINE)
        except re.error as error:
            raise ValueError(f"rule {self.name}: {error}") from error
        object.__setattr__(self, "_compiled", compiled)

    def find(self, text: str) -> int | None:
        """Where the first match that holds begins, counted from 1, or None."""
        for match in self._compiled.finditer(text):
            if self.holds is None or self.holds(match.group()):
                return match.start() + 1
        return None


def first_broken(rules: Iterable[Rule], text: str) -> tuple[Rule, int] | None:
    """The first of the rules that the text breaks, and where, or None."""
    for rule in rules:
        place = rule.find(text)
        if place is not None:
            return rule, place
    return None
