"""What the page of a case shows, apart from its forms."""

import json
from datetime import datetime
from typing import Any

from pipelines.models import RunContent
from pipelines.prompts import standing_text
from refusals import KNOWN_CODES, describe
from reviews import undo
from reviews.access import PersonRequest
from reviews.forms import QueueFilterForm
from reviews.history import history, line_of
from reviews.models import Case, Preferences, State
from reviews.queue import around, next_case, place, previous_case
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
    holder = case.holder(now=now)
    locked_out = holder is not None and holder != request.user
    content = RunContent.objects.filter(run=case.first_run_id).first()
    return {
        "case": case,
        "run": case.first_run,
        "content": content,
        "standing": standing_text(json.loads(content.request)) if content and content.request else "",
        "meaning": describe(case.code).meaning if case.code in KNOWN_CODES else "",
        "reissues": chain_of(case),
        "deliveries": case.deliveries.select_related("by", "run__content"),
        "decision": case.decisions.select_related("by").last(),
        "folded": case.folded.select_related("run").order_by("-run__happened_at", "-run")[:FOLDED_SHOWN],
        "declines": case.first_run.declines.order_by("hop"),
        "history": history(case),
        "trail": wanted.query,
        "after": f"{wanted.query}{'&' if wanted.query else '?'}after={case.pk}",
        "next": next_case(after=case, wanted=wanted, now=now),
        "previous": previous_case(before=case, wanted=wanted, now=now),
        "place": place(case, wanted, now=now),
        "rail": around(case, wanted, now=now),
        "holder": holder,
        "mine": holder == request.user,
        "locked_out": locked_out,
        "shows": f"{case.version}-{'locked' if locked_out else 'open'}",
        **_undoable(request, now=now),
        "seen": seen(case) if case.state == State.REISSUING else "",
        "now": now,
        **(aside := beside(case, by=request.user, now=now)),
        "texts_folded": aside["guidance"].sensitive and Preferences.of(request.user).fold_sensitive,
    }


def _undoable(request: PersonRequest, *, now: datetime) -> dict[str, Any]:
    """Return the reader's latest act that can still be undone, in words and with its end."""
    event = undo.latest(by=request.user, now=now)
    if event is None:
        return {}
    return {"undoable": event, "undoable_said": line_of(event).said, "undo_until": undo.until(event)}
