"""Everything that a person can do to a case, by name, and all that it can change, to be compared."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from pipelines.models import Run, Topic
from refusals import Outcome
from reviews.count import counted
from reviews.decide import reclassify, reopen, settle
from reviews.deliver import accept, turn_down
from reviews.label import assign, set_topic
from reviews.merge import merge, split
from reviews.models import Case, CaseEvent, Delivery, Kind, Snooze
from reviews.snooze import snooze
from tests.reviews.making import HOUR, to_send

Act = Callable[[Case, User, datetime], object]
# A claim is never put back, and a version never falls.
NOT_COMPARED = {"version", "claimed_by", "claimed_until"}


def _settle(kind: Kind, text: str = "") -> Act:
    return lambda case, by, now: settle(
        case_id=case.pk, version=case.version, kind=kind, reason="Seen.", text=text, by=by, now=now
    )


def _reclassify(outcome: Outcome, code: str) -> Act:
    return lambda case, by, now: reclassify(
        case_id=case.pk, version=case.version, outcome=outcome, code=code, reason="Seen.", by=by, now=now
    )


def _snooze(kind: Snooze) -> Act:
    return lambda case, by, now: snooze(
        case_id=case.pk, kind=kind, until=now + HOUR, more=3, by=by, now=now
    )  # fmt: skip


def _topic(case: Case, by: User, now: datetime) -> None:
    topic, _ = Topic.objects.get_or_create(slug="cranes", defaults={"name": "Cranes"})
    set_topic(case_id=case.pk, topic=topic, by=by, now=now)


def _merge(case: Case, by: User, now: datetime) -> object:
    other = Case.objects.filter(pipeline=case.pipeline).exclude(pk=case.pk).order_by("pk")[0]
    return merge(case_id=case.pk, version=case.version, into=other.pk, by=by, now=now)


# By what the case has to be for it.
OF_HELD: dict[str, Act] = {
    "uphold": _settle(Kind.UPHOLD),
    "by hand": _settle(Kind.BY_HAND),
    "by hand with a text": _settle(Kind.BY_HAND, "By hand."),
    "withdraw": _settle(Kind.WITHDRAW),
    "another code": _reclassify(Outcome.DECLINED, "PII"),
    "the same code": _reclassify(Outcome.DECLINED, "CYBER"),
    "no decline": _reclassify(Outcome.OK, ""),
    "degraded": _reclassify(Outcome.DEGRADED, "TRUNCATED"),
    "re-issue": lambda case, by, now: to_send(case, by=by, now=now),
    "snooze until a date": _snooze(Snooze.DATE),
    "snooze until it grows": _snooze(Snooze.GROWTH),
    "snooze until another model": _snooze(Snooze.MODEL),
    "merge": _merge,
}
OF_ANSWERED: dict[str, Act] = {
    "accept": lambda case, by, now: accept(case_id=case.pk, version=case.version, by=by, now=now),
    "turn down": lambda case, by, now: turn_down(
        case_id=case.pk, version=case.version, reason="Too short.", by=by, now=now
    ),
}
OF_CLOSED: dict[str, Act] = {
    "reopen": lambda case, by, now: reopen(
        case_id=case.pk, version=case.version, reason="Looked again.", by=by, now=now
    ),
}
OF_MERGED: dict[str, Act] = {"split": lambda case, by, now: split(case_id=case.pk, by=by, now=now)}
OF_ANY: dict[str, Act] = {
    "assign": lambda case, by, now: assign(case_id=case.pk, to=by, by=by, now=now),
    "hand to nobody": lambda case, by, now: assign(case_id=case.pk, to=None, by=by, now=now),
    "topic": _topic,
    "no topic": lambda case, by, now: set_topic(case_id=case.pk, topic=None, by=by, now=now),
}
ACTS = OF_HELD | OF_ANSWERED | OF_CLOSED | OF_MERGED | OF_ANY


def act(name: str, case: Case, by: User, now: datetime) -> CaseEvent:
    """Do it to the case as it stands now, and return the line of history that it left."""
    ACTS[name](Case.objects.get(pk=case.pk), by, now)
    return CaseEvent.objects.filter(case=case, by=by).latest("pk")


def standing() -> dict[str, Any]:
    """Return all that an act can change and undoing has to put back: cases, runs, deliverables, counts."""
    columns = [field.name for field in Case._meta.concrete_fields if field.name not in NOT_COMPARED]
    return {
        "cases": list(Case.objects.order_by("pk").values(*columns)),
        "runs": list(Run.objects.order_by("pk").values("pk", "corrected_outcome", "corrected_code", "topic")),
        "delivered": set(Delivery.objects.filter(taken_back_at=None).values_list("pk", flat=True)),
        "counts": counted(),
    }
