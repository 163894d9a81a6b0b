"""How the same prompt ended before, week by week and model by model: a firm rule, or noise.

It is evidence for a person. That something was answered once is no reason to send it again.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from pipelines.models import Origin, Run
from refusals import Outcome
from reviews.models import Case

# How many of the prompt's latest runs are read.
READ = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The endings of one week and model. `week` is its Monday; `model` is empty where none is known."""

    week: date
    model: str
    endings: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """The rows, the latest week first. `more`: the prompt has more runs than were read."""

    rows: list[Row]
    more: bool

    @property
    def endings(self) -> Counter[str]:
        """How many runs ended how."""
        return sum((row.endings for row in self.rows), Counter())

    @property
    def read(self) -> int:
        """How many runs the rows count."""
        return self.endings.total()

    @property
    def answered(self) -> int:
        """How many of `asked` were answered."""
        return self.endings[Outcome.OK.value]

    @property
    def asked(self) -> int:
        """How many runs a model or guard had its say in: infrastructure errors tell nothing of the prompt."""
        return self.read - self.endings[Outcome.INFRA_ERROR.value]


def flips(case: Case) -> Flips:
    """Return how the pipeline's own final runs of this task and prompt ended; corrections count."""
    own = Run.objects.filter(pipeline=case.pipeline_id, case_key=case.key)
    counted = own.filter(origin=Origin.PIPELINE, final=True).order_by("-pk")
    columns = ("week", "serving_model", "requested_model", "outcome", "corrected_outcome")
    found = list(counted.values_list(*columns)[: READ + 1])
    by_row: dict[tuple[date, str], Counter[str]] = {}
    for week, serving, requested, outcome, corrected in found[:READ]:
        by_row.setdefault((week, serving or requested), Counter())[corrected or outcome] += 1
    rows = [Row(week=week, model=model, endings=endings) for (week, model), endings in by_row.items()]
    rows.sort(key=lambda row: row.model)
    rows.sort(key=lambda row: row.week, reverse=True)
    return Flips(rows=rows, more=len(found) > READ)
