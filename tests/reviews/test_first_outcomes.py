"""How a case was settled the first time, through the real steps; and that what is kept equals a recount."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.models import Pipeline, Topic
from pipelines.models.run import week_of
from refusals import Outcome
from reviews import first_outcomes
from reviews.compose import EditByHand
from reviews.decide import reclassify, reopen, settle
from reviews.deliver import accept, replace
from reviews.label import set_topic
from reviews.merge import merge, split
from reviews.models import Case, EventKind, FirstOutcome, Kind, State
from reviews.reports import over_refusal
from reviews.reports.weeks import WEEK, ends
from reviews.undo import undo
from tests.reviews.making import ANSWER, CONTEXT, HOUR, NOW, come, declined, ended, guarded, held, record
from tests.reviews.test_sequences import STEPS, Site
from tests.signing_in import reissued


@pytest.fixture(autouse=True)
def _kept_equals_a_recount(db: None) -> Iterator[None]:
    yield
    assert first_outcomes.kept() == first_outcomes.recount()


def accepted(case: Case, by: User, *, now: object = NOW) -> None:
    ended(case, by, now=now)  # type: ignore[arg-type]
    accept(case_id=case.pk, version=case.version, by=by, now=now)  # type: ignore[arg-type]


def settled(case: Case, kind: Kind, by: User, **more: object) -> None:
    case.refresh_from_db()
    settle(case_id=case.pk, version=case.version, kind=kind, reason="Seen.", by=by, **({"now": NOW} | more))  # type: ignore[arg-type]


def endings() -> dict[str, str]:
    found = FirstOutcome.objects.select_related("case__first_run__content")
    return {one.case.first_run.content.prompt: one.ending for one in found}


def test_every_way_to_settle_a_case_is_an_ending_of_its_own(pipeline: Pipeline, reviewer: User) -> None:
    pipeline.reissue_models = "claude-sonnet-5"
    pipeline.save()
    for name in (
        "answered",
        "edited",
        "other_model",
        "upheld",
        "by_hand",
        "withdrawn",
        "reclassified",
        "held",
    ):
        held(pipeline, name)
    by_name = {case.first_run.content.prompt: case for case in Case.objects.all()}
    accepted(by_name["answered"], reviewer)
    for name, more in {
        "edited": {"asked": EditByHand(purpose="A leaflet.", text="Describe the harbour.")},
        "other_model": {"asked": CONTEXT, "model": "claude-sonnet-5", "reuse_seen": True},
    }.items():
        sending = reissued(by_name[name], by=reviewer, now=NOW, **more)  # type: ignore[arg-type]
        come(sending, now=NOW)
        by_name[name].refresh_from_db()
        accept(case_id=by_name[name].pk, version=by_name[name].version, by=reviewer, now=NOW)
    settled(by_name["upheld"], Kind.UPHOLD, reviewer)
    settled(by_name["by_hand"], Kind.BY_HAND, reviewer)
    settled(by_name["withdrawn"], Kind.WITHDRAW, reviewer)
    case = by_name["reclassified"]
    reclassify(case_id=case.pk, version=1, outcome=Outcome.OK, code="", reason="r", by=reviewer, now=NOW)
    assert endings() == {name: name for name in by_name if name != "held"}


def test_an_answer_that_a_person_replaced_was_handled_by_hand(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    ended(case, reviewer)
    replace(case_id=case.pk, version=case.version, reason="Too short.", text=ANSWER, by=reviewer, now=NOW)
    assert FirstOutcome.objects.get().ending == "by_hand"


def test_another_code_of_a_decline_settles_nothing_and_moves_what_was_settled(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    reclassify(
        case_id=case.pk, version=1, outcome=Outcome.DECLINED, code="BIO", reason="r", by=reviewer, now=NOW
    )
    assert not FirstOutcome.objects.exists()
    settled(case, Kind.UPHOLD, reviewer)
    assert FirstOutcome.objects.get().code == "BIO"


def test_the_first_outcome_stays_when_the_case_comes_back_or_is_held_again(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline, "a")
    settled(case, Kind.WITHDRAW, reviewer)
    record(pipeline, [declined("a")], now=NOW + HOUR)
    accepted(case, reviewer, now=NOW + HOUR)
    other = held(pipeline, "b")
    settled(other, Kind.UPHOLD, reviewer)
    other.refresh_from_db()
    reopen(case_id=other.pk, version=other.version, reason="Again.", by=reviewer, now=NOW + HOUR)
    settled(other, Kind.BY_HAND, reviewer, now=NOW + 2 * HOUR)
    assert endings() == {"a": "withdrawn", "b": "upheld"}
    assert set(FirstOutcome.objects.values_list("at", flat=True)) == {NOW}


def test_what_was_undone_did_not_happen(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    settled(case, Kind.UPHOLD, reviewer)
    undo(event_id=case.events.get(kind=EventKind.DECIDED).pk, by=reviewer, now=NOW)
    assert not FirstOutcome.objects.exists()
    settled(case, Kind.BY_HAND, reviewer, now=NOW + HOUR)
    assert FirstOutcome.objects.get().ending == "by_hand"


def test_an_acceptance_that_was_undone_did_not_happen_either(
    pipeline: Pipeline, reviewer: User, settings: object
) -> None:
    settings.UNDO_SECONDS = 10  # type: ignore[attr-defined]
    case = held(pipeline)
    ended(case, reviewer)
    accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW)
    undo(event_id=case.events.get(kind=EventKind.ACCEPTED).pk, by=reviewer, now=NOW + timedelta(seconds=5))
    assert not FirstOutcome.objects.exists()


def test_merged_cases_count_once(pipeline: Pipeline, reviewer: User) -> None:
    first, second = held(pipeline, "a"), held(pipeline, "b")
    settled(first, Kind.WITHDRAW, reviewer)
    record(pipeline, [declined("a")], now=NOW + HOUR)
    first.refresh_from_db()
    merge(case_id=first.pk, version=first.version, into=second.pk, by=reviewer, now=NOW + HOUR)
    assert endings() == {}
    settled(second, Kind.UPHOLD, reviewer, now=NOW + HOUR)
    assert endings() == {"b": "upheld"}
    split(case_id=first.pk, by=reviewer, now=NOW + 2 * HOUR)
    assert endings() == {"a": "withdrawn", "b": "upheld"}, "apart again, it has its own past"


def test_a_topic_that_is_set_later_moves_it(pipeline: Pipeline, reviewer: User) -> None:
    record(pipeline, [guarded("a", topic="harbour")])
    case = Case.objects.get()
    settled(case, Kind.UPHOLD, reviewer)
    topic = Topic.objects.create(slug="cranes", name="Cranes")
    set_topic(case_id=case.pk, topic=topic, by=reviewer, now=NOW)
    assert FirstOutcome.objects.get().topic == "cranes"
    undo(event_id=case.events.get(kind=EventKind.TOPIC_SET).pk, by=reviewer, now=NOW)
    assert FirstOutcome.objects.get().topic == "harbour"


def test_rows_can_be_made_anew(pipeline: Pipeline, reviewer: User) -> None:
    settled(held(pipeline, "a"), Kind.UPHOLD, reviewer)
    held(pipeline, "b")
    FirstOutcome.objects.all().delete()
    assert first_outcomes.rebuild() == 1


def reported() -> Iterator[tuple[str, str]]:
    """Read the report of a later month: of those before, it keeps what it read as far as that still holds."""
    later = week_of(timezone.localtime(NOW)) + 9 * WEEK
    for code, ending, n in over_refusal.read(later, now=ends(later)).by_code:
        yield from [(code, ending)] * n


@given(steps=st.lists(STEPS, max_size=14))
@hypothesis_settings(max_examples=60, deadline=None)
def test_after_anything_what_is_kept_is_what_the_histories_say(steps: list[tuple[str, Any]]) -> None:
    with transaction.atomic(), override_settings(UNDO_SECONDS=10):
        site = Site()
        for name, argument in steps:
            getattr(site, name)(argument)
            assert first_outcomes.kept() == first_outcomes.recount()
            assert Counter(reported()) == Counter(FirstOutcome.objects.values_list("code", "ending"))
        closed = Case.objects.filter(state=State.CLOSED, merged_into=None)
        assert set(closed.values_list("pk")) <= set(FirstOutcome.objects.values_list("case"))
        transaction.set_rollback(True)
