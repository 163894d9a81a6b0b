"""A case's history in words: what happened, when, by whom. What repeats in a row is one line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case as DbCase
from django.db.models import Expression, F, Q, Value, When, Window
from django.db.models.functions import Coalesce, Lag, Lead, RowNumber

from pipelines.models import Run, Topic
from reviews.models import Case, CaseEvent, EventKind, Mention
from reviews.note import MENTION
from reviews.people import name_of
from reviews.saying import SAYINGS, Names, other_case, said

# Several of these in a row, by one person, are one line.
FOLDS = (EventKind.REPEATED, EventKind.CLAIMED)


@dataclass(slots=True)
class Line:
    """One line of the history; `times` says how many equal events in a row it stands for.

    `undone`: it was taken back later. `other` is the case that it speaks of. `bulk` is how many cases
    one act was for. `named` are the people whom a note reached.
    """

    kind: str
    said: str
    at: datetime
    by: User | None = None
    run: Run | None = None
    text: str = ""
    times: int = 1
    undone: bool = False
    other: int | None = None
    bulk: int = 0
    named: frozenset[str] = field(default_factory=frozenset)

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is the name of somebody whom it reached."""
        pieces, end = [], 0
        for found in MENTION.finditer(self.text):
            if found[1] in self.named:
                pieces += [(self.text[end : found.start()], False), (found[0], True)]
                end = found.end()
        return [piece for piece in [*pieces, (self.text[end:], False)] if piece[0]]


def history(case: Case) -> list[Line]:
    """Return the lines, oldest first. A job that repeats until morning makes thousands of events of one line."""
    return list(_folded(_ends_of_lines(case)))


def _ends_of_lines(case: Case) -> list[Any]:
    """Return the first and the last event of every line, in order, each with its `place` among all of the case."""
    nobody = Value(0)
    somebody = Coalesce("by_id", nobody)
    events = case.events.annotate(
        who=somebody,
        place=_in_order(RowNumber()),
        kind_before=_in_order(Lag("kind", default=Value(""))),
        kind_after=_in_order(Lead("kind", default=Value(""))),
        who_before=_in_order(Lag(somebody, default=nobody)),
        who_after=_in_order(Lead(somebody, default=nobody)),
    ).annotate(
        begins=_unless(kind__in=FOLDS, kind_before=F("kind"), who_before=F("who")),
        ends=_unless(kind__in=FOLDS, kind_after=F("kind"), who_after=F("who")),
    )
    fetched = events.select_related("by", "run", "decision", "bulk", "undoes__decision")
    return list(fetched.filter(Q(begins=True) | Q(ends=True)).order_by("at", "pk"))


def _in_order(of: Expression) -> Window:
    return Window(of, order_by=["at", "pk"])


def _unless(**same: Any) -> DbCase:
    return DbCase(When(**same, then=Value(False)), default=Value(True))


def _folded(ends: list[Any]) -> Iterator[Line]:
    names, reached = _names(ends), _reached(ends)
    undone = {event.undoes_id for event in ends if event.undoes_id}
    line, first = None, 0
    for event in ends:
        if event.begins:
            line, first = _line(event, names), event.place
            line.undone = event.pk in undone
            line.named = frozenset(reached.get(event.pk, ()))
        if line and event.ends:
            line.times = event.place - first + 1
            line.at, line.run = event.at, event.run
            yield line


def line_of(event: CaseEvent) -> Line:
    """Return one event as a line."""
    return _line(event, _names([event]))


def _line(event: CaseEvent, names: Names) -> Line:
    text = event.decision.reason if event.decision else event.text
    if event.kind in SAYINGS:  # the text is part of what is said
        text = ""
    return Line(
        event.kind,
        said(event, names),
        event.at,
        event.by,
        event.run,
        text,
        other=other_case(event),
        bulk=event.bulk.chosen if event.bulk else 0,
    )


def _names(events: Iterable[CaseEvent]) -> Names:
    """Return the names of the topics and people of before; most histories have none, and no query."""
    people, topics = set(), set()
    for event in events:
        people.update(event.changes.get("assigned_to_id", [])[:1])
        topics.update(event.changes.get("topic_id", [])[:1])
    people.discard(None)
    topics.discard(None)
    return Names(
        people={one.pk: name_of(one) for one in User.objects.filter(pk__in=people)},
        topics=dict(Topic.objects.filter(pk__in=topics).values_list("pk", "name")),
    )


def _reached(events: Iterable[CaseEvent]) -> dict[int, list[str]]:
    """Return whom each note reached, by their user names."""
    noted = [event.pk for event in events if event.kind == EventKind.NOTED]
    reached: dict[int, list[str]] = {}
    mentions = Mention.objects.filter(event__in=noted)
    for pk, name in mentions.values_list("event_id", "person__username"):
        reached.setdefault(pk, []).append(name)
    return reached
