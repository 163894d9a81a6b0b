"""The doorbell is no part of the decision: a broker that is away loses nothing."""

import logging

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from kombu.exceptions import OperationalError

from pipelines.models import Pipeline
from reviews.models import Sending
from reviews.send import sweep
from reviews.tasks import ring, send_reissue
from tests.reviews.making import held, to_send


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_logged_and_the_sweep_rings_again(
    pipeline: Pipeline, reviewer: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: object, **options: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(send_reissue, "apply_async", away)
    sending = to_send(held(pipeline), by=reviewer, now=timezone.now())
    with caplog.at_level(logging.ERROR):
        ring(sending.pk)
    assert "connection refused" in caplog.text
    sending.refresh_from_db()
    assert sending.state == Sending.PENDING
    assert sweep(now=timezone.now()) == [sending.pk]
