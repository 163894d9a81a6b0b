"""What a person does with a case beside settling it, from its page."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from pipelines.models import Pipeline, Topic
from reviews.claim import claim
from reviews.forms import quick_days
from reviews.models import Case, Draft, EventKind, Mention, Preferences, Resolution, Snooze, State
from tests.cases import held_case

pytestmark = pytest.mark.django_db

DEEDS = ["assign", "topic", "snooze", "wake", "merge", "split", "ask", "reply", "note", "reopen"]


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


@pytest.fixture
def case() -> Case:
    return held_case()


def kinds(case: Case) -> list[str]:
    return list(case.events.values_list("kind", flat=True))


def closed(client: Client, case: Case) -> Case:
    client.post(f"/cases/{case.pk}/uphold/", {"version": case.version, "reason": "Right so."})
    case.refresh_from_db()
    return case


def error_of(page: str, field: str) -> str:
    """Return what the summary at the top of a form says about a field, by the id of the field."""
    found = re.search(rf'<a href="#{field}">[^<]*</a>: ([^<]*)</li>', page)
    assert found, f"no error leads to #{field}"
    return found[1]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_posted_by_whoever_may_and_nobody_else(
    deed: str, case: Case, viewer: User, client: Client, client_as: Callable[[User], Client]
) -> None:
    address = f"/cases/{case.pk}/{deed}/"
    assert client.get(address).status_code == 405
    assert Client().post(address).status_code == 302
    sent = {"version": 1, "text": "t", "reason": "r", "into": "1"}
    assert client_as(viewer).post(address, sent).status_code == 403
    assert kinds(case) == [EventKind.HELD]
    assert client.post(f"/cases/999999/{deed}/", sent).status_code == 404


def test_a_case_is_handed_to_a_person_to_oneself_and_to_nobody(
    client: Client, case: Case, lead: User, reviewer: User
) -> None:
    for sent, to in (({"to": lead.pk}, lead), ({"to": lead.pk, "me": "1"}, reviewer), ({"to": ""}, None)):
        response = client.post(f"/cases/{case.pk}/assign/?code=CYBER", sent)
        assert response["Location"] == f"/cases/{case.pk}/?code=CYBER"
        case.refresh_from_db()
        assert case.assigned_to == to


def test_only_people_who_settle_cases_are_offered_one(client: Client, case: Case, viewer: User) -> None:
    page = client.get(case.get_absolute_url()).content.decode()
    offered = re.search(r'<select name="to".*?</select>', page, re.DOTALL)
    assert offered and "reviewer" in offered[0] and "viewer" not in offered[0].replace("reviewer", "")
    response = client.post(f"/cases/{case.pk}/assign/", {"to": viewer.pk})
    assert response.status_code == 422
    assert error_of(response.content.decode(), "assign-to")


def test_the_topic_is_set_and_taken_away(client: Client, case: Case) -> None:
    topic = Topic.objects.create(slug="traffic", name="Traffic")
    for sent, to in (({"topic": topic.pk}, topic), ({"topic": ""}, None)):
        assert client.post(f"/cases/{case.pk}/topic/", sent).status_code == 302
        case.refresh_from_db()
        assert case.topic == to


def test_a_date_begins_at_its_midnight_in_the_sites_time_zone(
    client: Client, case: Case, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    client.post(f"/cases/{case.pk}/snooze/", {"kind": "date", "until": "2999-07-01"})
    case.refresh_from_db()
    assert case.snoozed_until == datetime(2999, 6, 30, 22, 0, tzinfo=UTC)


def test_a_day_on_a_button_stands_for_the_whole_form(client: Client, case: Case) -> None:
    page = client.get(case.get_absolute_url()).content.decode()
    days = re.findall(r'name="quick" value="([\d-]+)"', page)
    assert len(days) == 3
    client.post(f"/cases/{case.pk}/snooze/", {"kind": "growth", "more": "", "quick": days[2]})
    case.refresh_from_db()
    assert case.snooze == Snooze.DATE and case.snoozed_until is not None
    assert timezone.localtime(case.snoozed_until).date().isoformat() == days[2]


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 3, 4), [date(2026, 3, 5), date(2026, 3, 9), date(2026, 4, 4)]),
        (date(2026, 3, 2), [date(2026, 3, 3), date(2026, 3, 9), date(2026, 4, 2)]),  # a Monday
        (date(2026, 3, 1), [date(2026, 3, 2), date(2026, 3, 2), date(2026, 4, 1)]),  # a Sunday
        (date(2027, 1, 31), [date(2027, 2, 1), date(2027, 2, 1), date(2027, 2, 28)]),
        (date(2026, 12, 31), [date(2027, 1, 1), date(2027, 1, 4), date(2027, 1, 31)]),
    ],
)
def test_tomorrow_next_monday_and_in_a_month_are_the_days_they_say(today: date, days: list[date]) -> None:
    assert [day for _name, day in quick_days(today=today)] == days


def test_a_case_is_snoozed_until_it_grows_or_the_model_changes_and_woken(client: Client, case: Case) -> None:
    client.post(f"/cases/{case.pk}/snooze/", {"kind": "growth", "more": "3"})
    case.refresh_from_db()
    assert (case.snooze, case.wakes_at_declines) == (Snooze.GROWTH, case.declines + 3)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "until it has been declined 4 times" in page and "Wake it" in page
    client.post(f"/cases/{case.pk}/snooze/", {"kind": "model"})
    case.refresh_from_db()
    assert (case.snooze, case.wakes_at_declines) == (Snooze.MODEL, None)
    client.post(f"/cases/{case.pk}/wake/")
    case.refresh_from_db()
    assert case.snooze == ""
    assert "Wake it" not in client.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "date", "until": ""}, "until"),
        ({"kind": "date", "until": "2001-01-01"}, "until"),
        ({"kind": "date", "until": "soon"}, "until"),
        ({"kind": "growth", "more": ""}, "more"),
        ({"kind": "growth", "more": "0"}, "more"),
        ({"kind": "growth", "more": "9" * 30}, "more"),
    ],
)
def test_a_snooze_names_the_field_that_it_lacks(
    sent: dict[str, str], field: str, client: Client, case: Case
) -> None:
    response = client.post(f"/cases/{case.pk}/snooze/", sent)
    assert response.status_code == 422
    page = response.content.decode()
    assert error_of(page, f"snooze-{field}")
    assert f'value="{sent[field]}"' in page or not sent[field]
    case.refresh_from_db()
    assert case.snooze == ""


@pytest.mark.parametrize(
    "given", ["{pk}", " #{pk} ", "http://testserver/cases/{pk}/?code=PII", "/cases/{pk}"]
)
def test_a_case_is_merged_by_its_number_or_its_address(given: str, client: Client, case: Case) -> None:
    other = held_case(question="Write a notice about the car park once more.")
    sent = {"version": case.version, "into": given.format(pk=other.pk)}
    client.post(f"/cases/{case.pk}/merge/", sent)
    case.refresh_from_db()
    assert (case.resolution, case.merged_into) == (Resolution.MERGED, other)
    page = client.get(case.get_absolute_url()).content.decode()
    assert f"Merged into case {other.pk}</a>" in page
    assert "Hold it again" not in page
    client.post(f"/cases/{case.pk}/split/")
    case.refresh_from_db()
    assert (case.state, case.merged_into) == (State.HELD, None)


@pytest.mark.parametrize("given", ["", "the other one", "12 or 13", "/queue/12/", "9" * 40, "-3"])
def test_what_names_no_case_comes_back_as_it_was_typed(given: str, client: Client, case: Case) -> None:
    response = client.post(f"/cases/{case.pk}/merge/", {"version": case.version, "into": given})
    page = response.content.decode()
    assert response.status_code == 422
    assert error_of(page, "merge-into") == "Give the number of a case, or the address of its page."
    assert f'name="into" value="{given}"' in page or not given
    case.refresh_from_db()
    assert case.state == State.HELD


def test_a_case_is_the_same_as_none_that_is_not_there_or_of_another_pipeline(
    client: Client, case: Case
) -> None:
    other = held_case(pipeline="letters")
    for into in (other.pk, case.pk, 999_999_999_999):
        response = client.post(f"/cases/{case.pk}/merge/", {"version": case.version, "into": into})
        assert response.status_code == 422
        assert error_of(response.content.decode(), "merge-into")


def test_the_cases_that_may_be_the_same_are_offered_and_merged_at_a_press(client: Client, case: Case) -> None:
    near = held_case(question="<b>Write</b> a shorter notice.")
    same_topic = held_case(question="Write a letter.", category="bio")
    held_case(question="Write a poem.", category="bio", topic="verse")
    held_case(question="Write a notice for the others.", pipeline="letters")
    closed(client, held_case(question="Write a closed notice."))
    page = client.get(case.get_absolute_url()).content.decode()
    assert re.findall(r'name="candidate" value="(\d+)"', page) == [str(near.pk), str(same_topic.pk)]
    assert "&lt;b&gt;Write&lt;/b&gt; a shorter notice." in page
    client.post(f"/cases/{case.pk}/merge/", {"version": case.version, "into": "", "candidate": near.pk})
    case.refresh_from_db()
    assert case.merged_into == near


def test_merging_from_an_old_page_is_refused_and_can_be_sent_again(client: Client, case: Case) -> None:
    other = held_case(question="Write a notice about the car park once more.")
    Case.objects.filter(pk=case.pk).update(version=7)
    response = client.post(f"/cases/{case.pk}/merge/", {"version": 1, "into": other.pk})
    page = response.content.decode()
    assert response.status_code == 409
    assert f'name="into" value="{other.pk}"' in page
    assert 'name="version" value="7" id="merge-version"' in page


def test_the_owner_is_asked_and_somebody_may_reply_for_them(client: Client, case: Case, viewer: User) -> None:
    page = client.get(case.get_absolute_url()).content.decode()
    assert f"/cases/{case.pk}/ask/" not in page, "a pipeline without an owner"
    response = client.post(f"/cases/{case.pk}/ask/", {"text": "What is it for?"})
    assert response.status_code == 422
    Pipeline.objects.update(owner=viewer)
    client.post(f"/cases/{case.pk}/ask/", {"text": "What is it for?"})
    assert Mention.objects.get().person == viewer
    page = client.get(case.get_absolute_url()).content.decode()
    assert f"/cases/{case.pk}/ask/" not in page
    client.post(f"/cases/{case.pk}/reply/", {"text": "For the staff."})
    case.refresh_from_db()
    assert (case.asked_at, kinds(case)) == (None, [EventKind.HELD, EventKind.ASKED, EventKind.REPLIED])
    again = client.post(f"/cases/{case.pk}/reply/", {"text": "For the staff."})
    assert again.status_code == 422


def test_a_note_reaches_whom_it_names_and_says_whom_it_does_not(
    client: Client, case: Case, lead: User, viewer: User
) -> None:
    text = "@lead and @viewer and @stranger: <script>look</script>"
    page = client.post(f"/cases/{case.pk}/note/", {"text": text}, follow=True).content.decode()
    assert "It reached nobody called @stranger, @viewer" in page
    assert "<strong>@lead</strong> and @viewer and @stranger: &lt;script&gt;look&lt;/script&gt;" in page
    assert Mention.objects.get().person == lead


@pytest.mark.parametrize(("deed", "field"), [("note", "text"), ("ask", "text"), ("reopen", "reason")])
def test_an_empty_text_does_nothing_and_names_its_field(
    deed: str, field: str, client: Client, case: Case
) -> None:
    Pipeline.objects.update(owner=User.objects.get(username="reviewer"))
    if deed == "reopen":
        closed(client, case)
    before = kinds(case)
    response = client.post(f"/cases/{case.pk}/{deed}/", {field: "  ", "version": case.version})
    assert response.status_code == 422
    assert error_of(response.content.decode(), f"{deed}-{field}")
    assert kinds(case) == before


def test_a_closed_case_is_held_again_with_a_reason(client: Client, case: Case) -> None:
    closed(client, case)
    page = client.get(case.get_absolute_url()).content.decode()
    assert f"/cases/{case.pk}/snooze/" not in page and f"/cases/{case.pk}/assign/" not in page
    client.post(f"/cases/{case.pk}/reopen/", {"version": case.version, "reason": "The policy has changed."})
    case.refresh_from_db()
    assert case.state == State.HELD
    page = client.get(case.get_absolute_url()).content.decode()
    assert "The policy has changed." in page
    assert f"/cases/{case.pk}/reopen/" not in page


def test_a_case_that_somebody_else_has_claimed_is_not_snoozed(client: Client, case: Case, lead: User) -> None:
    claim(case_id=case.pk, by=lead, now=timezone.now())
    response = client.post(f"/cases/{case.pk}/snooze/", {"kind": "growth", "more": "3"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "claimed by lead" in page and 'name="more" value="3"' in page


def test_to_htmx_a_deed_answers_with_the_live_part_and_keeps_what_was_wrong_open(
    client: Client, case: Case
) -> None:
    address = f"/cases/{case.pk}/snooze/"
    response = client.post(address, {"kind": "growth", "more": ""}, HTTP_HX_REQUEST="true")
    page = response.content.decode()
    assert response.status_code == 422 and "<html" not in page
    opened = re.findall(r'<details class="decision" name="deed-\d+" open>\s*<summary>(\w+)', page)
    assert opened == ["Snooze"]
    response = client.post(address, {"kind": "growth", "more": "2"}, HTTP_HX_REQUEST="true")
    page = response.content.decode()
    assert response.status_code == 200 and "<html" not in page
    assert 'id="deeds-h" tabindex="-1" data-focus' in page
    assert "toast" in response["HX-Trigger"]


def test_what_was_typed_before_stands_in_its_form_until_it_is_done(
    client: Client, case: Case, reviewer: User
) -> None:
    for form, values in (
        ("note", {"text": "Half a <i>thought"}),
        ("snooze", {"kind": "growth", "more": "8"}),
    ):
        Draft.objects.create(
            case=case, by=reviewer, form=form, values=values, case_version=1, saved_at=timezone.now()
        )
    page = client.get(case.get_absolute_url()).content.decode()
    assert "Half a &lt;i&gt;thought" in page and 'name="more" value="8"' in page
    for name in ("note", "uphold"):
        assert f'/cases/{case.pk}/draft/{name}/"' in page
    client.post(f"/cases/{case.pk}/note/", {"text": "A whole thought."})
    assert [draft.form for draft in Draft.objects.all()] == ["snooze"]


def test_the_page_says_what_declined_the_case_first_and_what_to_think_of(client: Client, case: Case) -> None:
    page = client.get(case.get_absolute_url()).content.decode()
    why = page[page.index('id="why"') : page.index('id="guidance-h"')]
    assert page.index('id="why"') < page.index('id="prompt-h"')
    assert "CYBER" in why and "the model, claude-opus-5-5" in why and "<code>cyber</code>" in why
    assert "Declined under safeguards for computer security." in why
    assert "Safeguards for computer security saw" in page


def test_every_hop_that_declined_is_shown(client: Client, case: Case) -> None:
    case.first_run.declines.update(model="claude-first", to_model="claude-second")
    case.first_run.declines.create(
        hop=1, terminal=False, code="BIO", model="claude-second", category="bio", happened_at=timezone.now()
    )
    page = client.get(case.get_absolute_url()).content.decode()
    assert "→ claude-second" in page and "<code>bio</code>" in page


def test_reasons_to_start_from_carry_number_form_and_text(client: Client, case: Case) -> None:
    page = client.get(case.get_absolute_url()).content.decode()
    buttons = re.findall(r'data-template="(\d)" data-kind="(\w+)" data-text="([^"]+)"', page)
    assert [number for number, _kind, _text in buttons] == ["1", "2", "3", "4"]
    for _number, kind, text in buttons:
        assert f"/cases/{case.pk}/{kind}/" in page
        assert page.count(text) == 2, "the text is there to be copied too"


def test_a_viewer_of_texts_who_settles_nothing_is_offered_a_note_alone(
    case: Case, outsider: User, client_as: Callable[[User], Client]
) -> None:
    outsider.user_permissions.add(Permission.objects.get(codename="read_text"))
    client = client_as(outsider)
    page = client.get(case.get_absolute_url()).content.decode()
    assert re.findall(rf'action="/cases/{case.pk}/([\w-]+)/', page) == ["note"]
    assert client.post(f"/cases/{case.pk}/note/", {"text": "Seen."}).status_code == 302
    assert kinds(case) == [EventKind.HELD, EventKind.NOTED]


def test_the_texts_of_a_sensitive_code_open_folded_unless_the_person_wants_them_open(
    client: Client, case: Case, reviewer: User
) -> None:
    fold = '<details class="fold sensitive">'
    assert fold not in client.get(case.get_absolute_url()).content.decode()
    Case.objects.filter(pk=case.pk).update(code="SELF_HARM")
    page = client.get(case.get_absolute_url()).content.decode()
    assert page.index("SELF_HARM") < page.index(fold) < page.index('id="prompt-h"')
    Preferences.objects.create(person=reviewer, fold_sensitive=False)
    assert fold not in client.get(case.get_absolute_url()).content.decode()
