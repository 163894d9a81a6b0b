"""Who hears of an alert, and when: the owner of its pipeline, every lead, and the chats that want its kind."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews.access import LEAD, able
from reviews.models import AlertChoice, AlertHook, AlertKind, When


def default(kind: AlertKind, *, lead: bool) -> When:
    """Return when somebody is told who has chosen nothing: chosen codes to leads at once, all else once a day."""
    return When.AT_ONCE if lead and kind == AlertKind.CODE else When.DIGEST


def choices_of(person: User) -> dict[AlertKind, When]:
    """Return when a person is told of each kind of alert."""
    mine = AlertChoice.objects.filter(person=person).values_list("kind", "when")
    chosen = {AlertKind(kind): When(when) for kind, when in mine}
    lead = person.has_perm(LEAD)
    return {kind: chosen.get(kind) or default(kind, lead=lead) for kind in AlertKind}


def choose(*, person: User, choices: dict[AlertKind, When]) -> None:
    """Keep a person's own choices, those of the default included: what they saw is what they get."""
    for kind, when in choices.items():
        AlertChoice.objects.update_or_create(person=person, kind=kind, defaults={"when": when})


def hearers(kind: AlertKind, pipeline: Pipeline) -> list[tuple[User, When]]:
    """Return the people an alert concerns, who want to hear of it and can: the owner and the leads."""
    leads = {person.pk: person for person in able(LEAD)}
    concerned = dict(leads)
    if pipeline.owner and pipeline.owner.is_active:
        concerned.setdefault(pipeline.owner.pk, pipeline.owner)
    chosen = {
        choice.person_id: When(choice.when)
        for choice in AlertChoice.objects.filter(kind=kind, person__in=concerned)
    }
    found = [
        (person, chosen.get(pk) or default(kind, lead=pk in leads))
        for pk, person in sorted(concerned.items())
        if person.email
    ]
    return [(person, when) for person, when in found if when != When.NEVER]


def chats(kind: AlertKind, pipeline: Pipeline) -> list[AlertHook]:
    """Return the chats that hear of this kind of alert about this pipeline."""
    hooks = AlertHook.objects.filter(disabled_at=None).order_by("pk")
    return [hook for hook in hooks if kind in hook.kinds and hook.pipeline_id in (None, pipeline.pk)]


def next_digest(*, after: datetime) -> tuple[date, datetime]:
    """Return the day and the moment of the first digest after a moment, in the site's time zone."""
    day = timezone.localdate(after)
    moment = _digest_of(day)
    if moment <= after:
        day += timedelta(days=1)
        moment = _digest_of(day)
    return day, moment


def _digest_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(settings.ALERT_DIGEST_HOUR)))
