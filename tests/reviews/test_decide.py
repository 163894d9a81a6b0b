"""What a reviewer settles, each with a reason, and who may."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline, Run
from refusals import Outcome
from reviews.compose import Context
from reviews.decide import NotComplete, reclassify, settle
from reviews.deliver import accept, turn_down
from reviews.models import (
    Case,
    CaseEvent,
    Decision,
    Delivery,
    EventKind,
    Kind,
    Mark,
    Reissue,
    Resolution,
    State,
    Suspicion,
    WeekRuns,
)
from reviews.move import MoveNotAllowed, StaleCase
from reviews.suspect import dismiss, hold_suspected
from tests.reviews.making import APOLOGY, HOUR, NOW, answered, declined, held, record, to_send

LATER = NOW + HOUR
Step = Callable[[Case, User, datetime], object]


def uphold(
    case: Case,
    by: User,
    now: datetime = LATER,
    kind: Kind = Kind.UPHOLD,
    reason: str = "It asks for a visitor's address.",
    text: str = "",
) -> Decision:
    return settle(case_id=case.pk, version=case.version, kind=kind, reason=reason, by=by, now=now, text=text)


def to_code(case: Case, by: User, now: datetime = LATER, *, code: str = "PII") -> Decision:
    return reclassify(
        case_id=case.pk, version=case.version, outcome=Outcome.DECLINED, code=code, reason="It is about people.",
        by=by, now=now,
    )  # fmt: skip


STEPS: dict[str, Step] = {
    "uphold": uphold,
    "by_hand": lambda case, by, now: uphold(case, by, now, Kind.BY_HAND, text="By hand."),
    "withdraw": lambda case, by, now: uphold(case, by, now, Kind.WITHDRAW),
    "reclassify": to_code,
    "reissue": lambda case, by, now: to_send(case, by=by, now=now),
    "accept": lambda case, by, now: accept(case_id=case.pk, version=case.version, by=by, now=now),
    "turn_down": lambda case, by, now: turn_down(
        case_id=case.pk, version=case.version, reason="Too short.", by=by, now=now
    ),
    "hold_suspected": lambda case, by, now: hold_suspected(
        run_id=Run.objects.get(suspected=True).pk, by=by, now=now
    ),
    "dismiss": lambda case, by, now: dismiss(run_id=Run.objects.get(suspected=True).pk, by=by, now=now),
}


@pytest.mark.parametrize(
    ("kind", "resolution"),
    [
        (Kind.UPHOLD, Resolution.UPHELD),
        (Kind.BY_HAND, Resolution.BY_HAND),
        (Kind.WITHDRAW, Resolution.WITHDRAWN),
    ],
)
def test_a_decision_closes_the_case_with_its_reason(
    pipeline: Pipeline, reviewer: User, kind: Kind, resolution: Resolution
) -> None:
    case = held(pipeline)
    decision = uphold(case, reviewer, kind=kind, reason="  Seen and understood. ")
    case.refresh_from_db()
    assert (case.state, case.resolution, case.closed_at, case.version) == ("closed", resolution, LATER, 2)
    assert (decision.kind, decision.reason, decision.by) == (kind, "Seen and understood.", reviewer)
    assert (decision.at, decision.case_version) == (LATER, 1)
    event = case.events.get(kind=EventKind.DECIDED)
    assert (event.decision, event.by, event.at) == (decision, reviewer, LATER)
    assert not Delivery.objects.exists()


def test_an_answer_by_hand_is_the_deliverable_as_written(pipeline: Pipeline, reviewer: User) -> None:
    uphold(held(pipeline), reviewer, kind=Kind.BY_HAND, text="  The pier is from 1911.\n")
    delivery = Delivery.objects.get()
    assert (delivery.text, delivery.run, delivery.by) == ("  The pier is from 1911.\n", None, reviewer)


@pytest.mark.parametrize("kind", [Kind.REISSUE, Kind.RECLASSIFY])
def test_what_does_not_close_a_case_cannot_be_settled_with(
    pipeline: Pipeline, reviewer: User, kind: Kind
) -> None:
    with pytest.raises(ValueError, match="closes no case"):
        uphold(held(pipeline), reviewer, kind=kind)
    with pytest.raises(ValueError, match="takes no text"):
        uphold(held(pipeline), reviewer, text="An answer that nobody asked for.")
    assert not Decision.objects.exists()


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_without_a_reason_is_refused_and_nothing_is_written(
    pipeline: Pipeline, reviewer: User, reason: str
) -> None:
    case = held(pipeline)
    with pytest.raises(NotComplete) as missing:
        uphold(case, reviewer, reason=reason)
    assert missing.value.field == "reason"
    case.refresh_from_db()
    assert (case.state, case.version) == (State.HELD, 1)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("missing", ["purpose", "background"])
def test_a_reissue_needs_its_purpose_and_background(pipeline: Pipeline, reviewer: User, missing: str) -> None:
    context = Context(**({"purpose": "p", "background": "b"} | {missing: " "}))
    case = held(pipeline)
    with pytest.raises(NotComplete) as refused:
        to_send(case, context=context, by=reviewer)
    assert refused.value.field == missing
    assert not Decision.objects.exists()


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("who", ["viewer", "outsider", "gone", "nobody"])
def test_who_has_not_the_right_writes_nothing(
    request: pytest.FixtureRequest, pipeline: Pipeline, reviewer: User, name: str, who: str
) -> None:
    case = held(pipeline)
    record(pipeline, [answered(APOLOGY)])
    by = _person(request, who, reviewer)
    before = _written()
    with pytest.raises(PermissionDenied):
        STEPS[name](case, by, LATER)
    assert _written() == before
    case.refresh_from_db()
    assert (case.state, case.version) == (State.HELD, 1)


def _person(request: pytest.FixtureRequest, who: str, reviewer: User) -> User:
    if who == "nobody":
        return AnonymousUser()  # type: ignore[return-value]  # what a view could pass by mistake
    if who == "gone":
        reviewer.is_active = False
        reviewer.save()
        return reviewer
    person: User = request.getfixturevalue(who)
    return person


def _written() -> list[object]:
    tables = (Decision, Reissue, Delivery, CaseEvent, Case)
    marks = list(Suspicion.objects.values_list("mark", flat=True))
    return [
        [table._default_manager.count() for table in tables],
        marks,
        *WeekRuns.objects.values_list("runs"),
    ]


def test_the_right_itself_is_what_counts_and_not_the_group(pipeline: Pipeline, outsider: User) -> None:
    outsider.user_permissions.add(Permission.objects.get(codename="decide"))
    assert uphold(held(pipeline), User.objects.get(pk=outsider.pk)).by == outsider


@pytest.mark.parametrize("name", ["uphold", "by_hand", "withdraw", "reclassify", "reissue"])
def test_a_decision_on_an_old_page_is_refused(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, name: str
) -> None:
    seen = held(pipeline)
    to_code(seen, other_reviewer)
    with pytest.raises(StaleCase, match="changed since you opened it"):
        STEPS[name](seen, reviewer, LATER)
    assert Decision.objects.get().by == other_reviewer
    assert not Reissue.objects.exists()


@pytest.mark.parametrize(
    "name", ["uphold", "by_hand", "withdraw", "reclassify", "reissue", "accept", "turn_down"]
)
def test_a_closed_case_cannot_be_settled(pipeline: Pipeline, reviewer: User, name: str) -> None:
    case = held(pipeline)
    uphold(case, reviewer)
    case.refresh_from_db()
    with pytest.raises(MoveNotAllowed):
        STEPS[name](case, reviewer, LATER)
    assert Decision.objects.count() == 1


def test_another_code_corrects_every_run_of_the_case_and_leaves_it_held(
    pipeline: Pipeline, reviewer: User
) -> None:
    record(pipeline, [declined(), declined(at=LATER)])
    case = Case.objects.get()
    decision = to_code(case, reviewer, code="PII")
    case.refresh_from_db()
    assert (case.state, case.code, case.version) == (State.HELD, "PII", 2)
    assert (decision.to_outcome, decision.to_code) == ("declined", "PII")
    for run in Run.objects.all():
        assert (run.outcome, run.code, run.corrected_outcome, run.corrected_code) == (
            "declined", "CYBER", "declined", "PII",
        )  # fmt: skip


def test_another_outcome_closes_the_case(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    reclassify(
        case_id=case.pk,
        version=1,
        outcome=Outcome.OK,
        code="PII",
        reason="An answer.",
        by=reviewer,
        now=LATER,
    )
    case.refresh_from_db()
    assert (case.state, case.resolution) == (State.CLOSED, Resolution.RECLASSIFIED)
    run = Run.objects.get()
    assert (run.corrected_outcome, run.corrected_code) == ("ok", ""), "ok has no code, whatever was sent"
    assert run.disposition == "ok"


@pytest.mark.parametrize("code", ["", "NO_SUCH_CODE"])
def test_a_reclassification_needs_a_code_of_the_code_book(
    pipeline: Pipeline, reviewer: User, code: str
) -> None:
    with pytest.raises(NotComplete) as refused:
        to_code(held(pipeline), reviewer, code=code)
    assert refused.value.field == "code"
    assert not Decision.objects.exists()


def test_a_held_suspicion_is_a_correction_and_a_case(pipeline: Pipeline, reviewer: User) -> None:
    (run,) = record(pipeline, [answered(APOLOGY)])
    case = hold_suspected(run_id=run.pk, by=reviewer, now=LATER)
    assert case.held_since == LATER, "nobody waited for it before a person saw it"
    assert case.events.get().at == LATER, (
        "the history says when the person held it, not when the run happened"
    )
    run.refresh_from_db()
    assert (run.outcome, run.corrected_outcome, run.corrected_code) == ("ok", "declined", "MODEL_REFUSAL")
    assert (case.state, case.code, case.first_run) == (State.HELD, "MODEL_REFUSAL", run)
    assert case.events.get().by == reviewer
    mark = Suspicion.objects.get()
    assert (mark.mark, mark.by, mark.at) == (Mark.HELD, reviewer, LATER)


def test_a_suspicion_is_settled_once(pipeline: Pipeline, reviewer: User, other_reviewer: User) -> None:
    from reviews.suspect import AlreadySettled

    (run,) = record(pipeline, [answered(APOLOGY)])
    dismiss(run_id=run.pk, by=reviewer, now=LATER)
    for step in (dismiss, hold_suspected):
        with pytest.raises(AlreadySettled):
            step(run_id=run.pk, by=other_reviewer, now=LATER)
    assert Suspicion.objects.get().by == reviewer
    assert not Case.objects.exists()


def test_a_suspicion_is_held_under_a_code_of_the_code_book_alone(pipeline: Pipeline, reviewer: User) -> None:
    (run,) = record(pipeline, [answered(APOLOGY)])
    with pytest.raises(NotComplete):
        hold_suspected(run_id=run.pk, by=reviewer, now=LATER, code="NO_SUCH_CODE")
    assert Suspicion.objects.get().mark == Mark.WAITING
