"""One act on many cases: on exactly those that a person confirmed, at the version they saw.

Case by case, each whole or not at all, so that no lock is held for long: what changed since, is held
by somebody else or waits no more is left alone, and named with the reason. Nothing here re-issues.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pipelines.models import Topic
from reviews.access import DECIDE, require
from reviews.claim import HeldByAnother
from reviews.decide import NotComplete, held_case, settle
from reviews.label import NotAReviewer, assign, set_topic
from reviews.models import Bulk, Case, Kind, Snooze
from reviews.move import MoveNotAllowed, StaleCase
from reviews.people import name_of
from reviews.snooze import snooze

# How many cases one act takes at most.
MOST = 1000
# Above this many, the person types their number.
UNTYPED = 50
# How many are done before the page says how far it is: a few seconds' work.
AT_ONCE = 200

_SEEN = re.compile(r"(\d{1,18}):(\d{1,9})", re.ASCII)


class Act(models.TextChoices):
    """What can be done to many cases at once. Sending something once more is not among it, and never will be."""

    UPHOLD = "uphold", gettext_lazy("Uphold")
    WITHDRAW = "withdraw", gettext_lazy("Withdraw")
    ASSIGN = "assign", gettext_lazy("Hand over")
    TOPIC = "topic", gettext_lazy("Set topic")
    SNOOZE = "snooze", gettext_lazy("Snooze")


class Seen(NamedTuple):
    """A case at the version that the person saw."""

    case_id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An act with what it needs: whom to hand to (None: nobody), the topic, what a snooze waits for, the reason."""

    act: Act
    person: User | None = None
    topic: Topic | None = None
    snooze: Snooze = Snooze.DATE
    until: datetime | None = None
    more: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A case that was left alone, and why."""

    case_id: int
    why: str


class NoChange(Exception):
    """The case is so already."""


def read(pairs: Iterable[str]) -> list[Seen]:
    """Read `id:version` pairs, as many in one text as it likes, each case once.

    Raises ValueError for what is no such pair, or for more than `MOST`.
    """
    seen: dict[int, Seen] = {}
    for pair in " ".join(pairs).split():
        match = _SEEN.fullmatch(pair)
        if match is None:
            raise ValueError(_("no case and version: %(what)s") % {"what": pair[:40]})
        case_id, version = map(int, match.groups())
        seen.setdefault(case_id, Seen(case_id, version))
    if len(seen) > MOST:
        raise ValueError(_("more than %(most)s cases") % {"most": MOST})
    return list(seen.values())


def written(cases: Iterable[Seen]) -> str:
    """Return cases and versions as text that `read` reads."""
    return " ".join(f"{one.case_id}:{one.version}" for one in cases)


def begin(*, act: Act, chosen: int, by: User, now: datetime, query: str = "") -> Bulk:
    """Write down that a person acts on so many cases of a list; `query` is its filter. Raises PermissionDenied."""
    require(by, DECIDE)
    return Bulk.objects.create(act=act.value, by=by, at=now, chosen=chosen, filter=query)


def act_on(*, bulk: Bulk, deed: Deed, cases: Iterable[Seen], by: User, now: datetime) -> list[Left]:
    """Do the deed to every case that is still as it was seen; return those that were left alone.

    Raises PermissionDenied.
    """
    require(by, DECIDE)
    left = []
    for seen in cases:
        try:
            with transaction.atomic():
                _do(deed, seen, bulk=bulk, by=by, now=now)
        except Case.DoesNotExist:
            why = _("There is no case %(case)s.") % {"case": seen.case_id}
            left.append(Left(case_id=seen.case_id, why=why))
        except (StaleCase, HeldByAnother, MoveNotAllowed, NotComplete, NotAReviewer, NoChange) as refused:
            left.append(Left(case_id=seen.case_id, why=str(refused)))
    return left


def _do(deed: Deed, seen: Seen, *, bulk: Bulk, by: User, now: datetime) -> None:
    """Do the deed to one case, which must be held, at its version, and nobody else's."""
    case = held_case(case_id=seen.case_id, version=seen.version, by=by, now=now)
    pk = case.pk
    match deed.act:
        case Act.UPHOLD | Act.WITHDRAW:
            kind = Kind(deed.act.value)
            settle(case_id=pk, version=seen.version, kind=kind, reason=deed.reason, by=by, now=now, bulk=bulk)
        case Act.ASSIGN:
            _assign(case, to=deed.person, by=by, now=now, bulk=bulk)
        case Act.TOPIC:
            set_topic(case_id=pk, topic=deed.topic, by=by, now=now, bulk=bulk)
        case Act.SNOOZE:
            snooze(case_id=pk, kind=deed.snooze, until=deed.until, more=deed.more, by=by, now=now, bulk=bulk)


def _assign(case: Case, *, to: User | None, by: User, now: datetime, bulk: Bulk) -> None:
    if case.assigned_to_id == (to.pk if to else None):
        who = name_of(to) if to else _("nobody")
        raise NoChange(_("Case %(case)s is handed to %(who)s already.") % {"case": case.pk, "who": who})
    assign(case_id=case.pk, to=to, by=by, now=now, bulk=bulk)
