"""What these tests start from: runs through the real ingest, cases and re-issues through the real steps."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from pipelines.ingest import ingest
from pipelines.jsontext import read_row
from pipelines.models import Pipeline, Run
from pipelines.running import Ended
from refusals import format_refusal
from reviews.compose import Context
from reviews.models import Case, Reissue
from reviews.send import send
from tests.signing_in import reissued

# A Monday at noon.
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONTEXT = Context(
    purpose="A leaflet for the harbour museum.",
    background="The museum asked for it; every figure is in its public catalogue.",
    handling_limits="No names of visitors.",
)
ANSWER = "The pier was built in 1911 and carries two cranes, both of them restored."
APOLOGY = "I'm sorry, but I can't help with that request. Is there something else?"


def request(prompt: str, **more: Any) -> dict[str, Any]:
    """Return a request body of the Messages API."""
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": prompt}],
    } | more


def declined(prompt: str = "Describe the pier.", *, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    """Return a row whose call the model's safeguards declined."""
    response = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "category": "cyber", "explanation": "Quoted mail."},
        "usage": {"input_tokens": 10, "output_tokens": 0},
    }
    return {"request": request(prompt), "response": response, "task_id": "t1", "at": at.isoformat()} | more


def guarded(
    prompt: str = "Describe the pier.", *, code: str = "PII", at: datetime = NOW, **more: Any
) -> dict[str, Any]:
    """Return a row that a guard of the pipeline refused."""
    ending = {"refusal": format_refusal(code, "by the guard"), "surface": "io_guardrail"}
    return {"prompt": prompt, "task_id": "t1", "at": at.isoformat()} | ending | more


def answered(text: str = ANSWER, *, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    """Return a row whose call was answered with this text."""
    return {"prompt": "Describe the pier.", "text": text, "task_id": "t1", "at": at.isoformat()} | more


def record(pipeline: Pipeline, rows: Iterable[dict[str, Any]], *, now: datetime = NOW) -> list[Run]:
    """Ingest the rows in one batch and return their runs."""
    answers = ingest(pipeline=pipeline, rows=[read_row(json.dumps(row)) for row in rows], now=now)
    runs = [answer.run for answer in answers if answer.run]
    assert len(runs) == len(answers), [answer.errors for answer in answers]
    return runs


def held(pipeline: Pipeline, prompt: str = "Describe the pier.", **more: Any) -> Case:
    """Record a declined run and return its case."""
    (run,) = record(pipeline, [declined(prompt, **more)])
    return Case.objects.get(folded__run=run)


def to_send(case: Case, *, by: User, now: datetime = NOW, context: Context = CONTEXT) -> Reissue:
    """Re-issue a held case, signed in as the person; the sending waits in the outbox."""
    return reissued(case, asked=context, by=by, now=now)


def asked_with(marker: str) -> Context:
    """Return a context that makes the sandbox end the call so."""
    return Context(purpose=f"A leaflet. [[sandbox: {marker}]]", background="The museum asked for it.")


def sent(case: Case, by: User, marker: str = "end_turn", *, now: datetime = NOW) -> Reissue:
    """Re-issue the case, send it to the sandbox and return how it stands afterwards."""
    case.refresh_from_db()
    sending = to_send(case, by=by, context=asked_with(marker), now=now)
    send(reissue_id=sending.pk, clock=lambda: now)
    case.refresh_from_db()
    sending.refresh_from_db()
    return sending


def kinds(case: Case) -> list[str]:
    """Return the kinds of the lines of its history, oldest first."""
    return [event.kind for event in case.events.all()]


def ended(case: Case, by: User, stop_reason: str = "end_turn", *, now: datetime = NOW) -> Reissue:
    """Re-issue the case and let the model end the call so, with no server; return how it stands afterwards."""
    case.refresh_from_db()
    sending = to_send(case, by=by, now=now)
    come(sending, stop_reason, now=sending.send_after)
    case.refresh_from_db()
    return sending


def come(sending: Reissue, stop_reason: str = "end_turn", *, now: datetime) -> None:
    """Send what waits in the outbox; the call ends so."""
    send(reissue_id=sending.pk, clock=lambda: now, ask=lambda request, **_: ending(stop_reason))
    sending.refresh_from_db()


def ending(stop_reason: str) -> Ended:
    """Return how a call ended, with an answer unless it was refused."""
    content = [{"type": "text", "text": ANSWER}] if stop_reason != "refusal" else []
    body = declined()["response"] | {"stop_reason": stop_reason, "content": content}
    if content:  # an answer has no details of a stop
        body["stop_details"] = None
    return Ended(field="response", text=json.dumps(body), duration_ms=1)
