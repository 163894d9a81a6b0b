"""Past cases beside the one on screen, and how the same prompt ended before: the right ones, in order, bounded."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries, Settings

from pipelines.models import Pipeline, Run, RunContent, Topic
from reviews import flips as of_prompt
from reviews import precedents as of_case
from reviews.approve import turn_down_proposal
from reviews.decide import settle
from reviews.deliver import accept
from reviews.flips import flips
from reviews.merge import merge
from reviews.models import Case, CodeGuidance, Decision, Kind, Resolution
from reviews.precedents import precedents
from reviews.undo import undo
from tests.reviews.making import (
    ANSWER,
    HOUR,
    NOW,
    answered,
    declined,
    guarded,
    held,
    record,
    request,
    sent,
    to_send,
)

PROMPT = "Describe the pier at the harbour for the guests of the museum."
NEAR = "Describe the pier at the river for the guests of the museum."
FAR = "Summarise the minutes of the board for the press."


def closed(case: Case, by: User, kind: Kind = Kind.UPHOLD, *, hours: int = 1) -> Case:
    settle(
        case_id=case.pk,
        version=case.version,
        kind=kind,
        reason="Looked at with care.",
        text="",
        by=by,
        now=NOW + hours * HOUR,
    )
    case.refresh_from_db()
    return case


def of(pipeline: Pipeline, prompt: str, topic: str = "piers", **more: object) -> Case:
    return held(pipeline, prompt, topic=topic, **more)


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    for slug in ("piers", "boards"):
        Topic.objects.get_or_create(slug=slug, defaults={"name": slug})


def ids(found: list[of_case.Precedent]) -> list[int]:
    return [one.case.pk for one in found]


def test_same_code_and_topic_come_first_and_in_each_group_the_nearest_prompt(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    far = closed(of(pipeline, FAR), reviewer, hours=3)
    near = closed(of(other_pipeline, NEAR), reviewer, hours=1)
    equal = closed(of(pipeline, PROMPT, "boards", task_id="t2"), reviewer)
    closed(held_by_guard(pipeline), reviewer)
    of(pipeline, PROMPT, task_id="t3")  # waits still
    found = precedents(of(pipeline, PROMPT))
    assert ids(found.same_topic) == [near.pk, far.pk]
    assert ids(found.same_code) == [equal.pk]
    likeness = [one.likeness for one in found.shown]
    assert likeness[2] == 100
    assert likeness[0] is not None and likeness[1] is not None and likeness[0] > 80 > likeness[1]


def held_by_guard(pipeline: Pipeline) -> Case:
    (run,) = record(pipeline, [guarded(PROMPT, topic="piers", task_id="guarded")])
    return Case.objects.get(folded__run=run)


def test_equally_near_ones_stand_the_latest_closed_first_and_a_few_are_shown(
    pipeline: Pipeline, reviewer: User
) -> None:
    cases = [closed(of(pipeline, PROMPT, task_id=f"n{n}"), reviewer, hours=n) for n in range(1, 8)]
    found = precedents(of(pipeline, PROMPT))
    assert ids(found.same_topic) == [case.pk for case in reversed(cases)][: of_case.SHOWN]
    assert found.same_code == []


def test_a_case_without_topic_has_those_of_its_code(pipeline: Pipeline, reviewer: User) -> None:
    other = closed(of(pipeline, PROMPT, ""), reviewer)
    with_topic = closed(of(pipeline, NEAR), reviewer)
    found = precedents(of(pipeline, PROMPT, "", task_id="t2"))
    assert (found.same_topic, ids(found.same_code)) == ([], [other.pk, with_topic.pk])


def test_only_the_latest_closed_are_compared_and_only_the_beginning_of_each_prompt(
    pipeline: Pipeline, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_case, "CANDIDATES", 2)
    monkeypatch.setattr(of_case, "COMPARED", 20)
    closed(of(pipeline, PROMPT, task_id="t2"), reviewer, hours=1)
    alike = closed(of(pipeline, PROMPT[:20] + " and much else besides"), reviewer, hours=2)
    later = closed(of(pipeline, FAR), reviewer, hours=3)
    found = precedents(of(pipeline, PROMPT))
    assert [one.likeness == 100 for one in found.same_topic] == [True, False]
    assert ids(found.same_topic) == [alike.pk, later.pk]


def test_what_is_merged_with_the_case_is_itself_and_no_precedent(pipeline: Pipeline, reviewer: User) -> None:
    case, twin, sibling = (of(pipeline, PROMPT, task_id=name) for name in ("a", "b", "c"))
    for one in (twin, sibling):
        merge(case_id=one.pk, version=one.version, into=case.pk, by=reviewer, now=NOW)
    assert precedents(case).shown == []
    case.refresh_from_db()
    closed(case, reviewer)
    twin.refresh_from_db()
    assert precedents(twin).shown == []
    assert ids(precedents(of(pipeline, NEAR)).shown) == [case.pk]


def test_each_says_what_was_decided_with_which_context_and_how_it_ended(
    pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = of(pipeline, NEAR)
    sent(case, reviewer, "refusal cyber")
    sent(case, reviewer, "end_turn", now=NOW + HOUR)
    accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW + 2 * HOUR)
    upheld = closed(of(pipeline, FAR), reviewer)
    found = precedents(of(pipeline, PROMPT))
    delivered, other = found.same_topic
    assert [decision.kind for decision in delivered.decisions] == [Kind.REISSUE, Kind.REISSUE]
    assert ["[[sandbox:" in reissue.purpose for reissue in delivered.reissues] == [True, True]
    assert delivered.excerpt == NEAR
    assert other.case == upheld
    assert [(one.reason, one.by) for one in other.decisions] == [("Looked at with care.", reviewer)]
    assert (found.reissued, found.answered) == (2, 1)
    assert sorted(found.endings) == sorted(
        [(str(Resolution.DELIVERED.label), 1), (str(Resolution.UPHELD.label), 1)]
    )


def test_what_was_undone_is_no_part_of_a_precedent(
    pipeline: Pipeline, reviewer: User, settings: Settings
) -> None:
    settings.UNDO_SECONDS = 10
    case = of(pipeline, NEAR)
    to_send(case, by=reviewer)
    decision = Decision.objects.get(case=case)
    undo(event_id=decision.event.pk, by=reviewer, now=NOW)
    case.refresh_from_db()
    closed(case, reviewer)
    found = precedents(of(pipeline, PROMPT))
    assert found.reissued == 0
    assert [one.kind for one in found.same_topic[0].decisions] == [Kind.UPHOLD]


def test_what_a_second_person_turned_down_counts_as_no_reissue(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    CodeGuidance.objects.create(code="CYBER", text="Look twice.", sensitive=True)
    case = of(pipeline, NEAR)
    to_send(case, by=reviewer)
    case.refresh_from_db()
    turn_down_proposal(case_id=case.pk, version=case.version, reason="No.", by=other_reviewer, now=NOW)
    case.refresh_from_db()
    closed(case, reviewer)
    found = precedents(of(pipeline, PROMPT))
    assert (found.reissued, found.same_topic[0].reissues) == (0, [])


def test_a_prompt_that_is_no_longer_kept_is_compared_with_nothing(pipeline: Pipeline, reviewer: User) -> None:
    kept = closed(of(pipeline, FAR), reviewer)
    gone = closed(of(pipeline, PROMPT, task_id="t2"), reviewer, hours=2)
    case = of(pipeline, PROMPT)
    RunContent.objects.filter(run=gone.first_run_id).delete()
    found = precedents(case).same_topic
    assert [(one.case, one.likeness is None, one.excerpt) for one in found] == [
        (kept, False, FAR),
        (gone, True, ""),
    ]
    RunContent.objects.filter(run=case.first_run_id).delete()
    assert [one.likeness for one in precedents(case).same_topic] == [None, None]


def test_many_precedents_take_no_more_queries_than_one(
    pipeline: Pipeline, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = of(pipeline, PROMPT)
    closed(of(pipeline, NEAR), reviewer)
    with django_assert_num_queries(6):
        precedents(case)
    for n in range(4):
        closed(of(pipeline, f"{NEAR} {n}"), reviewer)
    with django_assert_num_queries(6):
        precedents(case)


# The same prompt before.


def test_the_same_prompt_is_counted_by_week_and_model_with_corrections(pipeline: Pipeline) -> None:
    earlier = NOW - timedelta(weeks=1)
    prompt = {"request": request(PROMPT)}
    older = request(PROMPT, model="claude-older")
    rows = [
        declined(PROMPT, at=earlier),
        {"task_id": "t1", "text": ANSWER, "at": earlier.isoformat(), "request": older},
        declined(PROMPT),
        declined(PROMPT),
        {"task_id": "t1", "error": {"type": "OverloadedError", "http_status": 529}, "at": NOW.isoformat()}
        | prompt,
    ]
    runs = record(pipeline, rows)
    Run.objects.filter(pk=runs[3].pk).update(corrected_outcome="ok")
    found = flips(Case.objects.get())
    assert [(row.week, row.model, dict(row.endings)) for row in found.rows] == [
        (runs[2].week, "claude-opus-5-5", {"ok": 1, "declined": 1, "infra_error": 1}),
        (runs[0].week, "claude-older", {"ok": 1}),
        (runs[0].week, "claude-opus-5-5", {"declined": 1}),
    ]
    assert (found.answered, found.asked, found.more) == (2, 4, False)


def test_another_task_pipeline_or_attempt_that_was_not_the_last_does_not_count(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = held(pipeline, PROMPT)
    held(other_pipeline, PROMPT)
    record(pipeline, [answered(prompt=PROMPT, task_id="t2")])
    record(pipeline, [declined(PROMPT) | {"final": False}])
    sent(case, reviewer, "end_turn")
    found = flips(case)
    assert (found.answered, found.asked) == (0, 1)


def test_of_a_prompt_with_many_runs_the_latest_are_read(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_prompt, "READ", 2)
    prompt = {"request": request(PROMPT), "task_id": "t1", "at": NOW.isoformat()}
    record(pipeline, [declined(PROMPT)])
    record(pipeline, [{"text": ANSWER} | prompt])
    assert not flips(Case.objects.get()).more
    record(pipeline, [{"text": ANSWER} | prompt])
    found = flips(Case.objects.get())
    assert (found.answered, found.asked, found.more) == (2, 2, True)
