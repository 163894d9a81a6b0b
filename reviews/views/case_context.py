"""What the page of a case shows, apart from its forms."""

from datetime import datetime
from typing import Any

from pipelines.judging import lacks
from pipelines.models import RunContent
from reviews import undo
from reviews.access import PersonRequest
from reviews.chain import chain
from reviews.check import flaws
from reviews.code_words import meaning_of
from reviews.deliver import unread_answer
from reviews.expire import nobody_looked
from reviews.forms import QueueFilterForm
from reviews.history import history, line_of
from reviews.models import Case, Delivery, Reissue, State
from reviews.queue import around, next_case, place, previous_case
from reviews.texts import system_text
from reviews.views.beside import beside
from reviews.views.reissue_form import chain_of

# Of a case that folds thousands of runs, the page lists the latest.
FOLDED_SHOWN = 50


def seen(case: Case) -> str:
    """Return a word that changes whenever a page that waits for an answer has something new to show."""
    latest = case.reissues.order_by("-number").values_list("state", flat=True).first()
    return f"{case.version}-{latest or 'none'}"


def case_context(request: PersonRequest, case: Case, *, now: datetime) -> dict[str, Any]:
    """Return what `reviews/case.html` expects, but for `forms`, `opened`, `draft` and `preview`."""
    wanted = QueueFilterForm(request.GET).filter()
    reissues = chain_of(case)
    content = RunContent.objects.filter(run=case.first_run_id).first()
    return {
        **bar_context(request, case, now=now),
        "run": case.first_run,
        "content": content,
        "standing": system_text(content) if content else "",
        "meaning": meaning_of(case.code),
        "reissues": reissues,
        "chain": chain(case, reissues=reissues, deliveries=_deliveries(case)),
        **_unread(case),
        "told_expired": case.state != State.CLOSED and nobody_looked(case, run=case.first_run, now=now),
        "decision": case.decisions.select_related("by").last(),
        "folded": case.folded.select_related("run").order_by("-run__happened_at", "-run")[:FOLDED_SHOWN],
        "declines": case.first_run.declines.order_by("hop"),
        "history": history(case),
        "rail": around(case, wanted, now=now),
        "seen": seen(case) if case.state == State.REISSUING else "",
        **(aside := beside(case, by=request.user, now=now)),
        "texts_folded": case.code in aside["folded_codes"],
    }


def bar_context(request: PersonRequest, case: Case, *, now: datetime) -> dict[str, Any]:
    """Return what the bar at the foot of the page shows: it looks again by itself, so it asks for little."""
    wanted = QueueFilterForm(request.GET).filter()
    holder = case.holder(now=now)
    locked_out = holder is not None and holder != request.user
    return {
        "case": case,
        "now": now,
        "trail": wanted.query,
        "after": f"{wanted.query}{'&' if wanted.query else '?'}after={case.pk}",
        "next": next_case(after=case, wanted=wanted, now=now),
        "previous": previous_case(before=case, wanted=wanted, now=now),
        "place": place(case, wanted, now=now),
        "holder": holder,
        "mine": holder == request.user,
        "locked_out": locked_out,
        "shows": f"{case.version}-{'locked' if locked_out else 'open'}",
        **_undoable(request, now=now),
    }


def _undoable(request: PersonRequest, *, now: datetime) -> dict[str, Any]:
    """Return the reader's latest act that can still be undone, in words and with its end."""
    event = undo.latest(by=request.user, now=now)
    if event is None:
        return {}
    return {"undoable": event, "undoable_said": line_of(event).said, "undo_until": undo.until(event)}


def _deliveries(case: Case) -> list[Delivery]:
    """Return what the pipeline gets, each with what a text of a person's own `lacks`: a hint, for they judged it."""
    given = case.deliveries.select_related("by", "file", "deletion__pipeline").defer("file__content")
    deliveries = list(given)
    for delivery in deliveries:
        delivery.lacks = lacks(delivery.text, pipeline=case.pipeline) if delivery.text else []  # type: ignore[attr-defined]  # for the page
    return deliveries


def _unread(case: Case) -> dict[str, Any]:
    """Return the re-issue whose answer is to be read, and why it cannot be accepted, if it cannot."""
    unread = unread_answer(case) if case.state == State.ANSWERED else None
    return {
        "unread": unread,
        "flaws": flaws(run=unread.run, pipeline=case.pipeline) if unread and unread.run else [],
    }


def answer_of(reissue: Reissue | None) -> str:
    """Return the text that came of a re-issue; empty where there is none, or none any more."""
    content = RunContent.objects.filter(run=reissue.run_id).first() if reissue else None
    return content.answer if content else ""
