"""What is taken on at a meeting, on its pages: nothing typed is lost, and what was done wrong is put right."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pipelines.models.run import week_of
from reviews import taken_on
from reviews.decide import settle
from reviews.models import Action, Case, Kind
from tests.cases import held_case
from tests.views.test_meeting import Clients, address, last_week, over, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(db: None) -> Case:
    return held_case()


class Hidden(HTMLParser):
    """The hidden fields of a page, as a browser would send them back."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"] or ""] = given.get("value") or ""


def form(client: Client, where: str) -> dict[str, str]:
    return Hidden(client.get(where).content.decode()).fields


def typed(owner: User, note: str = "Ask the hall.") -> dict[str, str]:
    return {"note": note, "owner": str(owner.pk), "due": "2030-01-01"}


def uphold(case: Case, by: User) -> None:
    settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=by, now=timezone.now())


def test_a_line_that_left_the_agenda_meanwhile_is_taken_on_as_it_was(
    case: Case, reviewer: User, other_reviewer: User, client_as: Clients
) -> None:
    client, where = client_as(reviewer), f"{address('take-on')}?line=case/{case.pk}"
    given = form(client, where)
    uphold(case, other_reviewer)
    assert client.post(where, given | typed(reviewer)).status_code == 302
    assert Action.objects.get().label == f"Oldest held: #{case.pk}, {case.pipeline.slug}"
    assert client.get(where).status_code == 404, "for whoever comes anew it is no line"


def test_a_label_that_was_made_up_or_is_another_lines_is_not_taken_and_what_was_typed_stays(
    case: Case, reviewer: User, client_as: Clients
) -> None:
    client, where = client_as(reviewer), f"{address('take-on')}?line=case/{case.pk}"
    another = held_case(question="Another.")
    given = form(client, f"{address('take-on')}?line=case/{another.pk}")
    last = form(client, f"{over('take-on')}?line=case/{case.pk}")
    uphold(case, reviewer)
    for signed in (given["signed"], last["signed"], "made:up", ""):
        answer = client.post(where, typed(reviewer, "Kept words.") | {"signed": signed})
        assert answer.status_code == 422
        assert "Kept words." in answer.content.decode()
        assert "no longer on the agenda" in answer.content.decode()
    assert not Action.objects.exists()


def test_a_closed_meeting_leads_back_at_once_and_keeps_what_was_typed_before(
    case: Case, reviewer: User, client_as: Clients
) -> None:
    client, where = client_as(reviewer), f"{over('take-on')}?line=case/{case.pk}"
    given = form(client, where)
    client.post(over("close"))
    back = client.get(where, follow=True)
    assert back.redirect_chain == [(over(), 302)]
    assert f"The meeting about {last_week()} is closed." in back.content.decode()
    late = client.post(where, given | typed(reviewer, "Kept words."))
    assert late.status_code == 422
    assert "Kept words." in late.content.decode()
    assert f"The meeting about {last_week()} is closed." in late.content.decode()
    assert not Action.objects.exists()


@pytest.fixture
def taken(case: Case, reviewer: User, viewer: User, client_as: Clients) -> Action:
    """Taken on by a reviewer for the viewer, at the meeting about last week."""
    where = f"{over('take-on')}?line=case/{case.pk}"
    client = client_as(reviewer)
    assert client.post(where, form(client, where) | typed(viewer)).status_code == 302
    return Action.objects.get()


def test_an_action_is_corrected_on_its_page_while_its_meeting_is_open(
    taken: Action, reviewer: User, other_reviewer: User, viewer: User, outsider: User, client_as: Clients
) -> None:
    where = f"/actions/{taken.pk}/"
    owner, client = client_as(viewer), client_as(reviewer)
    assert f'href="{where}">Ask the hall.' in page(owner, over())
    assert client_as(outsider).get(where).status_code == 403
    wrong = owner.post(where, typed(other_reviewer, "") | {"due": "2030-01-02"})
    assert (wrong.status_code, 'value="2030-01-02"' in wrong.content.decode()) == (422, True)
    assert owner.post(where, typed(other_reviewer, "Ask the harbour."))["Location"] == where
    taken.refresh_from_db()
    assert (taken.note, taken.owner) == ("Ask the harbour.", other_reviewer)
    shown = page(owner, where)
    assert "<del>Ask the hall.</del> <ins>Ask the harbour.</ins>" in shown
    assert 'name="note"' not in shown, "it is no longer theirs"
    assert owner.post(where, typed(viewer)).status_code == 403
    assert 'name="note"' in page(client, where)
    client.post(over("close"))
    assert 'name="note"' not in page(client, where)
    late = client.post(where, typed(viewer, "Kept words."))
    assert (late.status_code, "Kept words." in late.content.decode()) == (422, True)


def test_who_settled_an_action_by_mistake_opens_it_again(
    taken: Action, reviewer: User, viewer: User, client_as: Clients
) -> None:
    owner, undo = client_as(viewer), f"/actions/{taken.pk}/reopen/"
    assert undo not in page(owner, over())
    owner.post(f"/actions/{taken.pk}/done/")
    assert undo in page(owner, over())
    assert undo not in page(client_as(reviewer), over()), "it is another's act"
    told = client_as(reviewer).post(undo, follow=True).content.decode()
    assert "is not yours to open again" in told
    assert owner.post(undo, {"next": f"{over()}#settle"})["Location"] == f"{over()}#settle"
    taken.refresh_from_db()
    assert taken.state == "open"
    history = page(owner, f"/actions/{taken.pk}/")
    assert history.index("<strong>Done</strong>") < history.index("<strong>Opened again</strong>")
    owner.post(f"/actions/{taken.pk}/dropped/")
    Action.objects.update(settled_at=timezone.now() - timedelta(minutes=11))
    assert undo not in page(owner, over())
    assert "the time to open it again is over" in owner.post(undo, follow=True).content.decode()


def test_an_action_is_settled_and_opened_again_on_its_own_page(
    reviewer: User, other_reviewer: User, viewer: User, client_as: Clients
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    made = taken_on.take_on(
        week=week_of(yesterday), line="silent/x", label="x", note="Ask the hall.", owner=reviewer, due=yesterday,
        by=reviewer, now=timezone.now(),
    )  # fmt: skip
    taken_on.correct(
        action_id=made.pk,
        note=made.note,
        owner=other_reviewer,
        due=yesterday,
        by=reviewer,
        now=timezone.now(),
    )
    where, client = f"/actions/{made.pk}/", client_as(reviewer)
    User.objects.filter(pk=other_reviewer.pk).update(first_name="Ada", last_name="Moor")
    shown = client.get(where).content.decode()
    assert "overdue" in shown
    assert "Ada Moor" in shown.partition("History")[2], "by name, as everywhere"
    shown = client.post(f"{where}done/", {"next": where}, follow=True).content.decode()
    assert f'action="{where}reopen/"' in shown
    assert f'action="{where}done/"' not in shown
    shown = client.post(f"{where}reopen/", {"next": where}, follow=True).content.decode()
    assert "Opened again" in shown
    assert f'action="{where}done/"' not in client_as(viewer).get(where).content.decode()


def test_a_settling_that_comes_second_is_refused_where_it_is_seen(reviewer: User, client_as: Clients) -> None:
    today = timezone.localdate()
    made = taken_on.take_on(
        week=week_of(today), line="silent/x", label="x", note="Ask.", owner=reviewer, due=today, by=reviewer,
        now=timezone.now(),
    )  # fmt: skip
    client, sent = client_as(reviewer), {"next": "/meeting/2026-W02/?today#settle"}
    assert client.post(f"/actions/{made.pk}/done/", sent)["Location"] == "/meeting/2026-W02/?today#settle"
    response = client.post(f"/actions/{made.pk}/dropped/", sent)
    assert response["Location"] == "/meeting/2026-W02/?today", "at its top stands why"
    assert "It is done already." in client.get(f"/actions/{made.pk}/").content.decode()
