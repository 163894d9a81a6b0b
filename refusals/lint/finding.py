"""The rules by their ids, and one finding."""

from dataclasses import dataclass

RULES: dict[str, str] = {
    "RH001": "a refusal is written by hand",
    "RH002": "a refusal is searched for by hand",
    "RH003": "the words of a refusal are searched for in an answer by hand",
    "RH004": "a stop reason is compared with a refusal's value by hand",
    "RH005": "a silence does not hold",
}
# RH004 is asked for by name: a stop reason is a typed signal, and many programs need to know no other.
DEFAULT_RULES = frozenset(RULES) - {"RH004"}


@dataclass(frozen=True, order=True)
class Finding:
    """One place in a file. `line` and `column` count from 1; `last_line` is where the expression ends."""

    line: int
    column: int
    rule: str
    instead: str
    last_line: int

    @property
    def message(self) -> str:
        return RULES[self.rule]
