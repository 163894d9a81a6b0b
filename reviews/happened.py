"""What happened to cases in a stretch of days: what stands behind the numbers of what people did and what waited.

It is the mirror of `reviews.reports.backlog`, `blocked` and `settled`, which count: they have to agree.
"""

from datetime import date
from typing import Protocol

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from reviews.models import Began, Delivery, Kind, Opening, Reissue, Resolution
from reviews.reports.scope import EVERYTHING
from reviews.reports.settled import ENDINGS, decided
from reviews.reports.span import Span
from reviews.reports.weeks import DAY, EARLIEST, LATEST, begins

# What the address calls it: alone, or with how, as in "decided-uphold".
OPEN, WAITED, OPENED, CLOSED = "open", "waited", "opened", "closed"
DECIDED, TIMED, REISSUED, DELIVERED = "decided", "timed", "reissued", "delivered"
# In which of the ways a case was opened again by hand.
BY_HAND = (Began.REOPENED, Began.SPLIT)


class Happened(Protocol):
    """What happened to the counted, as the queue's filter says it; days are the site's, both included."""

    @property
    def happened(self) -> str: ...
    @property
    def happened_from(self) -> str: ...
    @property
    def happened_until(self) -> str: ...


def words() -> dict[str, str | Promise]:
    """Return everything that can be asked for, and how a person reads it."""
    return {
        OPEN: _("open at the end"),
        WAITED: _("open at some time"),
        OPENED: _("began to wait"),
        f"{OPENED}-{Began.NEW}": _("began to wait: new"),
        f"{OPENED}-{Began.CAME_BACK}": _("began to wait: came back"),
        f"{OPENED}-{Began.REOPENED}": _("began to wait: held again by hand"),
        CLOSED: _("closed"),
        **{f"{CLOSED}-{one.value}": format_lazy("{}: {}", _("closed"), one.label) for one in Resolution},
        DECIDED: _("decided"),
        **{f"{DECIDED}-{one.value}": format_lazy("{}: {}", _("decided"), one.label) for one in Kind},
        TIMED: _("decided after a known time"),
        **{
            f"{TIMED}-{one.value}": format_lazy("{}: {}", _("decided after a known time"), one.label)
            for one in Kind
        },
        **{
            f"{REISSUED}-{one.value}": format_lazy("{}: {}", _("a re-issue ended"), one.label)
            for one in ENDINGS
        },
        DELIVERED: _("an answer was delivered"),
    }


def cases_to_which(asked: Happened) -> Q:
    """Return what holds for the cases to which this happened; everything where nothing is asked for."""
    if not asked.happened:
        return Q()
    first = date.fromisoformat(asked.happened_from) if asked.happened_from else EARLIEST
    last = date.fromisoformat(asked.happened_until) if asked.happened_until else LATEST
    end = begins(last + DAY)
    what, _dash, how = asked.happened.partition("-")
    return Q(pk__in=_rows(what, how, Span((begins(first),), until=end, end=end)).values("case"))


def _rows(what: str, how: str, days: Span) -> QuerySet[Model]:
    if what == OPEN:
        return Opening.objects.filter(Q(until=None) | Q(until__gte=days.end), since__lt=days.end)
    if what == WAITED:
        return Opening.objects.filter(days.open())
    if what == OPENED:
        began = BY_HAND if how == Began.REOPENED else [how]
        return Opening.objects.filter(days.holds("since"), Q(began__in=began) if how else Q())
    if what == CLOSED:
        return Opening.objects.filter(days.holds("until"), Q(resolution=how) if how else Q())
    if what in (DECIDED, TIMED):
        known = Q(held_since__isnull=False) if what == TIMED else Q()
        return decided(days, scope=EVERYTHING).filter(known, Q(kind=how) if how else Q())
    if what == REISSUED:
        return Reissue.objects.filter(days.holds("finished_at"), state=how)
    return Delivery.objects.filter(days.holds("at"), taken_back_at=None)
