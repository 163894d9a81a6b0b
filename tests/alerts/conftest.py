"""The pipelines of these tests, who owns one, and a chat that hears."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline
from reviews.alerts import hooks
from reviews.models import AlertHook
from tests.receiver import Receiver, receiving
from tests.reviews.conftest import other_pipeline, pipeline
from tests.reviews.making import NOW

__all__ = ["other_pipeline", "pipeline"]


@pytest.fixture
def owner(outsider: User, pipeline: Pipeline) -> User:
    pipeline.owner = outsider
    pipeline.save()
    return outsider


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def hook(receiver: Receiver, lead: User) -> AlertHook:
    return hooks.add(url=receiver.url, pipeline=None, kinds=["code", "escalating"], by=lead, now=NOW)
