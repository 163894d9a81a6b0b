"""A real worker rings the steps: the task carries an id, the row is the truth."""

import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews.models import Reissue, Sending
from reviews.tasks import send_reissue, sweep_reissues
from tests.processes import RunningProcess
from tests.reviews.making import held, to_send

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def finished(sending: Reissue) -> str:
    """Wait until the re-issue has ended and return how."""
    for _ in range(600):
        sending.refresh_from_db()
        if not sending.is_on_its_way:
            break
        time.sleep(0.05)
    return sending.state


@pytest.mark.parametrize("bell", ["its own", "the sweep's"])
def test_a_worker_sends_what_waits_once_whichever_bell_rings(
    worker: RunningProcess, pipeline: Pipeline, reviewer: User, arrivals: Callable[[], list[bytes]], bell: str
) -> None:
    sending = to_send(held(pipeline), by=reviewer, now=timezone.now())
    if bell == "its own":
        send_reissue.delay(sending.pk)
        send_reissue.delay(sending.pk)
    else:
        sweep_reissues.delay()
    assert finished(sending) == Sending.ANSWERED
    assert len(arrivals()) == 1
