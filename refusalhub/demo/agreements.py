"""Put what the demo's people agreed on into a database, by the product's own steps, each at its time."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from refusalhub.demo.agreed import CHANGES, MEETINGS, DemoAction, DemoChange
from reviews import meeting, standing_changes, taken_on
from reviews.models import Action, ActionState, ChangeState, StandingChange
from reviews.reports.weeks import WEEK, begins, current_week

Step = Callable[[datetime], None]


def agreements(
    people: dict[str, User], pipelines: dict[str, Pipeline], *, now: datetime
) -> Iterator[tuple[datetime, Step]]:
    """Yield the changes at the source and the meetings: when, and what is done then."""
    for change in CHANGES:
        yield now - change.suggested, partial(_suggest, change, people, pipelines, now=now)
        if change.done is not None:
            yield now - change.done, partial(_have_changed, change)
    for past in MEETINGS:
        # The last but one and the one before: the last week's is left for whoever looks at the demo.
        week = current_week(now=now) - (past.weeks + 1) * WEEK
        held = begins(week + WEEK) + timedelta(hours=10)
        for action in past.actions:
            yield held, partial(_take_on, action, week, people, by=people[past.held_by])
            if action.done is not None:
                yield held + action.done, partial(_have_done, action, week)
        yield held + timedelta(minutes=30), partial(_close, week, by=people[past.held_by])


def _suggest(
    change: DemoChange,
    people: dict[str, User],
    pipelines: dict[str, Pipeline],
    at: datetime,
    *,
    now: datetime,
) -> None:
    pipeline = pipelines[change.pipeline]
    standing_changes.suggest(
        pipeline=pipeline,
        title=change.title,
        words=change.words,
        code=change.code,
        owner=pipeline.owner or people[change.suggested_by],
        due=timezone.localdate(now - change.due),
        by=people[change.suggested_by],
        now=at,
    )


def _have_changed(change: DemoChange, at: datetime) -> None:
    made = StandingChange.objects.select_related("owner").get(title=change.title)
    standing_changes.settle(
        change_id=made.pk,
        version=made.version,
        state=ChangeState.DONE,
        done_on=timezone.localdate(at),
        by=made.owner,
        now=at,
    )


def _take_on(action: DemoAction, week: date, people: dict[str, User], at: datetime, *, by: User) -> None:
    taken_on.take_on(
        week=week,
        line=action.line,
        label=action.label,
        note=action.note,
        owner=people[action.owner],
        due=timezone.localdate(at + action.due),
        by=by,
        now=at,
    )


def _have_done(action: DemoAction, week: date, at: datetime) -> None:
    taken = Action.objects.select_related("owner").get(week=week, line=action.line)
    taken_on.settle(action_id=taken.pk, state=ActionState.DONE, by=taken.owner, now=at)


def _close(week: date, at: datetime, *, by: User) -> None:
    meeting.close(week=week, by=by, now=at)
