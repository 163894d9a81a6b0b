"""When a case was open: followed here, wherever one is opened or closed, in the transaction that does it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from reviews.models import Began, Case, CaseRun, EventKind, Opening, State

BEGAN = {
    EventKind.CAME_BACK: Began.CAME_BACK,
    EventKind.REOPENED: Began.REOPENED,
    EventKind.SPLIT: Began.SPLIT,
}


# The columns of a case that its openings hold as well.
LABELS = frozenset({"topic_id", "code"})


class Moved(NamedTuple):
    """A locked case that an act moved, with the state that it had before; none of a case that is new.

    `undoes` is what the act undid. `run` is the link of the run that made a case come back.
    """

    case: Case
    was: State | None
    act: EventKind
    undoes: EventKind | None = None
    run: CaseRun | None = None


def follow(moves: Iterable[Moved], *, now: datetime) -> None:
    """Keep the openings of cases that have moved, saved already: a batch of new and returned ones in one query."""
    begun = []
    for moved in moves:
        was_open = moved.was is not None and moved.was != State.CLOSED
        is_open = moved.case.state != State.CLOSED
        if was_open == is_open:
            continue
        if not is_open:
            _end(moved, now=now)
        elif moved.act != EventKind.UNDONE or not _continue(moved.case):
            begun.append(_begin(moved, now=now))
    Opening.objects.bulk_create(begun)


def relabel(case: Case) -> None:
    """Give the openings of a case the topic and the code that it has now."""
    Opening.objects.filter(case=case).update(topic=case.topic_id, code=case.code)


def _begin(moved: Moved, *, now: datetime) -> Opening:
    case = moved.case
    opening = Opening(
        case=case, pipeline_id=case.pipeline_id, topic_id=case.topic_id, code=case.code, since=now
    )
    if moved.was is None:
        opening.began, opening.since = Began.NEW, case.held_since
    elif moved.act == EventKind.CAME_BACK:
        opening.began, opening.returned_at, opening.returned_with = Began.CAME_BACK, now, moved.run
    else:
        _begin_again(opening, moved.act)
    return opening


def _begin_again(opening: Opening, act: EventKind) -> None:
    """Begin what a person began: with the runs that waited before, unless they had their ending meanwhile."""
    before = _last(opening.case)
    if before.merged_into_id and before.split_at is None:
        before.split_at = opening.since
        before.save(update_fields=["split_at"])
    returned = _returned_meanwhile(before) or before
    opening.began = BEGAN.get(act, Began.SPLIT)
    opening.returned_at, opening.returned_with_id = returned.returned_at, returned.returned_with_id


def _end(moved: Moved, *, now: datetime) -> None:
    last = Opening.objects.get(case=moved.case, until=None)
    if moved.act == EventKind.UNDONE:
        last.delete()
        if moved.undoes == EventKind.SPLIT:
            before = _last(moved.case)
            before.split_at = None
            before.save(update_fields=["split_at"])
        return
    last.until, last.resolution = max(now, last.since), moved.case.resolution
    last.merged_into_id = moved.case.merged_into_id
    last.save(update_fields=["until", "resolution", "merged_into"])


def _continue(case: Case) -> bool:
    """Take back that the case was closed.

    Not if it was merged into another that came back meanwhile: its runs had their ending with the other's.
    """
    last = _last(case)
    if _returned_meanwhile(last):
        return False
    last.until, last.resolution, last.merged_into = None, "", None
    last.save(update_fields=["until", "resolution", "merged_into"])
    return True


def _returned_meanwhile(merged: Opening) -> Opening | None:
    """Return the opening with which the case that this one was merged into came back since, if it did."""
    if not merged.merged_into_id:
        return None
    others = Opening.objects.filter(case=merged.merged_into_id, returned_at__gte=merged.until)
    return others.order_by("pk").last()


def _last(case: Case) -> Opening:
    return Opening.objects.filter(case=case).latest("pk")
