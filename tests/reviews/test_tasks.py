"""A real worker rings the steps: the task carries an id, the row is the truth."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline, RunContent
from reviews.models import Reissue, Sending
from reviews.models.reissue import ON_ITS_WAY
from reviews.tasks import delete_old_texts, send_reissue, sweep_reissues
from tests.processes import RunningProcess, wait_until
from tests.reviews.making import answered, declined, held, record, to_send

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def finished(sending: Reissue) -> str:
    """Wait until the re-issue has ended and return how."""

    def has_ended() -> bool:
        sending.refresh_from_db()
        return sending.state not in ON_ITS_WAY

    wait_until(has_ended, what="the re-issue has ended")
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


def test_a_worker_deletes_the_old_texts_of_every_pipeline(
    worker: RunningProcess, pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    old, young = timezone.now() - timedelta(days=200), timezone.now() - timedelta(days=2)
    for one in (pipeline, other_pipeline):
        record(one, [answered(at=old), answered("Another one.", at=young), declined(at=old)])
    delete_old_texts.delay()
    wait_until(lambda: RunContent.objects.count() == 4, what="old texts are deleted")
    kept = RunContent.objects.values_list("run__outcome", "run__happened_at")
    assert sorted(kept) == sorted([("declined", old), ("degraded", young)] * 2)
