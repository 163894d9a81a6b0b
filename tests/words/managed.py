"""What managers look at: reports, patterns, alerts, changes at the source and a meeting, with texts in Latin."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import translation

from pipelines.models import Pipeline, Topic
from reviews import standing_changes, taken_on
from reviews.alerts import hooks
from reviews.alerts.hearing import choose
from reviews.alerts.send import send
from reviews.dataset import Wanted, export
from reviews.meeting import close
from reviews.models import (
    AlertHook,
    AlertKind,
    AlertMessage,
    ChangeState,
    Pattern,
    Reissue,
    StandingChange,
    When,
)
from reviews.patterns.evaluate import evaluate
from reviews.patterns.hush import hush
from reviews.reports.scope import Scope
from reviews.reports.weeks import WEEK, current_week, week_name
from reviews.saved import save
from reviews.subscribe import subscribe, subscribe_to_view, unsubscribe_address


def managed(lead: User, *, now: datetime) -> list[str]:
    """Let it happen, after the cases; return the addresses of the pages."""
    lead.email = "lee@example.com"
    lead.save()
    return [
        *_patterns(lead, now=now),
        *_reports(lead, now=now),
        *_changes(lead, now=now),
        *_meetings(lead, now=now),
    ]


def _patterns(lead: User, *, now: datetime) -> list[str]:
    """Return the pages of patterns, one of which was made quiet, and of the alerts that they raised."""
    for url in ("https://chat.example.com/lectio", "https://chat.example.com/silentium"):
        hooks.add(url=url, pipeline=None, kinds=AlertKind.values, by=lead, now=now)
    hooks.switch(hook_id=AlertHook.objects.latest("pk").pk, on=False, by=lead, now=now)
    choose(person=lead, choices={AlertKind.NEW: When.AT_ONCE})
    evaluate(now=now)
    heard = AlertMessage.objects.filter(person=lead)
    for message in heard:
        send(message_id=message.pk, clock=lambda: now)  # in English: they have chosen no language yet
    pattern = Pattern.objects.latest("pk")
    hush(pattern_id=pattern.pk, by=lead, now=now)
    return [
        "/patterns/",
        "/patterns/?state=quiet&code=BIO",
        pattern.get_absolute_url(),
        "/alerts/",
        heard.latest("pk").get_absolute_url(),
        AlertMessage.objects.exclude(hook=None).latest("pk").get_absolute_url(),
        AlertHook.objects.latest("pk").get_absolute_url(),
        f"{AlertHook.objects.latest('pk').get_absolute_url()}remove/",
        "/preferences/alerts/",
    ]


def _reports(lead: User, *, now: datetime) -> list[str]:
    """Return the pages of the week's report, of what leaves the house, and of who gets it by e-mail."""
    name = week_name(current_week(now=now))
    subscription = subscribe(person=lead, scope=Scope(pipeline="lectio", topic="litterae"), now=now)
    subscribe_to_view(
        person=lead, view=save(name="Litterae", query="?code=BIO", shared=False, by=lead), now=now
    )
    return [
        f"/reports/{name}/",
        f"/reports/{name}/?pipeline=lectio&topic=litterae&scale=own",
        f"/reports/{week_name(current_week(now=now) - WEEK)}/",
        "/over-refusal/",
        "/over-refusal/?code=BIO",
        "/preferences/reports/",
        unsubscribe_address(subscription).removeprefix(settings.SITE_URL),
        *_taken_along(lead, now=now),
    ]


def _taken_along(lead: User, *, now: datetime) -> list[str]:
    """Return the pages of the files of texts, one of which somebody took."""
    export(Wanted(code="BIO"), by=lead, now=now)
    return ["/dataset/", "/packet/"]


def _changes(lead: User, *, now: datetime) -> list[str]:
    """Return the pages of two changes at the source, one of them done."""
    planned, done = (_change(title, lead, now=now) for title in ("Verba magistri.", "Verba discipuli."))
    standing_changes.edit(
        change_id=done.pk, version=1, by=lead, now=now, topic=Topic.objects.get(slug="numeri")
    )
    standing_changes.settle(
        change_id=done.pk, version=2, state=ChangeState.DONE, by=lead, now=now, done_on=now.date()
    )
    own = planned.get_absolute_url()
    return [
        *(f"/changes/?state={state}" for state in ChangeState.values),
        f"/changes/new/?reissue={Reissue.objects.latest('pk').pk}",
        own,
        f"{own}edit/",
        done.get_absolute_url(),
    ]


def _change(title: str, lead: User, *, now: datetime) -> StandingChange:
    return standing_changes.suggest(
        pipeline=Pipeline.objects.get(slug="lectio"),
        title=title,
        words="Duis aute irure dolor.",
        owner=lead,
        due=(now - timedelta(days=3)).date(),
        code="CYBER",
        by=lead,
        now=now,
    )


def _meetings(lead: User, *, now: datetime) -> list[str]:
    """Return the pages of two meetings: one that is closed, and one on which something is taken on."""
    this, last = current_week(now=now), current_week(now=now) - WEEK
    for week in (last, this):
        taken = taken_on.take_on(
            week=week, line="coverage/1", label="lectio", note="Scribere.", owner=lead,
            due=last, by=lead, now=now,
        )  # fmt: skip
    with translation.override("de"):  # a record keeps the words of whoever closed the meeting
        close(week=last, by=lead, now=now)
    pages = [reverse("meeting", args=[week_name(week)]) for week in (this, last)]
    action = reverse("action", args=[taken.pk])
    return [*pages, f"{pages[1]}?today", f"{pages[0]}take-on/?line=coverage/1", action]
