"""Model calls and everything else have a queue each: neither waits behind the other. A stale bell rings for nothing.

On a broker of their own, so that the session's worker takes nothing of theirs.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Task, current_app
from celery.result import AsyncResult
from celery.schedules import crontab
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler
from kombu.connection import Connection

from refusalhub.local import make_broker_folders
from reviews.models import Reissue, Sending
from reviews.tasks import send_reissue, sweep_reissues
from tests.cases import held_case
from tests.processes import RunningProcess, running_worker, wait_until
from tests.reviews.making import asked_with, to_send

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Apart:
    """A broker of its own: how a worker is told of it, and the connection by which it is rung."""

    env: Mapping[str, str]
    connection: Connection

    def ring(self, task: Task, *args: object, **options: object) -> AsyncResult:
        return task.apply_async(args, connection=self.connection, **options)


@pytest.fixture
def apart(heard: None, tmp_path: Path) -> Iterator[Apart]:
    ours = current_app.conf.broker_transport_options
    prefix = f"{ours.get('global_keyprefix', '')}{secrets.token_hex(4)}:"
    folders = {
        "data_folder_in": str(tmp_path / "broker/messages"),
        "data_folder_out": str(tmp_path / "broker/messages"),
        "control_folder": str(tmp_path / "broker/control"),
    }
    make_broker_folders(folders)
    is_folder = settings.CELERY_BROKER_URL.startswith("filesystem:")
    options = {**ours, **(folders if is_folder else {"global_keyprefix": prefix})}
    with Connection(  # type: ignore[no-untyped-call]
        settings.CELERY_BROKER_URL, transport=current_app.conf.broker_transport, transport_options=options
    ) as connection:
        env = {"REFUSALHUB_VAR": str(tmp_path), "CELERY_KEY_PREFIX": prefix}
        yield Apart(env=env, connection=connection)


def done(task: AsyncResult, *, by: RunningProcess) -> None:
    wait_until(lambda: f"{task.id}] succeeded" in by.log.read_text(), what="the task is done")


def slow(by: User) -> Reissue:
    return to_send(held_case(), by=by, now=timezone.now(), context=asked_with("end_turn seconds=60"))


def is_out(sending: Reissue) -> bool:
    return Reissue.objects.get(pk=sending.pk).state == Sending.SENDING


def test_while_a_model_call_keeps_its_worker_busy_the_sweep_is_done(
    reviewer: User, sandbox: str, apart: Apart
) -> None:
    sending = slow(reviewer)
    with (
        running_worker(queue=settings.CALLS_QUEUE, broker=apart.env),
        running_worker(queue="celery", broker=apart.env) as rest,
    ):
        apart.ring(send_reissue, sending.pk)
        wait_until(lambda: is_out(sending), what="the call is out")
        done(apart.ring(sweep_reissues), by=rest)
        assert is_out(sending)


def test_a_worker_that_is_told_no_queue_takes_from_both(reviewer: User, sandbox: str, apart: Apart) -> None:
    sending = to_send(held_case(), by=reviewer, now=timezone.now())
    with running_worker(broker=apart.env) as worker:
        rung = [apart.ring(sweep_reissues), apart.ring(send_reissue, sending.pk)]
        for one in rung:
            done(one, by=worker)
    assert Reissue.objects.get(pk=sending.pk).state == Sending.ANSWERED


def test_what_was_rung_before_the_next_sweep_and_not_taken_is_left_to_that_one(apart: Apart) -> None:
    stale = apart.ring(sweep_reissues, expires=timezone.now() - timedelta(seconds=1))
    fresh = apart.ring(sweep_reissues, expires=600)
    with running_worker(broker=apart.env) as worker:
        done(fresh, by=worker)
        shown = worker.log.read_text()
    assert f"{stale.id}] succeeded" not in shown


def test_beat_rings_for_no_longer_than_until_it_rings_again() -> None:
    scheduler = DatabaseScheduler(app=current_app, lazy=True)
    scheduler.setup_schedule()
    for name in settings.CELERY_BEAT_SCHEDULE:
        entry = scheduler.schedule[name]
        if not isinstance(entry.schedule, crontab):
            assert entry.options["expires"] == entry.schedule.run_every.total_seconds(), name
        else:
            assert entry.options["expires"] == 24 * 3600, name
