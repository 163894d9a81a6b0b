"""Two senders of the same runs at the same time: each run is stored once, and both hear of it."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from pipelines.ingest import Answer, ingest
from pipelines.models import DeclineEvent, Pipeline, Run, RunContent
from reviews.models import Case
from tests.pipelines.conftest import NOW
from tests.pipelines.samples import raw, refused

IDS = [f"run-{n}" for n in range(40)]


def race(pipeline: Pipeline, *orders: Sequence[str]) -> list[list[Answer]]:
    """Ingest declined runs with these ids, each order in a thread of its own, all at once."""
    ready = Barrier(len(orders))

    def send(ids: Sequence[str]) -> list[Answer]:
        try:
            rows = [raw(run_id, response=refused(), topic=f"topic {run_id}") for run_id in ids]
            ready.wait(timeout=10)
            return ingest(pipeline=pipeline, rows=rows, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(orders)) as threads:
        return list(threads.map(send, orders))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [IDS, IDS[::-1], IDS[20:] + IDS[:20]], ids=["same", "reversed", "shifted"])
def test_the_same_runs_from_two_threads_are_stored_once(second: list[str]) -> None:
    pipeline = Pipeline.objects.create(slug="nightly-digest", title="Nightly digest")
    answers = race(pipeline, IDS, second)
    assert Run.objects.count() == RunContent.objects.count() == DeclineEvent.objects.count() == len(IDS)
    assert Counter(answer.status for of_one in answers for answer in of_one) == {
        "stored": 40,
        "duplicate": 40,
    }
    by_id = {run.run_id: run for run in Run.objects.all()}
    for ids, of_one in zip((IDS, second), answers, strict=True):
        assert [answer.run for answer in of_one] == [by_id[run_id] for run_id in ids]
    assert Case.objects.get().declines == len(IDS)
