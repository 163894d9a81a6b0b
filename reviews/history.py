"""A case's history in words: what happened, when, by whom. Repeats in a row are one line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from pipelines.models import Run
from reviews.models import Case, CaseEvent, Decision, EventKind, Kind


@dataclass(slots=True)
class Line:
    """One line of the history; `times` says how many equal events in a row it stands for."""

    kind: str
    said: str
    at: datetime
    by: User | None = None
    run: Run | None = None
    text: str = ""
    times: int = 1


def history(case: Case) -> list[Line]:
    """Return the lines, oldest first."""
    return list(_folded(case.events.select_related("by", "run", "decision").order_by("at", "pk")))


def _folded(events: Iterable[CaseEvent]) -> Iterator[Line]:
    last: Line | None = None
    for event in events:
        if last and last.kind == event.kind == EventKind.REPEATED and last.by == event.by:
            last.times += 1
            last.at, last.run = event.at, event.run
            continue
        if last:
            yield last
        last = line_of(event)
    if last:
        yield last


def line_of(event: CaseEvent) -> Line:
    """Return one event as a line."""
    if event.decision:
        said, text = _said(event.decision), event.decision.reason
    else:
        said, text = event.get_kind_display(), event.text
    return Line(event.kind, said, event.at, event.by, event.run, text)


def _said(decision: Decision) -> str:
    """Return the decision in words; a reclassification also says what to."""
    said = decision.get_kind_display()
    if decision.kind != Kind.RECLASSIFY:
        return said
    return f"{said}: {decision.get_to_outcome_display()} {decision.to_code}".rstrip()
