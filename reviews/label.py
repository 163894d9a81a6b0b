"""What a case is labelled with, beside its decision: its topic, and whom it is handed to."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from pipelines.models import Run, Topic
from reviews.access import DECIDE, require
from reviews.count import moving
from reviews.models import Bulk, EventKind
from reviews.move import change, locked
from reviews.people import name_of


class NotAReviewer(ValueError):
    """The person that a case is handed to cannot settle cases."""


@transaction.atomic
def assign(*, case_id: int, to: User | None, by: User, now: datetime, bulk: Bulk | None = None) -> None:
    """Hand a case to somebody, or to nobody: then it is everybody's again. Raises NotAReviewer."""
    require(by, DECIDE)
    if to is not None and not (to.is_active and to.has_perm(DECIDE)):
        raise NotAReviewer(_("%(who)s cannot settle cases.") % {"who": to.username})
    case = locked(case_id=case_id)
    text = name_of(to) if to else ""
    pk = to.pk if to else None
    change(case, EventKind.ASSIGNED, now=now, by=by, text=text, bulk=bulk, assigned_to_id=pk)


@transaction.atomic
def set_topic(
    *, case_id: int, topic: Topic | None, by: User, now: datetime, bulk: Bulk | None = None
) -> None:
    """Say what a case is about; its runs move with it in the weekly counts."""
    require(by, DECIDE)
    case = locked(case_id=case_id)
    runs = Run.objects.filter(folded__case=case)
    before: dict[int | None, list[int]] = {}
    for pk, of_run in runs.order_by("pk").values_list("pk", "topic"):
        before.setdefault(of_run, []).append(pk)
    to = topic.pk if topic else None
    text = topic.name if topic else ""
    besides: dict[str, Any] = {
        "topics": [[of_run, ids] for of_run, ids in before.items()],
        # Also where the case itself had it already: that another has set one since is seen by this.
        "topic_id": [case.topic_id, to],
    }
    change(case, EventKind.TOPIC_SET, now=now, by=by, text=text, bulk=bulk, besides=besides, topic_id=to)
    restore_topics([[to, [one for ids in before.values() for one in ids]]])


def restore_topics(topics: list[list[Any]]) -> None:
    """Give runs their topics, [topic id, run ids], and move them in the counts."""
    with moving(run_ids=[pk for _topic, ids in topics for pk in ids]):
        for topic, ids in topics:
            Run.objects.filter(pk__in=ids).update(topic=topic)
