"""A pipeline, and the sandbox with nothing in its memory."""

import json
import urllib.request
from collections.abc import Callable

import pytest

from pipelines.models import Pipeline


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="museum-guide", title="Museum guide")


@pytest.fixture
def other_pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="lesson-plans", title="Lesson plans")


@pytest.fixture
def arrivals(sandbox: str) -> Callable[[], list[bytes]]:
    """Forget what has arrived at the sandbox; the value gives the bodies that arrive from now on."""
    urllib.request.urlopen(urllib.request.Request(f"{sandbox}/reset", method="POST")).close()

    def bodies() -> list[bytes]:
        numbers = [arrival["id"] for arrival in json.loads(_got(f"{sandbox}/requests"))]
        return [_got(f"{sandbox}/requests/{number}") for number in numbers]

    return bodies


def _got(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
        return body
