"""What a person did a moment ago is undone to the last column, or refused with the reason."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import Settings

from pipelines.models import Pipeline
from pipelines.running import Ended
from reviews.claim import claim
from reviews.count import counted, recount
from reviews.decide import settle
from reviews.deliver import accept, unread_answer
from reviews.label import assign, set_topic
from reviews.models import Bulk, Case, CaseEvent, Delivery, EventKind, Kind, Sending, State
from reviews.move import KEPT
from reviews.note import note
from reviews.send import send
from reviews.undo import NotUndoable, latest, undo, undo_bulk, until
from tests.reviews.acting import ACTS, OF_ANSWERED, OF_CLOSED, OF_HELD, OF_MERGED, act, standing
from tests.reviews.making import HOUR, NOW, declined, ended, held, kinds, record, to_send

SOON = NOW + timedelta(seconds=5)
PATIENCE = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _what_leaves_waits(settings: Settings) -> None:
    settings.UNDO_SECONDS = 10


@pytest.fixture
def case(pipeline: Pipeline) -> Case:
    """A case of two runs, beside another one of the pipeline."""
    held(pipeline, "Describe the quay.", topic="harbour")
    record(pipeline, [declined(topic="harbour"), declined(at=NOW - HOUR)])
    return Case.objects.order_by("pk")[1]


def ready(name: str, case: Case, by: User) -> None:
    """Bring the case to where the act can be done to it."""
    if name in OF_ANSWERED:
        ended(case, by)
    elif name in OF_CLOSED:
        act("uphold", case, by, NOW)
    elif name in OF_MERGED:
        act("merge", case, by, NOW)
    elif name == "hand to nobody":
        act("assign", case, by, NOW)


@pytest.mark.parametrize("name", ACTS)
def test_undoing_puts_everything_back_and_says_so(name: str, case: Case, reviewer: User) -> None:
    ready(name, case, reviewer)
    before = standing()
    event = act(name, case, reviewer, SOON)
    acted = standing()
    undone = undo(event_id=event.pk, by=reviewer, now=SOON)
    assert standing() == before
    assert acted != before
    assert counted() == recount()
    assert (undone.kind, undone.undoes, undone.by, undone.at) == (EventKind.UNDONE, event, reviewer, SOON)
    assert event.kind in kinds(case), "what was done stays in the history"


@pytest.mark.parametrize("name", [*OF_HELD, *OF_ANSWERED, *OF_CLOSED])
def test_a_page_from_before_the_undo_is_an_old_one(name: str, case: Case, reviewer: User) -> None:
    ready(name, case, reviewer)
    event = act(name, case, reviewer, SOON)
    seen = Case.objects.get(pk=case.pk).version
    undo(event_id=event.pk, by=reviewer, now=SOON)
    rises = 0 if name.startswith("snooze") else 1
    assert Case.objects.get(pk=case.pk).version == seen + rises


@pytest.mark.parametrize("name", ACTS)
def test_what_was_undone_can_be_done_again_and_undone_again(name: str, case: Case, reviewer: User) -> None:
    ready(name, case, reviewer)
    before = standing()
    for n in range(3):
        event = act(name, case, reviewer, SOON + timedelta(seconds=n))
        undo(event_id=event.pk, by=reviewer, now=SOON + timedelta(seconds=n))
        assert standing() == before


@pytest.mark.parametrize("name", ACTS)
def test_nobody_undoes_what_another_did_and_nothing_is_undone_twice(
    name: str, case: Case, reviewer: User, lead: User, viewer: User
) -> None:
    ready(name, case, reviewer)
    event = act(name, case, reviewer, SOON)
    with pytest.raises(NotUndoable, match="not yours"):
        undo(event_id=event.pk, by=lead, now=SOON)
    with pytest.raises(PermissionDenied):
        undo(event_id=event.pk, by=viewer, now=SOON)
    undone = undo(event_id=event.pk, by=reviewer, now=SOON)
    for again in (event, undone):
        with pytest.raises(NotUndoable):
            undo(event_id=again.pk, by=reviewer, now=SOON)


@pytest.mark.parametrize("name", ACTS)
def test_an_undo_comes_too_late_once_its_time_is_over(name: str, case: Case, reviewer: User) -> None:
    ready(name, case, reviewer)
    event = act(name, case, reviewer, SOON)
    leaves = name in ("re-issue", "accept", "by hand with a text")
    assert until(event) == SOON + (PATIENCE if leaves else KEPT)
    with pytest.raises(NotUndoable, match="time to undo"):
        undo(event_id=event.pk, by=reviewer, now=until(event))
    undo(event_id=event.pk, by=reviewer, now=until(event) - timedelta(microseconds=1))


def test_a_reissue_that_was_taken_back_never_leaves(case: Case, reviewer: User) -> None:
    sending = to_send(case, by=reviewer)
    undo(event_id=case.events.get(kind=EventKind.DECIDED).pk, by=reviewer, now=SOON)
    sending.refresh_from_db()
    assert (sending.state, sending.finished_at, sending.sending_since) == (Sending.TAKEN_BACK, SOON, None)
    send(reissue_id=sending.pk, clock=lambda: NOW + HOUR, ask=lambda request, **_: 1 / 0)  # type: ignore[arg-type]  # asks nobody
    case.refresh_from_db()
    again = to_send(case, by=reviewer, now=NOW + HOUR)
    assert (again.number, case.reissues.count()) == (2, 2)


def test_a_reissue_that_has_left_cannot_be_undone_whatever_the_setting_says_by_now(
    case: Case, reviewer: User, settings: Settings
) -> None:
    sending = to_send(case, by=reviewer)
    event = case.events.get(kind=EventKind.DECIDED)
    refused = []

    def ask(request: str, **_: object) -> Ended:
        settings.UNDO_SECONDS = 60
        with pytest.raises(NotUndoable, match="has left already") as why:
            undo(event_id=event.pk, by=reviewer, now=NOW + PATIENCE)
        refused.append(why)
        return Ended(field="error", text='{"type": "OverloadedError", "http_status": 529}', duration_ms=1)

    send(reissue_id=sending.pk, clock=lambda: NOW + PATIENCE, ask=ask)
    sending.refresh_from_db()
    assert (len(refused), sending.state) == (1, Sending.FAILED)


def test_an_answer_whose_acceptance_was_undone_can_be_accepted_again(case: Case, reviewer: User) -> None:
    sending = ended(case, reviewer)
    event = act("accept", case, reviewer, SOON)
    undo(event_id=event.pk, by=reviewer, now=SOON)
    case.refresh_from_db()
    assert (case.state, case.closed_at, unread_answer(case)) == (State.ANSWERED, None, sending)
    first = Delivery.objects.get()
    assert first.taken_back_at == SOON
    second = accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW + HOUR)
    assert (second.run, Delivery.objects.filter(taken_back_at=None).get()) == (first.run, second)


def test_a_deliverable_that_has_left_cannot_be_undone_whatever_the_setting_says_by_now(
    case: Case, reviewer: User, settings: Settings
) -> None:
    event = act("by hand with a text", case, reviewer, NOW)
    settings.UNDO_SECONDS = 60
    with pytest.raises(NotUndoable, match="delivered already"):
        undo(event_id=event.pk, by=reviewer, now=NOW + PATIENCE)
    assert Delivery.objects.get().taken_back_at is None
    assert Case.objects.get(pk=case.pk).state == State.CLOSED, "all of it is refused"


def test_acts_are_undone_one_after_the_other_the_latest_first(case: Case, reviewer: User) -> None:
    before, events = standing(), []
    for n, name in enumerate(("assign", "another code", "topic", "withdraw", "reopen", "uphold")):
        events.append(act(name, case, reviewer, NOW + timedelta(seconds=n)))
    for event in reversed(events):
        assert latest(by=reviewer, now=SOON) == event
        undo(event_id=event.pk, by=reviewer, now=SOON)
    assert latest(by=reviewer, now=SOON) is None
    assert standing() == before


def test_the_latest_act_is_offered_to_whoever_did_it_while_it_can_be_undone(
    case: Case, reviewer: User, other_reviewer: User
) -> None:
    event = act("re-issue", case, reviewer, NOW)
    note(case_id=case.pk, text="On its way.", by=reviewer, now=SOON)
    assert latest(by=reviewer, now=SOON) == event
    assert latest(by=other_reviewer, now=SOON) is None
    assert latest(by=reviewer, now=NOW + PATIENCE) is None


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("another code", "uphold"),
        ("the same code", "another code"),
        ("another code", "re-issue"),
        ("reopen", "withdraw"),
        ("uphold", "reopen"),
        ("turn down", "withdraw"),
        ("split", "merge"),
        ("topic", "no topic"),
        ("snooze until a date", "snooze until it grows"),
        ("reopen", "snooze until a date"),
        ("turn down", "snooze until it grows"),
    ],
)
def test_what_another_did_since_is_not_overwritten(
    first: str, then: str, case: Case, reviewer: User, other_reviewer: User
) -> None:
    ready(first, case, reviewer)
    event = act(first, case, reviewer, SOON)
    act(then, case, other_reviewer, SOON)
    acted = standing()
    with pytest.raises(NotUndoable, match="changed since"):
        undo(event_id=event.pk, by=reviewer, now=SOON)
    assert standing() == acted


@pytest.mark.parametrize("name", ["another code", "turn down", "reopen"])
def test_a_case_that_another_has_claimed_since_is_not_moved_under_their_hands(
    name: str, case: Case, reviewer: User, other_reviewer: User
) -> None:
    ready(name, case, reviewer)
    event = act(name, case, reviewer, SOON)
    claim(case_id=case.pk, by=other_reviewer, now=SOON)
    with pytest.raises(NotUndoable, match="claimed by other_reviewer"):
        undo(event_id=event.pk, by=reviewer, now=SOON)
    Case.objects.filter(pk=case.pk).update(claimed_until=SOON)  # their claim has run out
    undo(event_id=event.pk, by=reviewer, now=SOON)


def test_a_case_that_was_declined_again_since_it_was_reopened_is_not_closed_over_it(
    pipeline: Pipeline, case: Case, reviewer: User
) -> None:
    act("withdraw", case, reviewer, NOW)
    event = act("reopen", case, reviewer, NOW)
    record(pipeline, [declined()])
    with pytest.raises(NotUndoable, match="changed since"):
        undo(event_id=event.pk, by=reviewer, now=SOON)


def test_repeats_that_came_since_stay_counted(pipeline: Pipeline, case: Case, reviewer: User) -> None:
    event = act("uphold", case, reviewer, NOW)
    record(pipeline, [declined(at=SOON)])
    undo(event_id=event.pk, by=reviewer, now=SOON)
    case.refresh_from_db()
    assert (case.state, case.declines, case.blocked_runs, case.last_seen) == (State.HELD, 3, 3, SOON)


def test_undoing_a_topic_gives_each_run_back_its_own(case: Case, reviewer: User, lead: User) -> None:
    set_topic(case_id=case.pk, topic=None, by=lead, now=NOW)
    topics = set(case.folded.values_list("run__topic", flat=True))
    assert topics == {None}
    assert counted() == recount()
    undo(event_id=case.events.get(kind=EventKind.TOPIC_SET).pk, by=lead, now=SOON)
    assert set(case.folded.values_list("run__topic__slug", flat=True)) == {None, "harbour"}
    assert counted() == recount()


def test_a_bulk_act_is_undone_where_nothing_came_since(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    cases = [held(pipeline, f"Item {n}") for n in range(3)]
    bulk = Bulk.objects.create(act="uphold", by=reviewer, at=NOW, chosen=3)
    for case in cases:
        settle(
            case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW, bulk=bulk
        )  # fmt: skip
    act("reopen", cases[1], other_reviewer, SOON)
    with pytest.raises(PermissionDenied):
        undo_bulk(bulk_id=bulk.pk, by=User.objects.create(username="nobody"), now=SOON)
    assert undo_bulk(bulk_id=bulk.pk, by=other_reviewer, now=SOON)[0] == 0
    done, refused = undo_bulk(bulk_id=bulk.pk, by=reviewer, now=SOON)
    assert (done, len(refused)) == (2, 1)
    assert f"Case {cases[1].pk} has changed since" in refused[0]
    assert set(Case.objects.values_list("state", flat=True)) == {State.HELD}
    assert undo_bulk(bulk_id=bulk.pk, by=reviewer, now=SOON)[0] == 0


def test_what_changed_nothing_cannot_be_undone(case: Case, reviewer: User) -> None:
    assign(case_id=case.pk, to=None, by=reviewer, now=NOW)
    event = CaseEvent.objects.get(kind=EventKind.ASSIGNED)
    with pytest.raises(NotUndoable):
        undo(event_id=event.pk, by=reviewer, now=NOW)
    assert latest(by=reviewer, now=NOW) is None
