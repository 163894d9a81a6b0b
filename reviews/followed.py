"""What a week's report follows of a saved view of the queue: pipeline and topic. The rest is said, and counted now."""

from dataclasses import dataclass, fields
from datetime import datetime

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import QueryDict
from django.urls import reverse

from reviews.forms.queue import QueueFilterForm
from reviews.models import SavedView
from reviews.queue import COUNTED, Filter, counted

# An order leaves nothing out.
FOLLOWED = ("pipeline", "topic", "sort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A view as a mail speaks of it: what the numbers leave out of it, and its cases at this moment."""

    name: str
    left_out: list[str]
    count: str
    address: str


def followed(view: SavedView, *, now: datetime) -> Followed:
    """Return what a mail says of a view."""
    n = counted(_form(view).filter().cases(now=now))
    return Followed(
        name=view.name,
        left_out=left_out(view),
        count=f"{intcomma(COUNTED)}+" if n > COUNTED else str(intcomma(n)),
        address=f"{settings.SITE_URL}{reverse('queue')}{view.query}",
    )


def left_out(view: SavedView) -> list[str]:
    """Return the names of a view's filters that no report follows, never what they look for."""
    form = _form(view)
    wanted, neutral = form.filter(), Filter()
    return [
        str(form.fields[one.name].label)
        for one in fields(Filter)
        if one.name not in FOLLOWED and getattr(wanted, one.name) != getattr(neutral, one.name)
    ]


def _form(view: SavedView) -> QueueFilterForm:
    return QueueFilterForm(QueryDict(view.query.removeprefix("?")))
