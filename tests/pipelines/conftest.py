"""A pipeline, and the API as its key sees it."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from pipelines.ingest import Answer, ingest
from pipelines.keys import create_key
from pipelines.models import Pipeline
from tests.pipelines.samples import raw

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="nightly-digest", title="Nightly digest")


@pytest.fixture
def other_pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="ticket-digest", title="Ticket digest")


@pytest.fixture
def ingested(pipeline: Pipeline) -> Callable[..., Answer]:
    """Ingest one row of the pipeline, made by `samples.row` of the same arguments."""

    def ingest_one(run_id: str = "run-1", **fields: Any) -> Answer:
        return ingest(pipeline=pipeline, rows=[raw(run_id, **fields)], now=NOW)[0]

    return ingest_one


@pytest.fixture
def api(pipeline: Pipeline) -> Client:
    """A client with the pipeline's key."""
    cache.clear()  # the requests of other tests count for nothing here
    key = create_key(pipeline=pipeline, now=NOW)
    return Client(headers={"authorization": f"Bearer {key}"})
