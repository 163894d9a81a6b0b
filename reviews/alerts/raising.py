"""Raising alerts, in the transaction of what caused them: the alert, and a row of the outbox for all who hear."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pipelines.models import DeclineEvent, Origin, Pipeline, Run
from pipelines.models.run import week_of
from reviews.alerts.hearing import chats, hearers, next_digest
from reviews.models import (
    Alert,
    AlertHook,
    AlertKind,
    AlertLine,
    AlertMessage,
    Life,
    PatternEvent,
    Posting,
    Turn,
    When,
)
from reviews.patterns.facts import Comparison

# The same again within this is counted, and told once more at its end.
FOLDS = timedelta(hours=1)
# A run that comes later than this after it happened (an import of last year's) alarms nobody.
FRESH = timedelta(days=7)
# The next tries follow a failed one after so many seconds, some three days in all.
RETRIES = (30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 36 * 3600)

_OF_A_TURN = {
    Life.NEW: AlertKind.NEW,
    Life.ESCALATING: AlertKind.ESCALATING,
    Life.REGRESSED: AlertKind.REGRESSED,
}


def raise_codes(*, runs: Sequence[Run], now: datetime) -> None:
    """Raise alerts for declines under the codes that are told at once, hidden ones included.

    Of the pipelines' own runs: who re-issues sees for themselves what comes of it.
    """
    fresh = {
        run.pk: run
        for run in runs
        if run.code and run.origin == Origin.PIPELINE and run.happened_at > now - FRESH
    }
    if not fresh or not settings.ALERT_CODES:
        return
    counted: Counter[tuple[int, str, str, str]] = Counter()
    for decline in DeclineEvent.objects.filter(run__in=fresh, code__in=settings.ALERT_CODES):
        run = fresh[decline.run_id]
        topic = run.topic.slug if run.topic else ""
        counted[run.pipeline_id, decline.code, topic, decline.model or run.requested_model] += 1
    raised, week = [], week_of(timezone.localtime(now))
    for (pipeline_id, code, topic, model), count in sorted(counted.items()):
        alert = Alert(
            kind=AlertKind.CODE, pipeline_id=pipeline_id, code=code, topic=topic, model=model,
            week=week, count=count,
        )  # fmt: skip
        if not _folded(alert, now=now):
            raised.append(alert)
    _raise(raised, now=now)


def raise_evaluated(
    *, events: Iterable[PatternEvent], degraded: Mapping[int, Sequence[Comparison]], now: datetime
) -> None:
    """Raise alerts for what an evaluation found: what became of patterns, and pipelines that degrade.

    `degraded` holds, for each pipeline, the weeks that are judged, each with its degraded runs of all runs that
    were judged, beside those of the weeks before it.
    """
    _raise([*_of_turns(events), *_of_degraded(degraded)], now=now)


def _of_turns(events: Iterable[PatternEvent]) -> Iterator[Alert]:
    """Yield alerts for patterns that are new, escalate or came back, unless a person made them quiet."""
    for event in events:
        kind = AlertKind.ESCALATING if event.kind == Turn.GREW else _OF_A_TURN.get(Life(event.to_state))
        pattern = event.pattern
        if kind is None or event.kind == Turn.REVISED or pattern.hushed_at:
            continue
        yield Alert(
            kind=kind,
            pipeline_id=pattern.pipeline_id,
            code=pattern.code,
            topic=pattern.topic,
            model=pattern.model,
            event=event,
            week=event.week,
            declines=event.declines,
            runs=None if event.by_time else event.exposure,
            expected=event.expected,
        )


def _of_degraded(degraded: Mapping[int, Sequence[Comparison]]) -> Iterator[Alert]:
    """Yield alerts for pipelines that degrade, by the test of escalations: at most one for each of their weeks."""
    weeks = {counts.week for judged in degraded.values() for counts in judged}
    told = Alert.objects.filter(kind=AlertKind.DEGRADED, week__in=weeks)
    known = set(told.values_list("pipeline_id", "week"))
    for pipeline_id, judged in sorted(degraded.items()):
        for counts in judged:
            verdict = counts.verdict
            if verdict and verdict.escalates and (pipeline_id, counts.week) not in known:
                yield Alert(
                    kind=AlertKind.DEGRADED,
                    pipeline_id=pipeline_id,
                    week=counts.week,
                    declines=counts.now.declines,
                    runs=counts.now.exposure,
                    expected=verdict.expected,
                )


def _folded(alert: Alert, *, now: datetime) -> bool:
    """Count the alert into the same one of the last hour, and return whether there was one.

    The pipeline's row is locked, so that of two at once the second finds the first.
    """
    Pipeline.objects.select_for_update(no_key=True).get(pk=alert.pipeline_id)
    same = Alert.objects.filter(
        kind=alert.kind,
        pipeline=alert.pipeline_id,
        code=alert.code,
        topic=alert.topic,
        model=alert.model,
        until__gt=now,
    )
    first = same.order_by("-until").first()
    if first is None:
        return False
    first.count += alert.count
    first.last_at = max(first.last_at, now)
    first.save(update_fields=["count", "last_at"])
    if not AlertMessage.objects.filter(lines__alert=first, again=True).exists():
        _tell_again(first, now=now)
    return True


def _raise(alerts: Sequence[Alert], *, now: datetime) -> None:
    """Store alerts and, for everybody who hears of them, a message or a line of their next digest.

    Digests are locked in the order of their people, so that two transactions never wait in a ring.
    """
    digested: dict[int, list[Alert]] = {}
    pipelines = Pipeline.objects.select_related("owner").in_bulk({alert.pipeline_id for alert in alerts})
    for alert in alerts:
        alert.opened_at, alert.last_at, alert.until = now, now, now + FOLDS
        alert.save(force_insert=True)
        kind, pipeline = AlertKind(alert.kind), pipelines[alert.pipeline_id]
        people = hearers(kind, pipeline)
        messages = [_message(now=now, person=person) for person, when in people if when == When.AT_ONCE]
        messages += [_message(now=now, hook=hook) for hook in chats(kind, pipeline)]
        for message in _with_lines(messages, alert):
            ring(message.pk)
        for person, when in people:
            if when == When.DIGEST:
                digested.setdefault(person.pk, []).append(alert)
    for person_id, listed in sorted(digested.items()):
        digest = _open_digest(person_id=person_id, now=now)
        AlertLine.objects.bulk_create(AlertLine(message=digest, alert=alert) for alert in listed)


def _tell_again(alert: Alert, *, now: datetime) -> None:
    """Write the messages that tell, at the hour's end, how many more there were. Who has heard hears again."""
    heard = AlertMessage.objects.filter(lines__alert=alert, day=None).order_by("pk")
    again = [
        _message(now=now, person=one.person, hook=one.hook, again=True, send_after=alert.until)
        for one in heard.select_related("hook", "person")
    ]
    _with_lines(again, alert)


def _message(
    *,
    now: datetime,
    person: User | None = None,
    hook: AlertHook | None = None,
    again: bool = False,
    send_after: datetime | None = None,
) -> AlertMessage:
    return AlertMessage(
        person=person,
        hook=hook,
        again=again,
        created_at=now,
        send_after=send_after or now,
        tries_left=len(RETRIES) + 1,
    )


def _with_lines(messages: list[AlertMessage], alert: Alert) -> list[AlertMessage]:
    stored = AlertMessage.objects.bulk_create(messages)
    AlertLine.objects.bulk_create(AlertLine(message=message, alert=alert) for message in stored)
    return stored


def _open_digest(*, person_id: int, now: datetime) -> AlertMessage:
    """Return the person's next digest that no worker has taken, locked, so that none takes it meanwhile."""
    after = now
    while True:
        day, moment = next_digest(after=after)
        digest, _made = AlertMessage.objects.get_or_create(
            person_id=person_id,
            day=day,
            defaults={"created_at": now, "send_after": moment, "tries_left": len(RETRIES) + 1},
        )
        digest = AlertMessage.objects.select_for_update().get(pk=digest.pk)
        if digest.state == Posting.PENDING and digest.tries == 0:
            return digest
        after = moment


def ring(message_id: int) -> None:
    """Ring for a message once it is committed. A broker that is away is logged: the sweep rings again."""

    def knock() -> None:
        current_app.send_task("reviews.tasks.send_alert", [message_id])

    transaction.on_commit(knock, robust=True)
