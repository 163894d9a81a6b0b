"""Changes at the source: who may do what to them, what is kept of it, and whether they worked."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from pipelines.models import Pipeline, Topic
from reviews import standing_changes
from reviews.models import ChangeState, StandingChange, StandingChangeEvent
from reviews.standing_changes import NotSo, StaleChange, edit, settle, suggest, worked
from tests.reviews.making import NOW
from tests.reviews.test_over_refusal import counted

MONDAY = date(2026, 3, 2)
WEEK = timedelta(weeks=1)


@pytest.fixture
def change(pipeline: Pipeline, reviewer: User, other_reviewer: User) -> StandingChange:
    """Suggested by one reviewer, owned by another."""
    return suggest(
        pipeline=pipeline, title="Say what the museum is.", words="A museum of the harbour.", code="CYBER",
        owner=other_reviewer, due=MONDAY + WEEK, by=reviewer, now=NOW,
    )  # fmt: skip


def lines(change: StandingChange) -> list[tuple[str, dict[str, list[object]]]]:
    return [(event.state, event.changes) for event in change.events.all()]


def test_who_settles_cases_suggests_and_its_owner_or_a_lead_edits(
    change: StandingChange, reviewer: User, other_reviewer: User, lead: User, viewer: User
) -> None:
    with pytest.raises(PermissionDenied):
        suggest(
            pipeline=change.pipeline, title="t", words="w", owner=lead, due=MONDAY, by=viewer, now=NOW
        )  # fmt: skip
    for stranger in (reviewer, viewer):
        with pytest.raises(PermissionDenied):
            edit(change_id=change.pk, version=1, by=stranger, now=NOW, title="Mine")
        with pytest.raises(PermissionDenied):
            settle(change_id=change.pk, version=1, state=ChangeState.DROPPED, by=stranger, now=NOW)
    edit(change_id=change.pk, version=1, by=other_reviewer, now=NOW, title="Say it is a museum.")
    edit(change_id=change.pk, version=2, by=lead, now=NOW, owner=lead, due=MONDAY)
    with pytest.raises(PermissionDenied):
        edit(change_id=change.pk, version=3, by=other_reviewer, now=NOW, title="No longer mine")
    change.refresh_from_db()
    assert (change.title, change.owner, change.version) == ("Say it is a museum.", lead, 3)


def test_its_history_says_what_changed_who_and_when(
    change: StandingChange, other_reviewer: User, lead: User
) -> None:
    topic = Topic.objects.create(slug="harbour", name="Harbour")
    edit(change_id=change.pk, version=1, by=lead, now=NOW, topic=topic, code="CYBER", due=MONDAY)
    settle(change_id=change.pk, version=2, state=ChangeState.DONE, done_on=MONDAY, by=other_reviewer, now=NOW)
    settle(change_id=change.pk, version=3, state=ChangeState.PLANNED, by=lead, now=NOW)
    settle(change_id=change.pk, version=4, state=ChangeState.DROPPED, by=lead, now=NOW)
    first, *others = lines(change)
    assert first[1]["title"] == [None, "Say what the museum is."]
    assert others == [
        ("planned", {"topic": [None, "harbour"], "due": ["2026-03-09", "2026-03-02"]}),
        ("done", {"state": ["planned", "done"], "done_on": [None, "2026-03-02"]}),
        ("planned", {"state": ["done", "planned"], "done_on": ["2026-03-02", None]}),
        ("dropped", {"state": ["planned", "dropped"]}),
    ]
    assert edit(change_id=change.pk, version=5, by=lead, now=NOW, code="CYBER").version == 5, (
        "nothing changed"
    )
    assert len(lines(change)) == 5


def test_what_somebody_changed_meanwhile_is_not_overwritten(change: StandingChange, lead: User) -> None:
    edit(change_id=change.pk, version=1, by=lead, now=NOW, title="New")
    with pytest.raises(StaleChange):
        edit(change_id=change.pk, version=1, by=lead, now=NOW, title="Old")
    with pytest.raises(StaleChange):
        settle(change_id=change.pk, version=1, state=ChangeState.DROPPED, by=lead, now=NOW)


@pytest.mark.parametrize("day", [None, MONDAY + timedelta(days=1)])
def test_done_says_since_when_and_not_since_tomorrow(
    day: date | None, change: StandingChange, lead: User
) -> None:
    with pytest.raises(NotSo) as found:
        settle(change_id=change.pk, version=1, state=ChangeState.DONE, done_on=day, by=lead, now=NOW)
    assert found.value.field == "done_on"


def test_only_what_is_planned_is_done_or_dropped(change: StandingChange, lead: User) -> None:
    settle(change_id=change.pk, version=1, state=ChangeState.DROPPED, by=lead, now=NOW)
    with pytest.raises(NotSo, match="It is dropped: it cannot become done"):
        settle(change_id=change.pk, version=2, state=ChangeState.DONE, done_on=MONDAY, by=lead, now=NOW)


def test_an_owner_can_read_what_is_to_be_changed(change: StandingChange, viewer: User, lead: User) -> None:
    with pytest.raises(NotSo) as found:
        edit(change_id=change.pk, version=1, by=lead, now=NOW, owner=viewer)
    assert found.value.field == "owner"
    with pytest.raises(NotSo):
        edit(change_id=change.pk, version=1, by=lead, now=NOW, words="  ")


def test_the_database_refuses_to_alter_the_history(change: StandingChange) -> None:
    table = StandingChangeEvent._meta.db_table
    acts = [f"UPDATE {table} SET state = 'done'"]  # noqa: S608  # a name of our own model
    if connection.vendor == "postgresql":
        acts.append(f"DELETE FROM {table}")  # noqa: S608
    for act in acts:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)


def test_whether_it_worked_is_asked_of_the_declines_that_it_aims_at(
    change: StandingChange, lead: User, pipeline: Pipeline
) -> None:
    for back, code in [(9, "CYBER"), (10, "BIO"), (4, "BIO")]:
        counted(pipeline, MONDAY - back * WEEK, 20, 20, model="m", code=code)
    assert worked([change], now=NOW) == {}, "it is not done"
    settled = settle(
        change_id=change.pk, version=1, state=ChangeState.DONE, done_on=MONDAY - 6 * WEEK, by=lead, now=NOW
    )
    found = worked([settled], now=NOW)[change.pk]
    assert (found.before.part, found.before.n, found.after.part, found.after.n) == (20, 80, 0, 40)
    assert found.said == "fell"
    early = settle(change_id=change.pk, version=2, state=ChangeState.PLANNED, by=lead, now=NOW)
    early = settle(
        change_id=early.pk, version=3, state=ChangeState.DONE, done_on=MONDAY - WEEK, by=lead, now=NOW
    )
    assert standing_changes.worked([early], now=NOW)[early.pk].said == "too early (n = 0)"
