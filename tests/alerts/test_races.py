"""At the same time: evaluations, declines that fold, digests that leave, bells that ring."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline
from reviews.alerts.send import send
from reviews.models import Alert, AlertLine, AlertMessage, Pattern, PatternEvent, Posting
from reviews.patterns.evaluate import evaluate
from reviews.patterns.hush import NotPossible, hush
from tests.patterns.making import usual_weeks, week_of_runs
from tests.reviews.making import NOW, guarded, record
from tests.reviews.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = NOW.replace(hour=7) + timedelta(days=1)


def test_two_evaluations_at_once_tell_once(pipeline: Pipeline, lead: User) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=12)
    told = at_once(*[lambda: len(evaluate(now=NOW))] * 3)
    assert sorted(told, key=str) == [0, 0, 1]
    assert Pattern.objects.count() == PatternEvent.objects.count() == Alert.objects.count() == 1
    assert AlertLine.objects.count() == 1


def test_a_person_and_an_evaluation_at_once_both_have_their_say(pipeline: Pipeline, reviewer: User) -> None:
    usual_weeks(pipeline)
    evaluate(now=NOW)
    pattern = Pattern.objects.get()
    week_of_runs(pipeline, declines=12)

    def quiet() -> str:
        try:
            hush(pattern_id=pattern.pk, by=reviewer, now=NOW)
        except NotPossible:
            return "already"
        return "quiet"

    said = at_once(lambda: len(evaluate(now=NOW)), quiet, quiet)
    assert sorted(map(str, said)) == ["1", "already", "quiet"]
    pattern.refresh_from_db()
    assert pattern.state == "escalating"
    assert pattern.hushed_at == NOW


def test_declines_at_once_are_one_alert_and_every_one_is_counted(pipeline: Pipeline, lead: User) -> None:
    def report(number: int) -> object:
        return record(pipeline, [guarded(f"Describe pier {number}.", code="RCE_RISK")])

    at_once(*[lambda number=number: report(number) for number in range(4)])
    assert [alert.count for alert in Alert.objects.all()] == [4]
    assert sorted(AlertMessage.objects.values_list("again", flat=True)) == [False, True]


def test_workers_at_one_bell_send_once(pipeline: Pipeline, lead: User) -> None:
    record(pipeline, [guarded("Describe the pier.", code="RCE_RISK")])
    pk = AlertMessage.objects.get().pk
    at_once(*[lambda: send(message_id=pk, clock=lambda: NOW)] * 3)
    message = AlertMessage.objects.get()
    assert (message.state, message.tries, message.attempts.count()) == (Posting.DELIVERED, 1, 1)


def test_what_happens_while_a_digest_leaves_is_in_it_or_in_the_next(
    pipeline: Pipeline, other_pipeline: Pipeline, lead: User
) -> None:
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW)
    digest = AlertMessage.objects.get()
    week_of_runs(other_pipeline, declines=1)
    before = MORNING - timedelta(seconds=1)
    at_once(
        lambda: send(message_id=digest.pk, clock=lambda: MORNING),
        lambda: evaluate(now=before),
    )
    later = AlertMessage.objects.exclude(pk=digest.pk).first()
    if later:
        send(message_id=later.pk, clock=lambda: later.send_after)
    told = "\n".join(AlertMessage.objects.values_list("text", flat=True))
    assert [
        told.count(slug)
        for slug in ("is new: 1 in 2026-W10 (museum-guide", "is new: 1 in 2026-W10 (lesson-plans")
    ] == [1, 1]
