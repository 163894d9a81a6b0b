"""Sending what the outbox holds: once, and never a second time that nobody was told of.

A worker may die at any line. Before `_take` the row is still pending, and the sweep rings again.
From `_take` on, nobody but the provider knows whether the request arrived: if no ending is
recorded by `give_up_at`, the sweep says so and gives the case back to a person. It never resends.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipelines.ingest import judged_row
from pipelines.jsontext import read_row
from pipelines.models import Origin, Run
from pipelines.record import record_runs
from pipelines.running import Ended, asks_sandbox, call_model
from refusals import Outcome
from refusals.asked import betas_of
from reviews import search
from reviews.deliver import unread_answer
from reviews.models import Case, CaseRun, EventKind, Folded, Reissue, Sending, State
from reviews.models.reissue import ON_ITS_WAY, SentTo
from reviews.move import change, locked, locked_groups, move
from reviews.snooze import wake_if_grown

logger = logging.getLogger("refusalhub.send")

# Longer than the call itself may take, so that a slow answer is not given up while it comes.
GRACE = timedelta(seconds=30)


def send(
    *,
    reissue_id: int,
    clock: Callable[[], datetime] = timezone.now,
    ask: Callable[..., Ended] = call_model,
) -> None:
    """Send one re-issue and record how it ended.

    1. Take it: from pending to sending, which only one worker can win. Committed.
    2. Ask the model.
    3. Record the run, link it to the case, give the case back to the people. One transaction.
    """
    pending = Reissue.objects.filter(pk=reissue_id).first()
    if pending is None or pending.state != Sending.PENDING or pending.send_after > clock():
        return  # another worker had it, or the doorbell rang early
    to = SentTo.SANDBOX if asks_sandbox() else SentTo.PROVIDER
    if not _take(pending, to=to, now=clock()):
        return
    ended = ask(pending.request, betas=pending.betas)
    _finish(pending, ended, now=clock())


# In a transaction: a database finishes the single statement of a worker that died waiting for it, but
# commits nothing that nobody asks it to, so the row stays pending and the sweep rings again.
@transaction.atomic
def _take(pending: Reissue, *, to: SentTo, now: datetime) -> bool:
    case = locked(case_id=pending.case_id)  # first, like every step: undoing may want both rows too
    give_up_at = now + timedelta(seconds=settings.MODEL_CALL_TIMEOUT_SECONDS) + GRACE
    taken = Reissue.objects.filter(pk=pending.pk, state=Sending.PENDING).update(
        state=Sending.SENDING, sending_since=now, give_up_at=give_up_at, sent_to=to
    )
    if taken:
        change(case, EventKind.SENT, now=now)
    return taken == 1


@transaction.atomic
def _finish(sent: Reissue, ended: Ended, *, now: datetime) -> None:
    group = locked_groups(case_ids=[sent.case_id])
    case = locked(case_id=sent.case_id)
    reissue = Reissue.objects.select_for_update().get(pk=sent.pk)
    run = _record(reissue, case, ended, now=now)
    reissue.state, event = _ending(run)
    reissue.run, reissue.finished_at = run, now
    reissue.save(update_fields=["state", "run", "finished_at"])
    give_back(case, now=now)  # before the line of history: whoever is told of it is told how the case stands
    change(case, event, now=now, run=run, text=run.code)
    if reissue.state == Sending.DECLINED:
        for one in [case, group[case.merged_into_id]] if case.merged_into_id else [case]:
            one.declines += 1
            one.last_seen = max(one.last_seen, now)
            one.save(update_fields=["declines", "last_seen"])
            wake_if_grown(one, now=now)
    search.index(case_ids=[case.pk])


def _ending(run: Run) -> tuple[Sending, EventKind]:
    """Say what a re-issue's run means. An answer with a flaw of shape is still read by a person, who cannot
    accept it as it is."""
    if run.outcome == Outcome.DECLINED.value:
        return Sending.DECLINED, EventKind.DECLINED_AGAIN
    if run.outcome in (Outcome.OK.value, Outcome.DEGRADED.value) and run.content.answer.strip():
        return Sending.ANSWERED, EventKind.ANSWERED
    return Sending.FAILED, EventKind.SEND_FAILED


def give_back(case: Case, *, now: datetime) -> None:
    """Give a case back to the people, once nothing of it is on its way: an answer to read, or held again.

    An answer may come after its re-issue was given up. A case that waits takes it (and whoever has
    its page open has to look again); one that was closed since stays closed, with the answer in its chain.
    """
    if case.state == State.CLOSED or case.reissues.filter(state__in=ON_ITS_WAY).exists():
        return
    to = State.ANSWERED if unread_answer(case) else State.HELD
    if case.state == to:
        case.version += 1
        case.save(update_fields=["version"])
    else:
        move(case, to, now=now)


def _record(reissue: Reissue, case: Case, ended: Ended, *, now: datetime) -> Run:
    """Record the run through the same ingest as every other, and link it to the case."""
    fields = {
        # A pipeline may call its own runs anything: the rest keeps it from taking this name first.
        "run_id": f"reissue-{reissue.pk}-{uuid4().hex}",
        "task_id": case.task_id,
        "topic": case.topic.slug if case.topic else "",
        "provider": "anthropic",
        "at": now.isoformat(),
        "duration_ms": ended.duration_ms,
        "betas": betas_of(reissue.betas),
    }
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items()]
    parts += [f'"request": {reissue.request}', f'"{ended.field}": {ended.text}']
    row = judged_row(read_row("{" + ", ".join(parts) + "}"), pipeline=case.pipeline)
    run = record_runs(pipeline=case.pipeline, rows=[row], now=now, origin=Origin.REISSUE)[0].run
    CaseRun.objects.create(case=case, run=run, kind=Folded.REISSUE, ended_at=run.happened_at)
    return run


def sweep(*, now: datetime) -> list[int]:
    """The safety net, run every 30 seconds: give up what never came back, return what is still to be sent."""
    for lost in Reissue.objects.filter(state=Sending.SENDING, give_up_at__lte=now):
        _give_up(lost, now=now)
    pending = Reissue.objects.filter(state=Sending.PENDING, send_after__lte=now)
    return list(pending.order_by("send_after").values_list("pk", flat=True))


@transaction.atomic
def _give_up(lost: Reissue, *, now: datetime) -> None:
    case = locked(case_id=lost.case_id)
    given_up = Reissue.objects.filter(pk=lost.pk, state=Sending.SENDING).update(
        state=Sending.UNKNOWN, finished_at=now
    )
    if not given_up:
        return  # it came back while we looked
    logger.warning(
        "re-issue %s of case %s: no ending by %s, its fate is unknown", lost.pk, case.pk, lost.give_up_at
    )
    give_back(case, now=now)
    change(case, EventKind.FATE_UNKNOWN, now=now)
