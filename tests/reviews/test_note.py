"""Notes with mentions, the question to the owner, and the reply."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline
from reviews.decide import NotComplete
from reviews.models import Case, EventKind, Mention
from reviews.note import ask, note, reply, see, unseen_kinds
from reviews.queue import Filter
from tests.conftest import person
from tests.reviews.acting import act
from tests.reviews.making import HOUR, NOW, held, kinds

LATER = NOW + HOUR


def waiting(person: User) -> int:
    return len(unseen_kinds(person))


def mentioned() -> set[str]:
    return set(Mention.objects.values_list("person__username", flat=True))


def test_a_note_is_a_line_of_history_and_changes_nothing(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    event, unknown = note(case_id=case.pk, text="  Seen before.\n", by=reviewer, now=NOW)
    assert (event.kind, event.text, event.by, event.changes) == (
        EventKind.NOTED, "Seen before.", reviewer, {},
    )  # fmt: skip
    assert (unknown, mentioned()) == ([], set())
    case.refresh_from_db()
    assert case.version == 1


@pytest.mark.parametrize(
    ("text", "people", "unknown"),
    [
        ("@ben, look.", {"ben"}, []),
        ("Ask @ben.", {"ben"}, []),
        ("(@ben)! @ben? @ben's view", {"ben"}, []),
        ("@ben @lee.k", {"ben", "lee.k"}, []),
        ("@lee.k.", {"lee.k"}, []),
        ("@ben,@lee.k", {"ben", "lee.k"}, []),
        ("@jo@example.com knows", {"jo@example.com"}, []),
        ("Write to ben@example.com", set(), []),
        ("@nobody and @Ben", set(), ["Ben", "nobody"]),
        ("@viewer @outsider @gone", set(), ["gone", "outsider", "viewer"]),
        ("@ @@ @. 5@6", set(), []),
        ("@" + "a" * 5000, set(), ["a" * 5000]),
    ],
)
def test_whoever_is_named_and_may_read_it_is_mentioned(
    pipeline: Pipeline, reviewer: User, viewer: User, outsider: User, text: str, people: set[str], unknown: list[str]
) -> None:  # fmt: skip
    for name in ("ben", "lee.k", "jo@example.com", "gone"):
        person(name, "reviewer")
    User.objects.filter(username="gone").update(is_active=False)
    _event, names = note(case_id=held(pipeline).pk, text=text, by=reviewer, now=NOW)
    assert (mentioned(), names) == (people, unknown)


def test_a_mention_waits_for_the_person_until_they_have_seen_the_case(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case, other = held(pipeline, "a"), held(pipeline, "b")
    for one in (case, case, other):
        note(case_id=one.pk, text="@other_reviewer", by=reviewer, now=NOW)
    assert (waiting(other_reviewer), waiting(reviewer)) == (3, 0)
    see(person=other_reviewer, case=case, now=LATER)
    assert waiting(other_reviewer) == 1
    assert set(Mention.objects.filter(event__case=case).values_list("seen_at", flat=True)) == {LATER}
    see(person=other_reviewer, case=case, now=LATER + HOUR)
    assert not Mention.objects.filter(seen_at__gt=LATER).exists(), "seen is seen"


@pytest.fixture
def owned(pipeline: Pipeline, outsider: User) -> Case:
    """A case of a pipeline that somebody without a role owns."""
    pipeline.owner = outsider
    pipeline.save()
    return held(pipeline)


def test_the_owner_is_asked_and_replies_and_whoever_asked_learns_of_it(
    owned: Case, reviewer: User, outsider: User
) -> None:
    event = ask(case_id=owned.pk, question=" What is it for? ", by=reviewer, now=NOW)
    assert (event.kind, event.text) == (EventKind.ASKED, "What is it for?")
    owned.refresh_from_db()
    assert (owned.asked_at, owned.state) == (NOW, "held")
    assert list(Filter(state="asked").cases(now=NOW)) == [owned]
    see(person=outsider, case=owned, now=NOW)
    assert waiting(outsider) == 1, "it waits for the reply, not for a look"
    told = reply(case_id=owned.pk, text="For the leaflet.", by=outsider, now=LATER)
    owned.refresh_from_db()
    assert (told.by, told.text, owned.asked_at) == (outsider, "For the leaflet.", None)
    assert (waiting(outsider), waiting(reviewer)) == (0, 1)
    assert not Filter(state="asked").cases(now=NOW).exists()
    assert kinds(owned)[-2:] == [EventKind.ASKED, EventKind.REPLIED]
    with pytest.raises(NotComplete, match="Nothing is asked"):
        reply(case_id=owned.pk, text="Once more.", by=outsider, now=LATER)


def test_a_question_about_a_case_that_was_closed_is_seen_off_by_a_look(
    owned: Case, reviewer: User, outsider: User
) -> None:
    ask(case_id=owned.pk, question="Why?", by=reviewer, now=NOW)
    act("uphold", owned, reviewer, NOW)
    assert not Filter(state="asked").cases(now=NOW).exists()
    owned.refresh_from_db()
    see(person=outsider, case=owned, now=LATER)
    assert waiting(outsider) == 0


def test_who_replies_and_who_does_not(
    owned: Case, reviewer: User, other_reviewer: User, viewer: User
) -> None:
    ask(case_id=owned.pk, question="Why?", by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        reply(case_id=owned.pk, text="No idea.", by=viewer, now=NOW)
    reply(case_id=owned.pk, text="They told me: a leaflet.", by=other_reviewer, now=NOW)
    owned.refresh_from_db()
    assert owned.asked_at is None


@pytest.mark.parametrize("active", [None, False])
def test_a_pipeline_without_an_owner_who_can_reply_is_not_asked(
    owned: Case, reviewer: User, active: bool | None
) -> None:
    if active is None:
        Pipeline.objects.update(owner=None)
    else:
        User.objects.filter(username="outsider").update(is_active=False)
    with pytest.raises(NotComplete, match="no owner to ask"):
        ask(case_id=owned.pk, question="Why?", by=reviewer, now=NOW)
    assert Case.objects.get().asked_at is None


def test_nothing_is_said_without_a_word_or_the_right(
    owned: Case, reviewer: User, viewer: User, outsider: User
) -> None:
    for nobody in (viewer, outsider):
        with pytest.raises(PermissionDenied):
            note(case_id=owned.pk, text="Hello.", by=nobody, now=NOW)
        with pytest.raises(PermissionDenied):
            ask(case_id=owned.pk, question="Hello?", by=nobody, now=NOW)
    with pytest.raises(NotComplete):
        note(case_id=owned.pk, text=" \n", by=reviewer, now=NOW)
    with pytest.raises(NotComplete):
        ask(case_id=owned.pk, question="", by=reviewer, now=NOW)
    owned.refresh_from_db()
    assert (kinds(owned), owned.asked_at) == ([EventKind.HELD], None)
