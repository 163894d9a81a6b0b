"""The brakes on re-issuing: what a person is told before they type, and held to when they send.

They count since the case last came back. What was taken back, or turned down by a second person, never
left and counts for nothing. What no model answered, for a technical reason, uses up no re-issue; the case rests
after it all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from refusals import Outcome
from reviews.guidance import guidance_for
from reviews.models import Case, EventKind, Reissue, Sending
from reviews.models.reissue import GIVEN_UP

# After as many contexts that were declined again, another one is no help.
FAILED_CONTEXTS = 2


class Braked(Exception):
    """A brake holds; `field` names it, the message says until when or what remains to be done."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Standing:
    """How the brakes of a case stand at a moment.

    `used` of `limit` re-issues are used; `unanswered` are not among them, for no model answered them. `next_at` is
    when the next may be sent, if not yet; `failed` contexts were declined again; `proposed` is the one that waits
    for a second person; `needs_second` says that the next one would wait, too.
    """

    limit: int
    used: int
    unanswered: int
    failed: int
    next_at: datetime | None
    proposed: Reissue | None
    needs_second: bool

    @property
    def left(self) -> int:
        """How many re-issues are left."""
        return max(0, self.limit - self.used)

    @property
    def stopped(self) -> Braked | None:
        """The brake that holds for good, until the case comes back; None while another re-issue is possible."""
        if self.failed >= FAILED_CONTEXTS:
            why = _(
                "Stopped: %(n)s contexts failed. A further one would be arguing. Uphold, handle it by hand, or "
                "settle it in another way."
            )
            return Braked("failed", why % {"n": self.failed})
        if not self.left:
            why = ngettext(
                "Stopped: the one re-issue of this case is used.",
                "Stopped: all %(n)s re-issues of this case are used.",
                self.limit,
            )
            return Braked("limit", why % {"n": self.limit})
        return None

    @property
    def holds(self) -> Braked | None:
        """The brake that holds now; None where a re-issue may be sent."""
        if self.proposed:
            why = _("Re-issue %(number)s waits for a second person: it is settled first.")
            return Braked("proposed", why % {"number": self.proposed.number})
        if self.stopped:
            return self.stopped
        if self.next_at:
            why = _("The case rests after a re-issue: the next is possible at %(at)s.")
            return Braked("cooldown", why % {"at": _clock(self.next_at)})
        return None


def standing(case: Case, *, now: datetime) -> Standing:
    """Return how the brakes of a case stand."""
    left = since_it_came_back(case).exclude(state__in=GIVEN_UP)
    counted = list(left.select_related("run").order_by("number"))
    unanswered = sum(_is_unanswered(one) for one in counted)
    rested = timedelta(seconds=settings.REISSUE_COOLDOWN_SECONDS)
    next_at = max((one.approved_at or one.created_at for one in counted), default=None)
    next_at = next_at + rested if next_at else None
    return Standing(
        limit=settings.REISSUE_LIMIT,
        used=len(counted) - unanswered,
        unanswered=unanswered,
        failed=sum(one.state == Sending.DECLINED for one in counted),
        next_at=next_at if next_at and next_at > now else None,
        proposed=next((one for one in counted if one.state == Sending.PROPOSED), None),
        needs_second=is_sensitive(case),
    )


def _is_unanswered(one: Reissue) -> bool:
    """Whether no model answered it, as far as anybody knows: of an unknown fate it may have."""
    return one.run is not None and one.run.outcome == Outcome.INFRA_ERROR.value


def check(case: Case, *, now: datetime) -> Standing:
    """Raise Braked where a brake of a locked case holds; else return how they stand."""
    stands = standing(case, now=now)
    if stands.holds:
        raise stands.holds
    return stands


def since_it_came_back(case: Case) -> QuerySet[Reissue]:
    """Return the re-issues of a case since it last came back. Reopened by hand, it goes on where it was."""
    sendings = case.reissues.all()
    came_back = case.events.filter(kind=EventKind.CAME_BACK).order_by("pk").last()
    return sendings.filter(decision__event__pk__gt=came_back.pk) if came_back else sendings


def is_sensitive(case: Case) -> bool:
    """Whether a second person has to see a re-issue.

    Every code that the case had counts: reclassifying it, or a milder one the second time, takes nobody away.
    """
    codes = {case.code, case.first_run.code}
    codes |= set(case.reissues.filter(run__isnull=False).values_list("run__code", flat=True))
    codes |= set(case.decisions.exclude(to_code="").values_list("to_code", flat=True))
    return any(guidance_for(code).sensitive for code in codes if code)


def _clock(at: datetime) -> str:
    return time_format(timezone.localtime(at), "H:i:s")
