"""Messages of alerts that ended long ago are deleted with what belongs to them; the alerts stay."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from pipelines.models import Pipeline
from reviews import tasks
from reviews.alerts.send import send
from reviews.forget import forget_alerts
from reviews.models import Alert, AlertAttempt, AlertLine, AlertMessage, Posting
from tests.alerts.making import risky, send_all
from tests.emptying import refuses_deleting
from tests.reviews.making import HOUR, NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
KEEP = 90 * DAY


@pytest.fixture
def sent(pipeline: Pipeline, lead: User) -> AlertMessage:
    """A message that was sent at NOW."""
    risky(pipeline)
    send_all(now=NOW)
    return AlertMessage.objects.get()


def test_what_ended_longer_ago_than_it_is_kept_goes_and_the_alert_stays(sent: AlertMessage) -> None:
    assert (sent.state, sent.attempts.count(), sent.lines.count()) == (Posting.DELIVERED, 1, 1)
    assert forget_alerts(now=NOW + KEEP, keep=KEEP) == 0
    assert AlertMessage.objects.get() == sent
    assert forget_alerts(now=NOW + KEEP + DAY, keep=KEEP) == 1
    assert [model._default_manager.count() for model in (AlertMessage, AlertAttempt, AlertLine)] == [0, 0, 0]
    assert Alert.objects.get().count == 1
    connection.check_constraints()


def test_what_waits_is_kept_however_old(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline)
    assert forget_alerts(now=NOW + 1000 * DAY, keep=KEEP) == 0
    assert AlertMessage.objects.get().lines.count() == 1


def test_one_that_another_counts_on_from_is_kept_until_that_one_has_ended(
    sent: AlertMessage, pipeline: Pipeline
) -> None:
    risky(pipeline, n=3, at=NOW + timedelta(minutes=5))
    again = AlertMessage.objects.get(again=True)
    late = NOW + KEEP + DAY
    assert forget_alerts(now=late, keep=KEEP) == 0
    send(message_id=again.pk, clock=lambda: late)
    again.refresh_from_db()
    assert again.subject == "RefusalHub: RCE_RISK: 3 more within the hour, 4 in all (museum-guide, m-1)"
    assert forget_alerts(now=late, keep=KEEP) == 1
    assert AlertMessage.objects.get() == again


def test_the_task_keeps_them_as_long_as_the_setting_says(sent: AlertMessage, settings: Settings) -> None:
    AlertMessage.objects.update(finished_at=NOW - 20_000 * DAY)
    settings.ALERT_KEEP_DAYS = 0
    tasks.forget_alerts()
    assert AlertMessage.objects.exists()
    settings.ALERT_KEEP_DAYS = 90
    tasks.forget_alerts()
    assert not AlertMessage.objects.exists()


@refuses_deleting
def test_the_database_deletes_no_message_that_waits_and_no_alert(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline, at=NOW + HOUR)
    for table in ("reviews_alertmessage", "reviews_alert"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # our own name


@refuses_deleting
@pytest.mark.parametrize("part", ["attempts", "lines"])
def test_the_database_deletes_no_part_but_with_its_message(sent: AlertMessage, part: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        getattr(sent, part).all().delete()


def test_the_database_deletes_no_message_without_its_parts(sent: AlertMessage) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertMessage.objects.filter(pk=sent.pk).delete()
        connection.check_constraints()
