"""The reports over HTTP: every number as JSON, for a pipeline's key or for a signed-in person.

A key speaks for its pipeline and sees that pipeline's numbers alone, whatever it asks for. A person
needs the right to see numbers, and may narrow the report down as on the page. Words are English.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError
from ninja.responses import Response
from ninja.security import SessionAuth

from pipelines.api import KeyAuth, KeyThrottle, Problem
from pipelines.models import Pipeline
from reviews.access import SEE_NUMBERS
from reviews.reports.files.json import report_facts, report_json, table_json
from reviews.reports.report import Report
from reviews.reports.scope import NoSuchScope, Scope, scope_named
from reviews.reports.subjects import NAMING, SUBJECTS, Asked
from reviews.reports.table import Unit
from reviews.reports.week import TABLES, report_of, report_of_table
from reviews.reports.weeks import current_week, week_begun
from reviews.tagged import tagged


class PersonAuth(SessionAuth):
    """A signed-in person's session. Who has none goes on as nobody; who lacks the right is told so."""

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        person = request.user
        if not (isinstance(person, User) and person.is_active):
            return None
        if not person.has_perm(SEE_NUMBERS):
            raise HttpError(403, "You need the right to see numbers.")
        return person


class ReportThrottle(KeyThrottle):
    """A key's requests count with all others of its pipeline; a person's are not counted, as on the pages."""

    def allow_request(self, request: HttpRequest) -> bool:
        speaking = request.auth  # type: ignore[attr-defined]  # set by ninja
        return super().allow_request(request) if isinstance(speaking, Pipeline) else True


router = Router(tags=["reports"], auth=[KeyAuth(), PersonAuth()])


class ColumnOut(Schema):
    """A column of a table."""

    name: str = Field(description="Its stable name, under which each row holds its value.")
    title: str
    unit: Unit = Field(
        description=(
            "share: an object of `percent`, `part`, `n` and `interval` (95 %, Wilson, in per cent); "
            "duration: seconds; date: ISO 8601; all others plain values. Any value may be null."
        )
    )


class TableOut(Schema):
    """A table as the page shows it."""

    name: str
    title: str
    note: str = Field(description="What is counted, and of what it is a share.")
    columns: list[ColumnOut]
    rows: list[dict[str, Any]] = Field(description="Each an object under the columns' names.")
    total: dict[str, Any] | None


class HeadlineOut(Schema):
    """One of the first numbers."""

    title: str
    unit: str
    value: Any = Field(description="As in a table.")
    basis: str
    change: str = Field(description="Against the week before and the range of weeks, in words; may be empty.")


class FactsOut(Schema):
    """What a report is about."""

    week: str = Field(description="An ISO week in the site's time zone, such as 2026-W47.")
    begins: str
    ends: str = Field(description="The moment at which the next week begins.")
    over: bool = Field(description="False while the week runs: its numbers will change.")
    pipeline: str | None = Field(description="The one pipeline that is counted; null for all of them.")
    topic: str | None = Field(description="The one topic that is counted, `-` for none; null for all.")
    made_at: str


class ReportOut(FactsOut):
    """A report: its first numbers, where it has some, and its tables."""

    headlines: list[HeadlineOut]
    tables: list[TableOut]


class ReportTableOut(FactsOut):
    """One table of a week's report."""

    table: TableOut


class Narrowed(Schema):
    """What a report is narrowed down to."""

    pipeline: str = Field("", description="A pipeline's slug. A key's own pipeline is taken in any case.")
    topic: str = Field("", description="A topic's slug; `-` for what has none.")


class Until(Narrowed):
    """What a report of many weeks is narrowed down to, and where it ends."""

    until: str = Field(
        "", description="The last week, such as 2026-W47; the one that runs unless it is said."
    )
    code: str = Field("", description="A reason code.")


class UntilInState(Until):
    """And in which state it lists what."""

    state: str = Field(
        "",
        description="Of patterns: new, ongoing, escalating, quiet, regressed; of changes: planned, done, dropped.",
    )


_OTHERWISE: dict[Any, Any] = {304: None, frozenset({401, 403, 404, 429}): Problem}


@router.get(
    "/reports/weeks/{week}",
    response={200: ReportOut, **_OTHERWISE},
    throttle=[ReportThrottle()],
    summary="The report of a week",
)
def get_report(request: HttpRequest, week: str, asked: Query[Narrowed]) -> HttpResponse:
    """Return every number of a week: the first ones, and every table of its page.

    `ETag` and `If-None-Match` save the repetition while no number has changed.
    """
    with translation.override("en"):
        report = report_of(_week(week), scope=_scope(request, asked), now=timezone.now())
        return _answer(request, report, lambda: report_json(report))


@router.get(
    "/reports/weeks/{week}/tables/{name}",
    response={200: ReportTableOut, **_OTHERWISE},
    throttle=[ReportThrottle()],
    summary="One table of a week's report",
)
def get_table(request: HttpRequest, week: str, name: str, asked: Query[Narrowed]) -> HttpResponse:
    """Return one table of a week by its name, as the whole report names it. Nothing else is read."""
    with translation.override("en"):
        monday, scope = _week(week), _scope(request, asked)
        if name not in TABLES:
            raise HttpError(404, f"The week has no table {name!r}.")
        report = report_of_table(name, monday, scope=scope, now=timezone.now())
        return _answer(
            request, report, lambda: report_facts(report) | {"table": table_json(report.tables[0])}
        )


@router.get(
    "/reports/over-refusal",
    response={200: ReportOut, **_OTHERWISE},
    throttle=[ReportThrottle()],
    summary="What first reviews came to",
)
def get_over_refusal(request: HttpRequest, asked: Query[Until]) -> HttpResponse:
    """Return how declines were settled the first time, over twelve months, and what may have moved the rates."""
    return _subject(request, "over-refusal", asked)


@router.get(
    "/reports/patterns",
    response={200: ReportOut, **_OTHERWISE},
    throttle=[ReportThrottle()],
    summary="Patterns and their weeks",
)
def get_patterns(request: HttpRequest, asked: Query[UntilInState]) -> HttpResponse:
    """Return every pattern, with its state and its declines of twelve weeks."""
    return _subject(request, "patterns", asked, state=asked.state)


@router.get(
    "/reports/meetings/{week}",
    response={200: ReportOut, **_OTHERWISE},
    throttle=[ReportThrottle()],
    summary="The meeting about a week",
)
def get_meeting(request: HttpRequest, week: str) -> HttpResponse:
    """Return the meeting about a week: as it was where it is closed, else as things stand.

    It names people: no key sees it.
    """
    return _subject(request, "meeting", Until(until=week, pipeline="", topic="", code=""))


@router.get(
    "/reports/changes",
    response={200: ReportOut, **_OTHERWISE},
    throttle=[ReportThrottle()],
    summary="Changes at the source",
)
def get_changes(request: HttpRequest, asked: Query[UntilInState]) -> HttpResponse:
    """Return every change at the source, and whether the rate moved. It names people: no key sees it."""
    return _subject(request, "changes", asked, state=asked.state)


def _subject(request: HttpRequest, subject: str, until: Until, *, state: str = "") -> HttpResponse:
    if subject in NAMING and isinstance(request.auth, Pipeline):  # type: ignore[attr-defined]  # set by ninja
        raise HttpError(403, "This report names people: no key sees it.")
    with translation.override("en"):
        now = timezone.now()
        week = _week(until.until) if until.until else current_week(now=now)
        asked = Asked(week=week, scope=_scope(request, until), code=_plain(until.code), state=_plain(state))
        report = SUBJECTS[subject](asked, now=now)
        return _answer(request, report, lambda: report_json(report))


def _plain(text: str) -> str:
    """Return what may be looked for. Raises HttpError for what no database holds."""
    if "\0" in text:
        raise HttpError(404, f"There is no {text!r}.")
    return text


def _week(name: str) -> date:
    try:
        return week_begun(name, now=timezone.now())
    except ValueError as error:
        raise HttpError(404, str(error)) from error


def _scope(request: HttpRequest, asked: Narrowed) -> Scope:
    """Return what the caller may see of what they ask for. A key never sees beyond its pipeline."""
    speaking = request.auth  # type: ignore[attr-defined]  # set by ninja: a pipeline or a person
    slug = asked.pipeline
    if isinstance(speaking, Pipeline):
        if slug not in ("", speaking.slug):
            raise HttpError(403, f"This key speaks for {speaking.slug} and sees its numbers alone.")
        slug = speaking.slug
    try:
        return scope_named(pipeline=slug, topic=asked.topic)
    except NoSuchScope as error:
        raise HttpError(404, str(error)) from error


def _answer(request: HttpRequest, report: Report, body: Callable[[], dict[str, Any]]) -> HttpResponse:
    return tagged(request, tag=report.digest("json"), make=lambda: Response(body()))
