"""What is typed and not submitted is kept for whoever typed it."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline
from reviews.claim import LEASE, claim
from reviews.draft import drafts_of, drafts_of_others, save
from reviews.models import Case, Draft, EventKind
from tests.reviews.acting import act
from tests.reviews.making import HOUR, NOW, held, kinds

WORDS = {"purpose": "A leaflet.", "background": ""}


def write(case: Case, by: User, values: dict[str, str] = WORDS, *, form: str = "reissue") -> Draft | None:
    return save(case_id=case.pk, form=form, values=values, version=case.version, by=by, now=NOW)


def test_a_draft_is_kept_once_for_each_form_and_person(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    write(case, reviewer, {"purpose": "A le"})
    write(case, reviewer)
    write(case, reviewer, {"reason": "Right."}, form="uphold")
    write(case, other_reviewer, {"reason": "Mine."}, form="uphold")
    mine = drafts_of(case, by=reviewer)
    assert {form: draft.values for form, draft in mine.items()} == {
        "reissue": WORDS,
        "uphold": {"reason": "Right."},
    }
    assert (mine["reissue"].case_version, mine["reissue"].saved_at) == (1, NOW)
    assert [draft.values for draft in drafts_of_others(case, than=reviewer)] == [{"reason": "Mine."}]


def test_a_draft_without_a_word_is_let_go(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    assert write(case, reviewer) is not None
    assert write(case, reviewer, {"purpose": " \n", "background": ""}) is None
    assert not Draft.objects.exists()


def test_what_a_column_cannot_hold_is_shown_as_such_and_the_rest_is_kept(
    pipeline: Pipeline, reviewer: User
) -> None:
    draft = write(held(pipeline), reviewer, {"purpose": "A\x00B <b>é</b> 👋"})
    assert draft is not None
    draft.refresh_from_db()
    assert draft.values == {"purpose": "A�B <b>é</b> 👋"}


def test_whoever_begins_to_write_claims_a_case_that_nobody_holds(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    write(case, reviewer, {"purpose": ""})
    assert Case.objects.get().claimed_by is None, "nothing was written"
    write(case, reviewer)
    write(case, reviewer)
    assert Case.objects.get().holder(now=NOW) == reviewer
    write(case, other_reviewer)
    assert Case.objects.get().holder(now=NOW) == reviewer, "kept beside, and the claim stands"
    assert kinds(case) == [EventKind.HELD, EventKind.CLAIMED]
    save(
        case_id=case.pk, form="x", values=WORDS, version=1, by=other_reviewer, now=NOW + LEASE
    )  # fmt: skip
    assert Case.objects.get().claimed_by == other_reviewer, "the other's lease has run out"


def test_writing_while_leaving_claims_nothing(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    save(
        case_id=case.pk, form="x", values=WORDS, version=1, by=reviewer, now=NOW, claiming=False
    )  # fmt: skip
    assert Case.objects.get().claimed_by is None


def test_a_draft_on_a_case_that_waits_for_nobody_is_kept_without_a_claim(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    act("uphold", case, reviewer, NOW)
    case.refresh_from_db()
    assert write(case, reviewer, form="reopen") is not None
    assert Case.objects.get().claimed_by is None


def test_a_decision_takes_ones_own_drafts_with_it_and_leaves_the_others(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case, other = held(pipeline, "a"), held(pipeline, "b")
    for by in (reviewer, other_reviewer):
        write(case, by)
        write(other, by)
    Case.objects.update(claimed_by=None, claimed_until=None)
    act("uphold", case, reviewer, NOW + HOUR)
    left = set(Draft.objects.values_list("case", "by__username"))
    assert left == {(case.pk, "other_reviewer"), (other.pk, "reviewer"), (other.pk, "other_reviewer")}


def test_drafts_are_for_those_who_settle_cases(pipeline: Pipeline, viewer: User) -> None:
    case = held(pipeline)
    claim_before = case.claimed_by
    with pytest.raises(PermissionDenied):
        write(case, viewer)
    assert (Draft.objects.count(), claim_before) == (0, None)
    with pytest.raises(PermissionDenied):
        claim(case_id=case.pk, by=viewer, now=NOW)


def test_a_draft_that_arrives_behind_its_own_decision_is_let_go(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    act("uphold", case, reviewer, NOW)
    assert write(case, reviewer) is None, "their own decision on this version came first"
    assert write(case, other_reviewer) is not None, "somebody else's work is kept"
