"""What a newcomer finds in the demo once it is loaded."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from refusalhub.demo.load import load_demo
from reviews.models import Alert, AlertMessage, MeetingRecord, Pattern, Posting
from reviews.reports.agenda import changes_section, tried_section
from reviews.reports.weeks import WEEK, current_week


@pytest.mark.django_db
def test_the_alerts_of_the_past_were_sent_when_they_were_due_and_left_no_machine(
    settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    now = timezone.now()
    load_demo(now=now, count=400)
    told = AlertMessage.objects.order_by("send_after")
    states = Counter(told.values_list("state", flat=True))
    assert states[Posting.DELIVERED] > 20
    assert states.keys() <= {Posting.DELIVERED, Posting.PENDING, Posting.WITHDRAWN}
    assert not told.filter(state=Posting.WITHDRAWN, told=0).exists(), "everybody can be reached"
    assert not told.filter(state=Posting.PENDING, send_after__lte=now).exists()
    sent = told.filter(state=Posting.DELIVERED)
    assert not sent.filter(text__contains=": 0 in ").exists()
    assert not sent.exclude(created_at__lte=F("finished_at"), finished_at__lte=now).exists()
    assert mail.outbox == []
    assert "".join(path.read_text() for path in (tmp_path / "mail").iterdir()).count("Message-ID") == len(
        sent
    )


@pytest.mark.django_db
def test_the_demo_shows_what_escalates_and_what_people_agreed_on(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    # On this day, a prompt is decided twice with the same words and under two topics.
    now = datetime(2026, 12, 4, 21, tzinfo=UTC)
    load_demo(now=now)
    (escalating,) = Pattern.objects.filter(state="escalating")
    assert (escalating.code, escalating.topic) == ("POLICY_VIOLATION", "support")
    assert Alert.objects.filter(event__pattern=escalating).exists()

    last = current_week(now=now) - WEEK
    changes, tried = changes_section(last, now=now).table, tried_section(last, now=now).table
    assert [row[4].value for row in changes.rows] == ["planned", "done"]
    assert [row[5].value for row in tried.rows] == ["open, overdue", "done", "open"]
    weeks = MeetingRecord.objects.order_by("week").values_list("week", flat=True)
    assert list(weeks) == [last - 2 * WEEK, last - WEEK], "the last one is left to whoever looks"
