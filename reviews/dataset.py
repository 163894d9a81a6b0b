"""Decided cases as a data set, one JSON object a line: what was asked, what declined it, what a person decided.

Texts leave the house here, so it is for those who lead and read texts, and each time is logged
(`TextExport`). `docs/dataset.md` describes every field.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from pipelines.models import Run, RunContent
from pipelines.models.run import week_of
from refusals.signals.redaction import redact
from reviews.behind import of_topic
from reviews.models import Case, Decision, Delivery, ExportKind, Reissue, Resolution, State, TextExport
from reviews.models.reissue import HAS_RUN
from reviews.move import KEPT, leaves_after
from reviews.reports.weeks import begins, ends, week_name

# Rises when a reader of older lines would misread a newer one.
FORMAT = "refusalhub-decided-1"
# Cases that are read at once: a prompt can be megabytes.
AT_ONCE = 20
# Which resolutions are examples, and of what; the others are examples of neither.
EXAMPLES = {Resolution.DELIVERED.value: "positive", Resolution.UPHELD.value: "negative"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decided cases; empty fields ask for nothing. The weeks are those in which a case was closed."""

    since: date | None = None
    until: date | None = None
    pipeline: str = ""
    topic: str = ""
    code: str = ""
    resolution: str = ""

    def query(self) -> str:
        """Return it as the end of an address."""
        asked = {one.name: getattr(self, one.name) for one in fields(self)}
        named = {
            name: week_name(value) if isinstance(value, date) else value for name, value in asked.items()
        }
        return urlencode({name: value for name, value in named.items() if value})

    def cases(self, *, now: datetime) -> QuerySet[Case]:
        """Return the decided cases whose prompt is still kept. What can still be undone is not decided yet."""
        found = Case.objects.filter(
            of_topic("topic", self.topic),
            state=State.CLOSED,
            closed_at__lte=now - max(KEPT, leaves_after()),
            first_run__content__isnull=False,
        ).exclude(resolution=Resolution.MERGED)
        if self.since:
            found = found.filter(closed_at__gte=begins(self.since))
        if self.until:
            found = found.filter(closed_at__lt=ends(self.until))
        narrowed = {"pipeline__slug": self.pipeline, "code": self.code, "resolution": self.resolution}
        return found.filter(**{name: value for name, value in narrowed.items() if value})


def export(
    wanted: Wanted, *, by: User, now: datetime, done: Callable[[int], object] = lambda n: None
) -> tuple[TextExport, Iterator[str]]:
    """Log that somebody takes these cases' texts, and return the log's row and the lines, oldest case first.

    The lines are read from the database as they are taken, a few cases at a time. A case that is opened
    again in the meantime is left out. `done` hears after each few how many were read.
    """
    chosen = list(wanted.cases(now=now).order_by("pk").values_list("pk", flat=True))
    logged = TextExport.objects.create(
        kind=ExportKind.DATASET, by=by, at=now, filter=wanted.query(), n=len(chosen)
    )
    return logged, _lines(wanted, chosen, now=now, done=done)


def _lines(
    wanted: Wanted, chosen: list[int], *, now: datetime, done: Callable[[int], object]
) -> Iterator[str]:
    for begin in range(0, len(chosen), AT_ONCE):
        some = chosen[begin : begin + AT_ONCE]
        for case in _with_texts(wanted.cases(now=now).filter(pk__in=some)).order_by("pk"):
            yield json.dumps(line_of(case), ensure_ascii=False) + "\n"
        done(len(some))


def _with_texts(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Fetch with the cases what a line holds, and none of the long texts that it does not."""
    unused = ("request", "response", "extra", "unstorable")
    of_first = [f"first_run__content__{name}" for name in unused]
    of_run = [f"run__content__{name}" for name in unused]
    decisions = Decision.objects.filter(event__undone_by=None).order_by("at", "pk")
    reissues = (
        Reissue.objects.filter(state__in=HAS_RUN)
        .select_related("run__content")
        .defer("request", *of_run)
        .order_by("number")
    )
    deliveries = (
        Delivery.objects.filter(taken_back_at=None)
        .select_related("run__content", "file")
        .defer("file__content", *of_run)
        .order_by("at", "pk")
    )
    return (
        cases.select_related("pipeline", "topic", "first_run__content")
        .defer(*of_first)
        .prefetch_related(
            Prefetch("decisions", decisions, to_attr="in_force"),
            Prefetch("reissues", reissues, to_attr="came_back"),
            Prefetch("deliveries", deliveries, to_attr="given"),
        )
    )


def line_of(case: Case) -> dict[str, Any]:
    """Return a case as one line of the data set. It must come with what `_with_texts` fetches."""
    decisions: list[Decision] = case.in_force  # type: ignore[attr-defined]  # prefetched
    reissues: list[Reissue] = case.came_back  # type: ignore[attr-defined]  # prefetched
    deliveries: list[Delivery] = case.given  # type: ignore[attr-defined]  # prefetched
    delivery = deliveries[-1] if deliveries and case.resolution in _DELIVERING else None
    last = decisions[-1] if decisions else None
    sent = _sent(reissues, delivery)
    return {
        "format": FORMAT,
        "case": case.pk,
        "example": EXAMPLES.get(case.resolution),
        **_declined(case),
        "decision": last.kind if last else None,
        "resolution": case.resolution,
        "decided_at": _time(case.closed_at),
        "week": week_name(week_of(timezone.localtime(case.closed_at))) if case.closed_at else None,
        "reason": _clean(last.reason) if last else None,
        "context": _context(sent) if sent else None,
        "reissues": len(reissues),
        "model": _model(sent.run) if sent and sent.run else None,
        "outcome": sent.run.effective_outcome if sent and sent.run else None,
        "outcome_code": (sent.run.effective_code or None) if sent and sent.run else None,
        **_answer(delivery, sent),
    }


_DELIVERING = (Resolution.DELIVERED, Resolution.BY_HAND)


def _declined(case: Case) -> dict[str, Any]:
    """Return what was asked and what declined it."""
    run = case.first_run
    content = run.content
    return {
        "pipeline": case.pipeline.slug,
        "topic": case.topic.slug if case.topic else None,
        "code": case.code,
        "surface": case.surface,
        "provider": run.provider or None,
        "category": run.category or None,
        "declining_model": _model(run),
        "declined_at": _time(run.happened_at),
        "declines": case.declines,
        "prompt": _clean(content.prompt),
        "declined_with": _clean(content.answer),
        "detail": _clean(content.detail),
    }


def _sent(reissues: list[Reissue], delivery: Delivery | None) -> Reissue | None:
    """Return the re-issue whose answer was delivered, else the last that came back."""
    delivered = [one for one in reissues if delivery and one.run_id and one.run_id == delivery.run_id]
    found = delivered or reissues
    return found[-1] if found else None


def _context(one: Reissue) -> dict[str, Any]:
    """Return what a person added to the original, or made of it."""
    names = ("purpose", "serves", "authority", "background", "handling_limits", "text_before", "text_after")
    return {"way": one.way, **{name: _clean(getattr(one, name)) for name in names}}


def _answer(delivery: Delivery | None, sent: Reissue | None) -> dict[str, Any]:
    """Return the answer and whose it is: delivered, or else what the last re-issue brought and nobody accepted."""
    if delivery and delivery.run_id is None:
        file = delivery.file.name if delivery.file else None
        return {"answer": _clean(delivery.text), "answer_by": "person", "answer_file": file, "accepted": True}
    run = delivery.run if delivery else sent.run if sent else None
    content: RunContent | None = getattr(run, "content", None)
    answer = _clean(content.answer) if content else None
    by = "model" if answer is not None else None
    return {"answer": answer, "answer_by": by, "answer_file": None, "accepted": delivery is not None}


def _model(run: Run) -> str | None:
    return run.serving_model or run.requested_model or None


def _clean(text: str) -> str | None:
    """Return a text without the secrets of a provider's protocol; None for an empty one."""
    return str(redact(text)) if text else None


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
