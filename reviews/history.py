"""A case's history in words: what happened, when, by whom. Runs of the same kind in a row are one line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User

from pipelines.models import Run
from reviews.models import Case, CaseEvent, EventKind


@dataclass(slots=True)
class Line:
    """One line of the history; `times` says how many equal events in a row it stands for."""

    kind: str
    said: str
    at: datetime
    by: User | None = None
    run: Run | None = None
    text: str = ""
    times: int = field(default=1)


def history(case: Case) -> list[Line]:
    """Return the lines, oldest first."""
    return list(_folded(case.events.select_related("by", "run").order_by("at", "pk")))


def _folded(events: Iterable[CaseEvent]) -> Iterator[Line]:
    last: Line | None = None
    for event in events:
        if last and last.kind == event.kind == EventKind.REPEATED:
            last.times += 1
            last.at, last.run = event.at, event.run
            continue
        if last:
            yield last
        last = Line(event.kind, event.get_kind_display(), event.at, event.by, event.run, event.text)
    if last:
        yield last
