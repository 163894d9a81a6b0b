"""A report: some tables, what they are about and when they were made. Every file and answer of the API is one."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _

from pipelines.models import Topic
from reviews.reports.headline import Headline
from reviews.reports.scope import NONE_NAMED, Scope
from reviews.reports.table import Table
from reviews.reports.weeks import ends, week_name


@dataclass(frozen=True, slots=True)
class Report:
    """Tables about a week, or until it, within a scope, as they were at a moment; `headlines` are its first numbers.

    `subject` is what addresses and files call it, `title` what a reader does.
    """

    subject: str
    title: str
    week: date
    scope: Scope
    made_at: datetime
    tables: list[Table]
    headlines: list[Headline] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the week is called: "2026-W47"."""
        return week_name(self.week)

    @property
    def is_over(self) -> bool:
        """Whether the week was over when the report was made."""
        return self.made_at >= ends(self.week)

    def table(self, name: str) -> Table | None:
        """Return the table of this name; None where the week has none."""
        return next((table for table in self.tables if table.name == name), None)

    def digest(self, *more: str) -> str:
        """Return what changes whenever a number, a word or one of `more` does, and not with the time of making.

        Numbers that grow with time, such as how long something has waited, change with every moment.
        """
        whole = repr((self.subject, self.week, self.scope, self.is_over, self.headlines, self.tables, more))
        return hashlib.sha256(whole.encode()).hexdigest()


def about_in_words(scope: Scope, *, view: str = "") -> str:
    """Return what a report is about, where it is that of a saved `view`, of that name."""
    words = scope_in_words(scope)
    return _("view “%(name)s” (%(scope)s)") % {"name": view, "scope": words} if view else words


def scope_in_words(scope: Scope) -> str:
    """Return what a report is about, as a person reads it."""
    parts = [_("pipeline %(slug)s") % {"slug": scope.pipeline}] if scope.pipeline else []
    if scope.topic == NONE_NAMED:
        parts.append(_("no topic"))
    elif scope.topic:
        name = Topic.objects.filter(slug=scope.topic).values_list("name", flat=True).first()
        parts.append(_("topic %(name)s") % {"name": name or scope.topic})
    return ", ".join(parts) or _("all pipelines and topics")
