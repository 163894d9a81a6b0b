"""What people take on at a meeting: an owner, a date and a note for a line of it, and what came of that."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from pipelines.models import Pipeline
from pipelines.models.run import week_of
from reviews import standing_changes
from reviews.access import DECIDE, SEE_NUMBERS, require
from reviews.models import Action, ActionEvent, ActionState, MeetingRecord, Pattern, StandingChange
from reviews.move import KEPT
from reviews.reports.moved import JUDGED_AFTER, Moved, Subject, moved
from reviews.reports.scope import NONE_NAMED
from reviews.reports.weeks import WEEK, begins, week_name
from reviews.undo import NotUndoable

# How many actions of before a meeting looks at.
MOST = 50
# The actions that have a `Subject`, once they are done.
ABOUT_A_RATE = Q(line__startswith="mover/") | Q(line__startswith="pattern/") | Q(change__isnull=False)
# First in the number of a lock that a meeting holds in the database; the second is its week.
MEETING_LOCK = 7


class MeetingClosed(Exception):
    """The meeting is closed: its record stays as it is."""


class NotTaken(ValueError):
    """An action lacks something; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadySettled(Exception):
    """Somebody settled the action before."""


@transaction.atomic
def take_on(
    *, week: date, line: str, label: str, note: str, owner: User, due: date, by: User, now: datetime
) -> Action:
    """Give a line of a meeting an owner and a date. Raises MeetingClosed and NotTaken."""
    require(by, DECIDE)
    one_at_a_time(week)
    still_open(week)
    _sound(note, owner)
    return Action.objects.create(
        week=week,
        line=line,
        label=label,
        note=note.strip(),
        owner=owner,
        due=due,
        change=_change_of(line),
        created_by=by,
        created_at=now,
    )


@transaction.atomic
def correct(*, action_id: int, note: str, owner: User, due: date, by: User, now: datetime) -> Action:
    """Say anew who does what until when, while the action and its meeting are open: its owner may, and who decides.

    Raises PermissionDenied, MeetingClosed, AlreadySettled and NotTaken.
    """
    week = Action.objects.values_list("week", flat=True).get(pk=action_id)
    one_at_a_time(week)
    action = _locked(action_id, by=by)
    still_open(week)
    _unsettled(action)
    _sound(note, owner)
    return _stored(action, {"note": note.strip(), "owner": owner, "due": due}, by=by, now=now)


@transaction.atomic
def settle(*, action_id: int, state: ActionState, by: User, now: datetime) -> Action:
    """Say that an action is done or dropped: its owner may, and whoever settles cases. Raises AlreadySettled."""
    if state == ActionState.OPEN:
        raise ValueError("an action is open until it is settled")
    action = _locked(action_id, by=by)
    _unsettled(action)
    return _stored(action, {"state": state.value, "settled_by": by, "settled_at": now}, by=by, now=now)


@transaction.atomic
def reopen(*, action_id: int, by: User, now: datetime) -> Action:
    """Take one's own settling of an action back, within the time for acts that leave no building.

    Raises PermissionDenied and NotUndoable.
    """
    action = _locked(action_id, by=by)
    if action.settled_at is None or action.settled_by_id != by.pk:
        raise NotUndoable(_("“%(note)s” is not yours to open again.") % {"note": action.note})
    if now >= action.settled_at + KEPT:
        raise NotUndoable(_("“%(note)s”: the time to open it again is over.") % {"note": action.note})
    to = {"state": ActionState.OPEN.value, "settled_by": None, "settled_at": None}
    return _stored(action, to, by=by, now=now)


def may_settle(action: Action, by: User) -> bool:
    """Whether a person may settle and correct an action: its owner, and whoever settles cases."""
    return action.owner_id == by.pk or by.has_perm(DECIDE)


def correctable(action: Action, by: User) -> bool:
    """Whether a person can correct an action now: it and its meeting are open."""
    if action.state != ActionState.OPEN or not may_settle(action, by):
        return False
    return not MeetingRecord.objects.filter(week=action.week).exists()


def reopenable(*, by: User, now: datetime) -> list[Action]:
    """Return what the person settled and can still open again, the latest first."""
    settled = Action.objects.filter(settled_by=by, settled_at__gt=now - KEPT)
    return list(settled.select_related("owner").order_by("-settled_at", "-pk"))


def still_open(week: date) -> None:
    """Raise MeetingClosed unless the meeting about a week is open."""
    if MeetingRecord.objects.filter(week=week).exists():
        raise MeetingClosed(_("The meeting about %(week)s is closed.") % {"week": week_name(week)})


def _locked(action_id: int, *, by: User) -> Action:
    action = Action.objects.select_for_update(of=("self",)).select_related("owner").get(pk=action_id)
    if not may_settle(action, by):
        raise PermissionDenied("needs its owner, or the right to decide")
    return action


def _unsettled(action: Action) -> None:
    if action.state != ActionState.OPEN:
        raise AlreadySettled(_("It is %(state)s already.") % {"state": action.get_state_display()})


def _sound(note: str, owner: User) -> None:
    if not note.strip():
        raise NotTaken("note", _("Say what is to be done."))
    if not (owner.is_active and owner.has_perm(SEE_NUMBERS)):
        raise NotTaken("owner", _("%(who)s cannot see the meeting.") % {"who": owner.username})


def _stored(action: Action, to: dict[str, Any], *, by: User, now: datetime) -> Action:
    """Store what is new, and the line of history that says so; nothing where nothing is."""
    new = {name: value for name, value in to.items() if getattr(action, name) != value}
    if not new:
        return action
    changes = {name: [_plain(getattr(action, name)), _plain(value)] for name, value in new.items()}
    for name, value in new.items():
        setattr(action, name, value)
    action.save(update_fields=list(new))
    ActionEvent.objects.create(action=action, at=now, by=by, state=action.state, changes=changes)
    return action


def _plain(value: Any) -> Any:
    """Return a field's value as the history holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return value.get_username() if isinstance(value, User) else value


def of_meeting(week: date) -> list[Action]:
    """Return what was taken on at the meeting about a week."""
    return list(Action.objects.filter(week=week).select_related("owner").order_by("due", "pk"))


def tried(week: date, *, now: datetime) -> list[tuple[Action, Moved | None]]:
    """Return what was taken on at meetings before, and whether a rate moved since; `MOST` of it at most.

    What was taken on at the last one, is open, or was settled since the last one; and what is done and about
    a rate, for `JUDGED_AFTER`. What was settled since and what is overdue come first. Only what is done, and is
    about a change at the source or a pipeline's declines of a code, has a rate.
    """
    since = _meeting_before(week)
    lately = Q(settled_at__gte=since)
    judged = ABOUT_A_RATE & Q(state=ActionState.DONE, settled_at__gte=begins(week - JUDGED_AFTER))
    shown = Q(week=week - WEEK) | Q(state=ActionState.OPEN) | lately | judged
    overdue = Q(state=ActionState.OPEN, due__lt=timezone.localdate(now))
    places = [When(wanted, Value(place)) for place, wanted in enumerate((lately, overdue, judged))]
    before = Action.objects.filter(shown, week__lt=week).select_related("owner", "change__topic")
    actions = list(before.order_by(Case(*places, default=Value(len(places))), "due", "pk")[:MOST])
    subjects = _subjects(actions)
    rates = dict(zip(subjects, moved(list(subjects.values()), now=now), strict=True))
    return [(action, rates.get(action.pk)) for action in actions]


def _meeting_before(week: date) -> datetime:
    """Return since when things are new to the meeting about a week: since the one before was closed.

    Since the week began at the latest, which is also what it is where no meeting of late was closed.
    """
    of_late = MeetingRecord.objects.filter(week__lt=week, week__gte=week - JUDGED_AFTER)
    closed = of_late.order_by("week").values_list("closed_at", flat=True).last()
    return min(begins(week), closed) if closed else begins(week)


def one_at_a_time(week: date) -> None:
    """Wait until nobody else takes on a line of this meeting, or closes it, until the transaction ends.

    SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MEETING_LOCK, week.toordinal()])


def _subjects(actions: Sequence[Action]) -> dict[int, Subject]:
    """Return what is asked of the actions that are done, by their keys."""
    pipelines = dict(Pipeline.objects.filter(slug__in=_named("mover", actions)).values_list("slug", "pk"))
    patterns = Pattern.objects.in_bulk([int(pk) for pk in _named("pattern", actions)])
    found: dict[int, Subject] = {}
    for action in actions:
        subject = _of_line(action, pipelines, patterns)
        if action.change is not None:
            subject = standing_changes.subject_of(action.change)
        if subject:
            found[action.pk] = subject
    return found


def _named(kind: str, actions: Sequence[Action]) -> set[str]:
    """Return what the lines of a kind name first: a pipeline, or a key."""
    lines = [action.line.split("/") for action in actions]
    return {line[1] for line in lines if line[0] == kind}


def _of_line(action: Action, pipelines: dict[str, int], patterns: dict[int, Pattern]) -> Subject | None:
    """Return the declines that the line of a done action is about; None where it is about something else."""
    if action.state != ActionState.DONE or action.settled_at is None:
        return None
    done = week_of(timezone.localtime(action.settled_at))
    kind, *names = action.line.split("/")
    if kind == "mover" and names[0] in pipelines:
        return Subject(pipelines[names[0]], done, names[1])
    if kind == "pattern" and (pattern := patterns.get(int(names[0]))):
        # The counts of runs name the model that was asked, which may be another name of the one that declined.
        return Subject(pattern.pipeline_id, done, pattern.code, pattern.topic or NONE_NAMED)
    return None


def _change_of(line: str) -> StandingChange | None:
    kind, _slash, key = line.partition("/")
    return StandingChange.objects.get(pk=int(key)) if kind == "change" else None
