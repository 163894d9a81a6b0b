"""Cases as pipelines make them: a reported row goes through the real ingest and is held."""

import json
import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from pipelines.ingest import ingest
from pipelines.jsontext import read_row
from pipelines.models import Pipeline, Run
from reviews.models import Case

MODEL = "claude-opus-5-5"
QUESTION = "Write a notice about the closed car park for the staff of the town hall."
ANSWER = "The car park behind the town hall is closed on Friday. Please use the one at the station instead."


def body(stop_reason: str, *, text: str = "", category: str | None = None) -> dict[str, Any]:
    """Return a Messages API body as the provider would send it."""
    return {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": {"type": "refusal", "category": category} if stop_reason == "refusal" else None,
        "usage": {"input_tokens": 20, "output_tokens": len(text) // 4},
    }


def report(
    *,
    response: dict[str, Any],
    question: str = QUESTION,
    pipeline: str = "notices",
    topic: str = "buildings",
    now: datetime | None = None,
    **request: Any,
) -> Run:
    """Report one run of a pipeline, which is made where it is new, and return it."""
    owner, _ = Pipeline.objects.get_or_create(slug=pipeline, defaults={"title": pipeline.capitalize()})
    row = {
        "run_id": uuid.uuid4().hex,
        "task_id": "task-1",
        "topic": topic,
        "request": {
            "model": MODEL,
            "max_tokens": 500,
            "system": "You write notices.",
            "messages": [{"role": "user", "content": question}],
            **request,
        },
        "response": response,
    }
    [answer] = ingest(pipeline=owner, rows=[read_row(json.dumps(row))], now=now or timezone.now())
    assert answer.run is not None, answer.errors
    return answer.run


def held_case(**row: Any) -> Case:
    """Report a declined run and return the case that holds it; the arguments are those of `report`."""
    category = row.pop("category", "cyber")
    run = report(response=body("refusal", category=category), **row)
    return Case.objects.get(folded__run=run)
