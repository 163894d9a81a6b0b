"""How the calls of a log ended, counted: nothing else of them is kept."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from refusals.codes import ReasonCode
from refusals.endings import Outcome
from refusals.logs.endings import Call, calls_in
from refusals.logs.entries import Damaged
from refusals.reading import reads_like_refusal

_OTHERS = "(others)"
_MOST_GROUPS = 200  # names come from the log, and their number must not grow with it


@dataclass
class Tally:
    """Counts of entries and calls. `by`: what they are told apart by as well, `provider` or `model`."""

    by: str | None = None
    entries: int = 0
    damaged: int = 0
    others: int = 0
    earlier_attempts: int = 0
    looked_successful: int = 0
    declined_in_success: int = 0
    hidden_by_fallback: int = 0
    suspected: int = 0
    endings: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    _groups: set[str] = field(default_factory=set)

    def add(self, entry: object, *, provider: str | None = None) -> None:
        """Count an entry: the calls that it tells of, or that it is damaged or something else."""
        self.entries += 1
        if isinstance(entry, Damaged):
            self.damaged += 1
            return
        told = False
        for call in calls_in(entry, provider=provider):
            told = True
            self._count(call)
        self.others += not told

    @property
    def calls(self) -> int:
        """Calls that were final attempts."""
        return sum(self.endings.values())

    def ended(self, *outcomes: Outcome) -> int:
        """Calls with one of these endings."""
        return sum(count for (_, outcome, _), count in self.endings.items() if outcome in outcomes)

    def rows(self) -> list[tuple[str, Outcome, str, int]]:
        """Group, ending, code and count: the groups by size, in each the endings in order, the most first."""
        sizes: Counter[str] = Counter()
        for (group, _, _), count in self.endings.items():
            sizes[group] += count
        order = list(Outcome)
        rows = [(*key, count) for key, count in self.endings.items()]
        return sorted(rows, key=lambda row: (-sizes[row[0]], row[0], order.index(row[1]), -row[3], row[2]))

    def as_json(self) -> dict[str, Any]:
        """Everything, with the denominators of the rates."""
        ok, declined = self.ended(Outcome.OK), self.ended(Outcome.DECLINED)
        degraded, infra = self.ended(Outcome.DEGRADED), self.ended(Outcome.INFRA_ERROR)
        return {
            "entries": self.entries,
            "calls": self.calls,
            "earlier_attempts": self.earlier_attempts,
            "other_lines": self.others,
            "damaged": self.damaged,
            "endings": [
                {
                    **({self.by: group} if self.by else {}),
                    "outcome": str(outcome),
                    "code": code or None,
                    "count": n,
                }
                for group, outcome, code, n in self.rows()
            ],
            "successes_that_were_declines": {
                "declined": self.declined_in_success,
                "hidden_by_fallback": self.hidden_by_fallback,
                "of": self.looked_successful,
            },
            "suspected": self.suspected,
            "success": {"ok": ok, "of": ok + degraded + infra},
            "decline": {"declined": declined, "of": ok + degraded + declined},
        }

    def _count(self, call: Call) -> None:
        if not call.is_final:
            self.earlier_attempts += 1
            return
        signal = call.signal
        self.endings[self._group(call), signal.outcome, str(signal.code or "")] += 1
        if signal.outcome in (Outcome.OK, Outcome.DEGRADED):
            self.suspected += reads_like_refusal(signal.text)
        if not call.looks_successful:
            return
        self.looked_successful += 1
        if signal.outcome is Outcome.DECLINED:
            self.declined_in_success += 1
        elif signal.code == ReasonCode.FALLBACK_SERVED or signal.hidden_declines:
            self.hidden_by_fallback += 1

    def _group(self, call: Call) -> str:
        if self.by is None:
            return ""
        name = (call.provider if self.by == "provider" else call.model)[:80] or "(not told)"
        if name not in self._groups:
            if len(self._groups) >= _MOST_GROUPS:
                return _OTHERS
            self._groups.add(name)
        return name
