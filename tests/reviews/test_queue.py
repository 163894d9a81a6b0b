"""The queue's filters of people, claims and rest, and the way through a list in both directions."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import Pipeline
from reviews.claim import LEASE, claim
from reviews.label import assign
from reviews.models import Case, Snooze, State
from reviews.note import ask
from reviews.people import reviewers
from reviews.queue import (
    SORTS,
    Filter,
    around,
    counted,
    counts_by,
    key_of,
    listed,
    next_case,
    past,
    place,
    previous_case,
    turned,
)  # fmt: skip
from reviews.snooze import snooze
from tests.conftest import person
from tests.reviews.acting import act
from tests.reviews.making import HOUR, NOW, declined, held, record, to_send


@pytest.fixture
def cases(pipeline: Pipeline, reviewer: User, other_reviewer: User, lead: User) -> dict[str, Case]:
    """One of each: assigned, claimed, claimed too long ago, snoozed thrice, snoozed before, asked, upheld, away."""
    pipeline.owner = lead
    pipeline.save()
    names = ("assigned", "claimed", "let go", "date", "growth", "model", "over", "asked", "upheld", "away")
    made = {name: held(pipeline, f"The {name} pier.") for name in names}
    assign(case_id=made["assigned"].pk, to=other_reviewer, by=reviewer, now=NOW)
    claim(case_id=made["claimed"].pk, by=reviewer, now=NOW)
    claim(case_id=made["let go"].pk, by=reviewer, now=NOW - LEASE)
    for name, kind in (("date", Snooze.DATE), ("growth", Snooze.GROWTH), ("model", Snooze.MODEL)):
        snooze(case_id=made[name].pk, kind=kind, until=NOW + HOUR, more=5, by=reviewer, now=NOW)
    snooze(case_id=made["over"].pk, kind=Snooze.DATE, until=NOW, by=reviewer, now=NOW - HOUR)
    ask(case_id=made["asked"].pk, question="Why?", by=reviewer, now=NOW)
    act("uphold", made["upheld"], other_reviewer, NOW)
    to_send(made["away"], by=reviewer)
    return made


AWAKE = {"assigned", "claimed", "let go", "over", "asked", "away"}
ALL = AWAKE | {"date", "growth", "model", "upheld"}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(), AWAKE),
        (Filter(state="snoozed"), {"date", "growth", "model"}),
        (Filter(state="held"), ALL - {"upheld", "away"}),
        (Filter(state="asked"), {"asked"}),
        (Filter(state="closed"), {"upheld"}),
        (Filter(assigned="other_reviewer"), {"assigned"}),
        (Filter(assigned="reviewer"), set()),
        (Filter(assigned="-"), AWAKE - {"assigned"}),
        (Filter(assigned="nobody of this name"), set()),
        (Filter(decider="other_reviewer", state="all"), {"upheld"}),
        (Filter(decider="reviewer", state="all"), {"away"}),
        (Filter(decider="other_reviewer"), set()),
        (Filter(claim="claimed"), {"claimed"}),
        (Filter(claim="free"), AWAKE - {"claimed"}),
        (Filter(claim="free", state="all"), ALL - {"claimed"}),
        (Filter(claim="nonsense"), AWAKE),
        (Filter(q="assigned"), {"assigned"}),
        (Filter(q="pier", claim="claimed"), {"claimed"}),
        (Filter(q="pier", state="all"), ALL),
        (Filter(q="upheld"), set()),
        (Filter(q="claimed", sort="blocked", assigned="-", age="month"), set()),
    ],
)
@pytest.mark.parametrize("sort", SORTS)
def test_the_queue_shows_what_its_address_asks_for(
    cases: dict[str, Case], wanted: Filter, names: set[str], sort: str
) -> None:
    wanted = Filter(**{name: getattr(wanted, name) for name in Filter.__slots__} | {"sort": sort})
    found = wanted.cases(now=NOW)
    assert set(found) == {cases[name] for name in names}
    assert counted(found) == len(names)
    assert dict(counts_by(found, "code")) == ({"CYBER": len(names)} if names else {})
    assert set(listed(found)) == set(found)


def test_a_claim_and_a_snooze_are_over_when_their_time_is(cases: dict[str, Case]) -> None:
    assert not Filter(claim="claimed").cases(now=NOW + LEASE).exists()
    assert cases["date"] in Filter().cases(now=NOW + HOUR)
    assert set(Filter(state="snoozed").cases(now=NOW + HOUR)) == {cases["growth"], cases["model"]}


def test_every_field_of_a_filter_stands_in_its_address() -> None:
    wanted = Filter(
        q='"a b" -c', assigned="lee.k", decider="ben", claim="free", state="snoozed", sort="blocked"
    )
    assert wanted.query == (
        "?q=%22a+b%22+-c&state=snoozed&assigned=lee.k&decider=ben&claim=free&sort=blocked"
    )  # fmt: skip
    assert Filter().query == ""


def test_the_most_blocked_work_stands_first(pipeline: Pipeline) -> None:
    record(pipeline, [declined("old", at=NOW - 5 * HOUR)])
    record(pipeline, [declined("often", at=NOW - 2 * HOUR)] * 3)
    record(pipeline, [declined("new", at=NOW)])
    found = Filter(sort="blocked").cases(now=NOW)
    assert [case.blocked_seconds // 3600 for case in found] == [6, 5, 0]  # type: ignore[attr-defined]  # annotated
    later = Filter(sort="blocked").cases(now=NOW + HOUR)
    assert [case.blocked_seconds // 3600 for case in later] == [9, 6, 1]  # type: ignore[attr-defined]
    assert [case.declines for case in found] == [3, 1, 1]


# Few values, so that most places are shared.
PLACES = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(1, 2), st.integers(0, 2), st.sampled_from(["held", "reissuing"])
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.django_db
@given(places=PLACES, sort=st.sampled_from(sorted(SORTS)))
@settings(max_examples=60, deadline=None)
def test_the_next_case_and_the_one_before_lead_back_to_each_other_under_every_order(
    places: list[tuple[int, int, int, str]], sort: str
) -> None:
    with transaction.atomic():
        pipeline = Pipeline.objects.create(slug="museum-guide", title="Museum guide")
        record(pipeline, [declined(f"Item {n}") for n in range(len(places))])
        for case, (hours, declines, blocked, state) in zip(Case.objects.order_by("pk"), places, strict=True):
            Case.objects.filter(pk=case.pk).update(
                held_since=NOW - hours * HOUR, declines=declines, blocked_runs=blocked, state=state,
                blocked_since=blocked * int((NOW - hours * HOUR).timestamp()),
            )  # fmt: skip
        _walk(Filter(sort=sort))
        transaction.set_rollback(True)


def _walk(wanted: Filter) -> None:
    whole = list(wanted.cases(now=NOW))
    people = [case for case in whole if case.state != State.REISSUING]
    for case in whole:
        above = [one for one in whole[: whole.index(case)] if one in people]
        below = [one for one in whole[whole.index(case) + 1 :] if one in people]
        before = previous_case(before=case, wanted=wanted, now=NOW)
        after = next_case(after=case, wanted=wanted, now=NOW)
        assert before == (above[-1] if above else None)
        assert after == next(iter([*below, *above]), None)
        if case in people and before:
            assert next_case(after=before, wanted=wanted, now=NOW) == case
        if case in people and below and after:
            assert previous_case(before=after, wanted=wanted, now=NOW) == case
        key = key_of(case, wanted.order, now=NOW)
        cases = wanted.cases(now=NOW)
        assert list(cases.filter(past(key, wanted.order))) == whole[whole.index(case) + 1 :]
        assert set(cases.filter(past(key, turned(wanted.order)))) == set(whole[: whole.index(case)])
        assert place(case, wanted, now=NOW).number == whole.index(case) + 1
        assert around(case, wanted, now=NOW) == whole


def test_the_order_from_its_end_is_the_order_turned_once(pipeline: Pipeline) -> None:
    for _label, order in SORTS.values():
        assert turned(turned(order)) == order
        assert turned(order) != order


def test_a_decided_case_keeps_its_place_for_the_way_on(pipeline: Pipeline, reviewer: User) -> None:
    record(pipeline, [declined(f"Item {n}", at=NOW + timedelta(seconds=n)) for n in range(3)])
    first, second, third = Case.objects.order_by("held_since")
    act("uphold", second, reviewer, NOW)
    second.refresh_from_db()
    assert next_case(after=second, wanted=Filter(), now=NOW) == third
    assert previous_case(before=second, wanted=Filter(), now=NOW) == first


def test_the_people_who_can_be_handed_a_case(
    reviewer: User, lead: User, viewer: User, outsider: User
) -> None:
    User.objects.create_superuser("admin")
    gone = person("gone", "reviewer", "lead")
    gone.is_active = False
    gone.save()
    twice = person("twice", "reviewer", "lead")
    people: list[Any] = list(reviewers())
    assert [one.username for one in people] == ["admin", "lead", "reviewer", "twice"]
    assert twice in people
