"""What reviewers had decided before the demo begins, so that there is history to look at."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import tomllib

Kind = Literal["reissue", "uphold", "by_hand", "reclassify", "withdraw"]


@dataclass(frozen=True, kw_only=True)
class DemoDecision:
    """One scripted decision, taken by `reviewer` (a username) `after_hours` hours after the case was held.

    `scenario` is the slug of a prompt or of a guard refusal. A re-issue has `purpose`, `background` and
    `handling_limits`; a reclassification has the reason code that it corrects to.
    """

    scenario: str
    kind: Kind
    reviewer: str
    after_hours: int
    reason: str
    purpose: str = ""
    background: str = ""
    handling_limits: str = ""
    code: str = ""


def _load() -> tuple[DemoDecision, ...]:
    content = (files("refusalhub.demo") / "texts" / "decisions.toml").read_text(encoding="utf-8")
    return tuple(DemoDecision(**row) for row in tomllib.loads(content)["decision"])


DECISIONS = _load()


def decision_for(*, scenario: str) -> DemoDecision | None:
    """The decision for the cases of a scenario (`DemoRun.scenario`), or None where nobody has decided yet."""
    return next((decision for decision in DECISIONS if decision.scenario == scenario), None)
