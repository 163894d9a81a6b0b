"""A worker that is killed at the worst moments: nothing is lost, nothing is sent twice.

The doomed worker listens on a queue of its own, so that the one that takes over is not there too early.
"""

import json
import urllib.request
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from reviews.compose import Context
from reviews.models import Case, EventKind, Reissue, Sending, State
from reviews.tasks import send_reissue, sweep_reissues
from tests.cases import held_case
from tests.processes import RunningProcess, running_worker, wait_until
from tests.signing_in import reissued

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

DOOMED = "doomed"


@pytest.fixture
def arrived(sandbox: str) -> Callable[[], list[str]]:
    """Give what has arrived at the sandbox since the test began, as the digests of the bodies."""
    urllib.request.urlopen(urllib.request.Request(f"{sandbox}/reset", method="POST")).close()

    def arrivals() -> list[str]:
        with urllib.request.urlopen(f"{sandbox}/requests") as answer:
            return [arrival["digest"] for arrival in json.load(answer)]

    return arrivals


def to_send(case: Case, *, by: User) -> Reissue:
    context = Context(purpose="A notice for the staff.", background="The car park is our own.")
    return reissued(case, asked=context, by=by, now=timezone.now())


def rung(sending: Reissue, *, worker: RunningProcess) -> None:
    """Ring for a re-issue and wait until the worker is done with it."""
    task = send_reissue.delay(sending.pk)
    wait_until(lambda: f"{task.id}] succeeded" in worker.log.read_text(), what="the task ended")


def test_a_reissue_whose_worker_is_killed_before_sending_is_sent_exactly_once_in_the_end(
    reviewer: User, arrived: Callable[[], list[str]], request: pytest.FixtureRequest
) -> None:
    sending = to_send(held_case(), by=reviewer)
    with running_worker(queue=DOOMED) as doomed, transaction.atomic():
        # The row (on SQLite: the database) is held, so that the worker can pick up and not take.
        Reissue.objects.select_for_update().get(pk=sending.pk)
        task = send_reissue.apply_async((sending.pk,), queue=DOOMED)
        wait_until(lambda: f"{task.id}] received" in doomed.log.read_text(), what="it was picked up")
        wait_for_the_lock(sending)
        doomed.kill()
    assert arrived() == []

    worker: RunningProcess = request.getfixturevalue("worker")
    wait_until(lambda: still_pending(sending), what="the database has let go of the dead worker")
    sweep_reissues.delay()
    wait_until(lambda: Reissue.objects.get(pk=sending.pk).run_id is not None, what="the answer is recorded")
    rung(sending, worker=worker)

    case = Case.objects.get(pk=sending.case_id)
    assert len(arrived()) == 1
    assert case.state == State.ANSWERED


def test_a_reissue_whose_worker_is_killed_after_sending_is_of_unknown_fate_and_never_sent_again(
    reviewer: User,
    client_as: Callable[[User], Client],
    arrived: Callable[[], list[str]],
    request: pytest.FixtureRequest,
) -> None:
    slow = held_case(question="Write the notice of the slow lift. [[sandbox: end_turn seconds=20]]")
    sending = to_send(slow, by=reviewer)
    with running_worker(queue=DOOMED) as doomed:
        send_reissue.apply_async((sending.pk,), queue=DOOMED)
        wait_until(lambda: len(arrived()) == 1, what="the request arrived")
        doomed.kill()
    assert Reissue.objects.get(pk=sending.pk).state == Sending.SENDING

    worker: RunningProcess = request.getfixturevalue("worker")
    rung(sending, worker=worker)
    assert Reissue.objects.get(pk=sending.pk).state == Sending.SENDING, "nobody knows before its time is over"
    Reissue.objects.filter(pk=sending.pk).update(give_up_at=timezone.now() - timedelta(seconds=1))
    sweep_reissues.delay()
    wait_until(
        lambda: Reissue.objects.get(pk=sending.pk).state == Sending.UNKNOWN, what="the sweep gave it up"
    )
    rung(sending, worker=worker)

    case = Case.objects.get(pk=slow.pk)
    assert len(arrived()) == 1
    assert case.state == State.HELD
    assert case.events.filter(kind=EventKind.FATE_UNKNOWN).count() == 1
    page = client_as(reviewer).get(case.get_absolute_url()).content.decode()
    assert "Nobody knows whether re-issue 1 was sent" in page
    assert "never sent again by itself" in page


def still_pending(sending: Reissue) -> bool:
    """Whether nobody has taken the re-issue and nobody holds its row."""
    with transaction.atomic():
        free = Reissue.objects.select_for_update(skip_locked=True).filter(pk=sending.pk)
        return [row.state for row in free] == [Sending.PENDING]


def wait_for_the_lock(sending: Reissue) -> None:
    """Wait until the worker asks for the row; SQLite does not tell who waits for it."""
    connection = transaction.get_connection()
    if connection.vendor != "postgresql":
        return

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    wait_until(waits, what="the worker waits for the row")
