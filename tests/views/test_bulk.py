"""Acting on many cases: exactly those that were confirmed, never more, never sent once more, and undone again."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Max
from django.test import Client
from django.utils import timezone

from pipelines.models import Pipeline, Run, Topic
from reviews import bulk, claim
from reviews.bulk import Act, Seen, read, written
from reviews.decide import reopen, settle
from reviews.models import (
    Bulk,
    Case,
    CaseEvent,
    Decision,
    EventKind,
    Kind,
    ReasonTemplate,
    Reissue,
    Resolution,
    Snooze,
    State,
)
from reviews.move import KEPT
from tests.cases import held_case

pytestmark = pytest.mark.django_db

REASON = "The decline was right."


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def held(count: int = 3, **row: str) -> list[Case]:
    now = timezone.now()
    return [
        held_case(question=f"Question {number}.", now=now - timedelta(hours=count - number), **row)
        for number in range(count)
    ]


def pairs(*cases: Case) -> str:
    return written(Seen(case.pk, case.version) for case in cases)


def states() -> list[str]:
    return list(Case.objects.order_by("pk").values_list("state", flat=True))


def uphold(client: Client, *cases: Case, query: str = "") -> Bulk:
    """Uphold the cases and return the act as it is kept."""
    response = client.post(f"/bulk/act/{query}", {"act": "uphold", "cases": pairs(*cases), "reason": REASON})
    assert response.status_code == 302
    done = Bulk.objects.latest("pk")
    assert response["Location"] == f"/bulk/{done.pk}/"
    return done


def test_what_was_selected_is_confirmed_before_anything_is_done(client: Client) -> None:
    first, second, third = held()
    response = client.post("/bulk/?code=CYBER", {"act": "uphold", "cases": [pairs(first), pairs(third)]})
    page = response.content.decode()
    assert "Uphold: 2 cases" in page
    assert "Code: CYBER" in page
    assert f'href="/cases/{first.pk}/"' in page
    assert f'href="/cases/{second.pk}/"' not in page
    assert f'name="cases" value="{pairs(first, third)}"' in page
    assert states() == ["held"] * 3
    assert not Bulk.objects.exists()


def test_the_box_of_the_page_and_the_boxes_of_its_rows_select_each_case_once(client: Client) -> None:
    cases = held()
    response = client.post("/bulk/", {"act": "topic", "cases": [pairs(*cases), pairs(cases[0])]})
    assert "Set topic: 3 cases" in response.content.decode()


def test_everything_that_matches_is_what_the_filter_finds_and_no_more(client: Client) -> None:
    cyber, biology = held(3), held(2, category="bio", pipeline="leaflets")
    response = client.post("/bulk/?code=CYBER", {"act": "uphold", "all": "1", "cases": pairs(biology[0])})
    page = response.content.decode()
    assert "Uphold: 3 cases" in page
    assert f'name="cases" value="{pairs(*cyber)}"' in page


def test_of_more_than_one_act_takes_everything_means_the_first(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = held(3)
    monkeypatch.setattr("reviews.views.bulk.MOST", 2)
    page = client.post("/bulk/", {"act": "uphold", "all": "1"}).content.decode()
    assert f'name="cases" value="{pairs(*cases[:2])}"' in page
    assert "its first 2, which is as many as one act takes" in page


def test_upholding_closes_each_case_with_the_reason_and_keeps_what_was_done(
    client: Client, reviewer: User
) -> None:
    cases = held()
    done = uphold(client, *cases, query="?code=CYBER&page=9")
    assert (done.act, done.by, done.chosen, done.filter) == ("uphold", reviewer, 3, "?code=CYBER")
    assert states() == ["closed"] * 3
    assert set(Case.objects.values_list("resolution", flat=True)) == {Resolution.UPHELD}
    assert set(Decision.objects.values_list("kind", "reason", "by")) == {("uphold", REASON, reviewer.pk)}
    assert done.events.count() == 3
    page = client.get(f"/bulk/{done.pk}/").content.decode()
    assert "Uphold: done on 3 of 3" in page
    assert f'action="/bulk/{done.pk}/undo/"' in page
    assert 'href="/queue/?code=CYBER"' in page


def test_the_other_acts_do_to_each_case_what_the_steps_do_to_one(
    client: Client, other_reviewer: User
) -> None:
    cases = held()
    topic = Topic.objects.create(slug="parks", name="Parks")
    chosen = {"cases": pairs(*cases)}
    client.post("/bulk/act/", chosen | {"act": "assign", "person": str(other_reviewer.pk)})
    client.post("/bulk/act/", chosen | {"act": "topic", "topic": str(topic.pk)})
    client.post("/bulk/act/", chosen | {"act": "snooze", "snooze": "growth", "more": "4"})
    for case in Case.objects.all():
        assert (case.assigned_to, case.topic, case.snooze) == (other_reviewer, topic, Snooze.GROWTH)
        assert case.wakes_at_declines == 5
        kinds = case.events.exclude(bulk=None).values_list("kind", flat=True)
        assert list(kinds) == [EventKind.ASSIGNED, EventKind.TOPIC_SET, EventKind.SNOOZED]
    assert set(Run.objects.values_list("topic", flat=True)) == {topic.pk}
    client.post("/bulk/act/", chosen | {"act": "withdraw", "reason": "Nobody needs it."})
    assert set(Case.objects.values_list("resolution", flat=True)) == {Resolution.WITHDRAWN}


@pytest.mark.parametrize("act", ["reissue", "by_hand", "reclassify", "merge", "accept", "", "UPHOLD"])
@pytest.mark.parametrize("address", ["/bulk/", "/bulk/act/"])
def test_no_other_act_is_done_to_many_and_nothing_is_ever_sent_once_more(
    address: str, act: str, client: Client
) -> None:
    context = {"purpose": "A notice.", "background": "It is ours.", "reason": REASON, "text": "An answer."}
    response = client.post(address, {"act": act, "cases": pairs(*held())} | context)
    assert response.status_code == 400
    assert states() == ["held"] * 3
    assert not (Reissue.objects.exists() or Decision.objects.exists() or Bulk.objects.exists())


def test_sending_once_more_is_not_among_the_acts() -> None:
    assert {act.value for act in Act} == {"uphold", "withdraw", "assign", "topic", "snooze"}
    assert not hasattr(bulk, "reissue")


@pytest.mark.parametrize(
    "cases", ["1", "a:b", "1:1:1", "1:1 2", "-1:1", "1:-1", "\u0661:\u0661", f"{'9' * 19}:1", "1:1;2:1"]
)
@pytest.mark.parametrize("address", ["/bulk/", "/bulk/act/"])
def test_what_names_no_case_and_version_is_refused_whole(address: str, cases: str, client: Client) -> None:
    (case,) = held(1)
    sent = {"act": "uphold", "cases": [pairs(case), cases], "reason": REASON}
    assert client.post(address, sent).status_code == 400
    assert states() == ["held"]


def test_no_act_takes_more_cases_than_it_may() -> None:
    assert len(read([" ".join(f"{number}:1" for number in range(1000))])) == 1000
    with pytest.raises(ValueError, match="more than 1000"):
        read([" ".join(f"{number}:1" for number in range(1001))])


def test_selecting_nothing_leads_back_to_the_list(client: Client) -> None:
    response = client.post("/bulk/?code=BIO", {"act": "uphold"})
    assert response["Location"] == "/queue/?code=BIO"
    assert client.post("/bulk/act/", {"act": "uphold", "reason": REASON})["Location"] == "/queue/"
    assert client.get("/bulk/")["Location"] == "/queue/"
    assert not Bulk.objects.exists()


def test_what_changed_is_claimed_or_is_gone_is_left_alone_and_named(
    client: Client, reviewer: User, other_reviewer: User
) -> None:
    untouched, settled, claimed, mine = held(4)
    sent = f"{pairs(untouched, settled, claimed, mine)} 99999:1"
    now = timezone.now()
    settle(
        case_id=settled.pk, version=settled.version, kind=Kind.WITHDRAW, reason="Gone.", by=other_reviewer,
        now=now,
    )  # fmt: skip
    claim.claim(case_id=claimed.pk, by=other_reviewer, now=now)
    claim.claim(case_id=mine.pk, by=reviewer, now=now)
    client.post("/bulk/act/", {"act": "uphold", "cases": sent, "reason": REASON})
    done = Bulk.objects.get()
    assert set(done.events.values_list("case", flat=True)) == {untouched.pk, mine.pk}
    settled.refresh_from_db()
    claimed.refresh_from_db()
    assert (settled.resolution, claimed.state) == (Resolution.WITHDRAWN, State.HELD)
    page = html.unescape(client.get(f"/bulk/{done.pk}/").content.decode())
    assert "done on 2 of 5" in page
    assert "3 cases were left alone" in page
    assert f"Case {settled.pk} changed since you opened it." in page
    assert f"Case {claimed.pk} is claimed by other_reviewer." in page
    assert "There is no case 99999." in page


@pytest.mark.parametrize(
    "act",
    [
        {"act": "assign", "person": ""},
        {"act": "topic", "topic": ""},
        {"act": "snooze", "snooze": "model"},
        {"act": "uphold", "reason": REASON},
        {"act": "withdraw", "reason": REASON},
    ],
    ids=lambda act: act["act"],
)
def test_every_act_leaves_alone_what_is_not_at_its_version_or_not_held(
    act: dict[str, str], client: Client, reviewer: User
) -> None:
    newer, closed = held(2)
    Case.objects.filter(pk=newer.pk).update(version=newer.version + 1)
    settle(
        case_id=closed.pk, version=closed.version, kind=Kind.UPHOLD, reason="x", by=reviewer,
        now=timezone.now(),
    )  # fmt: skip
    closed.refresh_from_db()
    before = CaseEvent.objects.count()
    client.post("/bulk/act/", act | {"cases": pairs(newer, closed)})
    assert Bulk.objects.get().events.count() == 0
    assert CaseEvent.objects.count() == before


def test_a_case_that_is_the_persons_already_is_not_handed_over_again(
    client: Client, other_reviewer: User
) -> None:
    cases = held(1)
    for _ in range(2):
        client.post("/bulk/act/", {"act": "assign", "person": str(other_reviewer.pk), "cases": pairs(*cases)})
    assert CaseEvent.objects.filter(kind=EventKind.ASSIGNED).count() == 1
    assert Bulk.objects.latest("pk").events.count() == 0


@pytest.mark.parametrize("typed", [None, "", "50", "fifty-one", "5"])
def test_above_fifty_cases_their_number_is_typed(typed: str | None, client: Client) -> None:
    (case,) = held(1)
    many = f"{pairs(case)} " + " ".join(f"{number}:1" for number in range(90001, 90051))
    sent = {"act": "uphold", "cases": many, "reason": REASON}
    page = client.post("/bulk/", sent).content.decode()
    assert "Type 51 to go on" in page
    response = client.post("/bulk/act/", sent | ({} if typed is None else {"typed": typed}))
    assert response.status_code == 422
    assert "Nothing has been done yet." in response.content.decode()
    assert states() == ["held"]
    assert client.post("/bulk/act/", sent | {"typed": "51"}).status_code == 302
    assert states() == ["closed"]


def test_up_to_fifty_cases_nothing_is_typed(client: Client) -> None:
    many = " ".join(f"{number}:1" for number in range(90001, 90051))
    page = client.post("/bulk/", {"act": "uphold", "cases": many}).content.decode()
    assert 'name="typed"' not in page


@pytest.mark.parametrize(
    ("act", "error"),
    [
        ({"act": "uphold", "reason": "  "}, "This field is required."),
        ({"act": "assign", "person": "9999"}, "Select a valid choice."),
        ({"act": "topic", "topic": "9999"}, "Select a valid choice."),
        ({"act": "snooze", "snooze": "date"}, "Say until when"),
        ({"act": "snooze", "snooze": "date", "until": "2020-01-01T00:00"}, "Say until when"),
        ({"act": "snooze", "snooze": "growth", "more": "0"}, "greater than or equal to 1"),
        ({"act": "snooze", "snooze": "growth"}, "Say after how many"),
        ({"act": "snooze", "snooze": "for ever"}, "Select a valid choice."),
    ],
)
def test_what_the_act_lacks_is_said_and_nothing_is_done(
    act: dict[str, str], error: str, client: Client
) -> None:
    cases = held(2)
    response = client.post("/bulk/act/", act | {"cases": pairs(*cases)})
    assert response.status_code == 422
    page = response.content.decode()
    assert error in page
    assert f'name="cases" value="{pairs(*cases)}"' in page
    assert not Bulk.objects.exists()


def test_nobody_is_offered_who_cannot_settle_cases(client: Client, viewer: User) -> None:
    page = client.post("/bulk/", {"act": "assign", "cases": pairs(*held(1))}).content.decode()
    assert ">reviewer</option>" in page
    assert ">viewer</option>" not in page


def test_a_common_reason_fills_the_form_and_those_of_other_pipelines_are_not_offered(
    client: Client,
) -> None:
    cases = held(2)
    ReasonTemplate.objects.all().delete()
    ours = Pipeline.objects.get(slug="notices")
    theirs = Pipeline.objects.create(slug="leaflets", title="Leaflets")
    common = ReasonTemplate.objects.create(kind="uphold", title="Common", text="A common reason.")
    ReasonTemplate.objects.create(kind="uphold", title="Of notices", text="x", pipeline=ours)
    ReasonTemplate.objects.create(kind="uphold", title="Of leaflets", text="x", pipeline=theirs)
    ReasonTemplate.objects.create(kind="withdraw", title="Of withdrawing", text="x")
    sent = {"act": "uphold", "cases": pairs(*cases)}
    page = client.post("/bulk/", sent).content.decode()
    assert re.findall(r'name="template" value="\d+">([^<]+)<', page) == ["Common", "Of notices"]
    filled = client.post("/bulk/", sent | {"template": str(common.pk)}).content.decode()
    assert "A common reason.</textarea>" in filled
    (other,) = held(1, pipeline="leaflets")
    mixed = client.post("/bulk/", {"act": "uphold", "cases": pairs(*cases, other)}).content.decode()
    assert re.findall(r'name="template" value="\d+">([^<]+)<', mixed) == ["Common"]


def test_the_confirmation_names_what_will_be_left_alone(client: Client, other_reviewer: User) -> None:
    changed, claimed = held(2)
    sent = pairs(changed, claimed)
    Case.objects.filter(pk=changed.pk).update(version=changed.version + 1)
    claim.claim(case_id=claimed.pk, by=other_reviewer, now=timezone.now())
    page = client.post("/bulk/", {"act": "uphold", "cases": sent}).content.decode()
    assert "has changed: will be left alone" in page
    assert "claimed by other_reviewer: will be left alone" in page


def test_an_act_is_undone_where_nothing_changed_since_and_the_rest_is_named(
    client: Client, other_reviewer: User
) -> None:
    cases = held()
    done = uphold(client, *cases)
    now = timezone.now()
    reopened = Case.objects.get(pk=cases[0].pk)
    reopen(case_id=reopened.pk, version=reopened.version, reason="Not so fast.", by=other_reviewer, now=now)
    response = client.post(f"/bulk/{done.pk}/undo/", follow=True)
    page = html.unescape(response.content.decode())
    assert "Undone on 2 cases." in page
    assert "it still stands on 1 case" in page
    assert f"Case {reopened.pk} has changed since" in page
    assert f'action="/bulk/{done.pk}/undo/"' not in page
    assert states() == ["held"] * 3
    assert Decision.objects.count() == 3, "what was decided stays in the history"


def test_every_act_can_be_undone(client: Client, other_reviewer: User) -> None:
    cases = held()
    topic = Topic.objects.create(slug="parks", name="Parks")
    was = list(Case.objects.order_by("pk").values("assigned_to", "topic", "snooze", "state"))
    for act in (
        {"act": "assign", "person": str(other_reviewer.pk)},
        {"act": "topic", "topic": str(topic.pk)},
        {"act": "snooze", "snooze": "model"},
        {"act": "withdraw", "reason": REASON},
    ):
        # An undone act may have raised the version.
        fresh = list(Case.objects.order_by("pk"))
        client.post("/bulk/act/", act | {"cases": pairs(*fresh)})
        done = Bulk.objects.latest("pk")
        assert done.events.count() == len(cases), act
        page = client.post(f"/bulk/{done.pk}/undo/", follow=True).content.decode()
        assert "Undone on 3 cases." in page, act
        assert list(Case.objects.order_by("pk").values("assigned_to", "topic", "snooze", "state")) == was


def test_only_whoever_acted_undoes_it_and_not_for_ever(
    client: Client, other_reviewer: User, client_as: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = uphold(client, *held(2))
    other = client_as(other_reviewer)
    assert other.post(f"/bulk/{done.pk}/undo/").status_code == 403
    assert "/undo/" not in other.get(f"/bulk/{done.pk}/").content.decode()
    later = timezone.now() + KEPT
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert "/undo/" not in client.get(f"/bulk/{done.pk}/").content.decode()
    page = client.post(f"/bulk/{done.pk}/undo/", follow=True).content.decode()
    assert "Undone on 0 cases." in page
    assert states() == ["closed"] * 2


def test_a_long_act_is_done_in_parts_each_of_which_says_what_remains(
    client: Client, monkeypatch: pytest.MonkeyPatch, other_reviewer: User
) -> None:
    monkeypatch.setattr("reviews.views.bulk.AT_ONCE", 2)
    cases = held(5)
    claim.claim(case_id=cases[1].pk, by=other_reviewer, now=timezone.now())
    claim.claim(case_id=cases[4].pk, by=other_reviewer, now=timezone.now())
    sent = {"act": "uphold", "cases": pairs(*cases), "reason": REASON}
    response = client.post("/bulk/act/?code=CYBER", sent)
    for done_so_far in (2, 4):
        page = response.content.decode()
        assert f"{done_so_far} of 5 done" in page
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        assert fields["cases"] == pairs(*cases[done_so_far:])
        assert fields["reason"] == REASON
        assert fields["bulk"] == str(Bulk.objects.get().pk)
        del fields["csrfmiddlewaretoken"]
        response = client.post("/bulk/act/?code=CYBER", fields, HTTP_HX_REQUEST="true")
    done = Bulk.objects.get()
    assert response["HX-Redirect"] == f"/bulk/{done.pk}/"
    assert (done.chosen, done.events.count()) == (5, 3)
    page = client.get(f"/bulk/{done.pk}/").content.decode()
    assert "2 cases were left alone" in page


def test_nobody_goes_on_with_an_act_of_somebody_else_or_with_another_act(
    client: Client, other_reviewer: User, client_as: Callable[[User], Client]
) -> None:
    first, second = held(2)
    done = uphold(client, first)
    sent = {"cases": pairs(second), "reason": REASON, "bulk": str(done.pk)}
    assert client_as(other_reviewer).post("/bulk/act/", sent | {"act": "uphold"}).status_code == 404
    assert client.post("/bulk/act/", sent | {"act": "withdraw"}).status_code == 404
    second.refresh_from_db()
    assert second.state == State.HELD


def test_a_thousand_cases_at_once_are_no_more_than_a_form_holds(client: Client) -> None:
    (case,) = held(1)
    last = Case.objects.aggregate(last=Max("pk"))["last"]
    many = f"{pairs(case)} " + " ".join(f"{last + number}:1" for number in range(1, 1000))
    response = client.post("/bulk/", {"act": "uphold", "cases": many})
    assert "Uphold: 1,000 cases" in response.content.decode()
    response = client.post("/bulk/act/", {"act": "uphold", "cases": many, "reason": REASON, "typed": "1000"})
    assert "200 of 1,000 done" in response.content.decode()


def test_texts_of_cases_reasons_and_names_are_shown_as_text(client: Client, reviewer: User) -> None:
    hostile = held_case(question="<script>alert(1)</script>", task_id="t")
    reviewer.first_name = "<b>Ana</b>"
    reviewer.save()
    page = client.post("/bulk/", {"act": "uphold", "cases": pairs(hostile)}).content.decode()
    assert "<script>alert(1)</script>" not in page
    done = uphold(client, hostile)
    assert "<b>Ana</b>" not in client.get(f"/bulk/{done.pk}/").content.decode()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/bulk/"),
        ("post", "/bulk/"),
        ("post", "/bulk/act/"),
        ("get", "/bulk/1/"),
        ("post", "/bulk/1/undo/"),
    ],
)
def test_a_viewer_acts_on_nothing(
    method: str, address: str, viewer: User, client_as: Callable[[User], Client]
) -> None:
    assert getattr(client_as(viewer), method)(address).status_code == 403
