"""The re-issue form: what it says before anybody types, edits shown as edits, and a second person's page."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pipelines.models import Pipeline
from reviews.models import Case, Draft, Reissue, Sending, State, Way
from reviews.send import send
from tests.cases import QUESTION, held_case
from tests.reviews.making import asked_with, guarded, record
from tests.reviews.making import held as held_with
from tests.signing_in import form_of, form_on, reissued

pytestmark = pytest.mark.django_db
CONTEXT = {
    "purpose": "A notice for the staff.",
    "background": "The car park is the town's own, and so is this.",
}


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


@pytest.fixture
def case() -> Case:
    return held_case()


def page_of(client: Client, case: Case) -> str:
    return client.get(case.get_absolute_url()).content.decode()


def posted(client: Client, case: Case, **more: str) -> str:
    form = form_of(client, case) | CONTEXT | more
    return client.post(f"/cases/{case.pk}/reissue/", form, follow=True).content.decode()


def declined_again(case: Case, *, by: User, times: int, settings: Any) -> None:
    settings.REISSUE_COOLDOWN_SECONDS = 0
    for _ in range(times):
        case.refresh_from_db()
        asked = asked_with("refusal cyber")
        sending = reissued(case, asked=asked, by=by, now=timezone.now())
        send(reissue_id=sending.pk)
    case.refresh_from_db()


def test_the_form_says_how_the_brakes_stand_before_anybody_types(
    client: Client, case: Case, reviewer: User, sandbox: str, settings: Any
) -> None:
    page = page_of(client, case)
    assert "3 of 3 re-issues left" in page
    assert "stops after two contexts failed" in page
    assert "next possible" not in page
    declined_again(case, by=reviewer, times=1, settings=settings)
    settings.REISSUE_COOLDOWN_SECONDS = 3600
    page = page_of(client, case)
    assert "2 of 3 re-issues left" in page
    assert "1 context failed: one more stops it" in page
    assert re.search(r"next possible at \d\d:\d\d:\d\d", page)
    assert "The case rests after a re-issue" in posted(client, case)
    assert Reissue.objects.count() == 1


def test_where_it_stopped_there_is_no_form_but_the_contexts_stand_side_by_side(
    client: Client, case: Case, reviewer: User, sandbox: str, settings: Any
) -> None:
    declined_again(case, by=reviewer, times=2, settings=settings)
    page = page_of(client, case)
    assert "Stopped: 2 contexts failed." in page
    assert "Send re-issue" not in page
    assert "Uphold the decline" in page
    attempts = page[page.index('class="attempts"') : page.index('class="chain-overview"')]
    assert attempts.count("<article") == 2
    assert attempts.count("The museum asked for it.") == 2


def test_an_edit_is_previewed_sent_and_shown_word_by_word(client: Client, case: Case) -> None:
    text = QUESTION.replace("closed", "<b>shut</b>") + "\r\nBriefly."
    edit = {"way": "edit", "text": text, "background": "Not used."}
    shown = posted(client, case, action="preview", **edit)
    assert "<del>closed</del><ins>&lt;b&gt;shut&lt;/b&gt;</ins>" in shown
    assert not Reissue.objects.exists()
    page = posted(client, case, action="send", **edit)
    assert "<del>closed</del><ins>&lt;b&gt;shut&lt;/b&gt;</ins>" in page
    sending = Reissue.objects.get()
    assert (sending.way, sending.background) == (Way.EDIT, "")
    assert (sending.text_before, sending.text_after) == (QUESTION, text.replace("\r\n", "\n"))
    asked = json.loads(sending.request)
    assert asked["messages"] == [{"role": "user", "content": sending.text_after}]


def test_a_model_is_chosen_from_the_pipelines_list_and_no_other(client: Client, case: Case) -> None:
    case.pipeline.reissue_models = "claude-sonnet-5"
    case.pipeline.save()
    assert '<option value="claude-sonnet-5">' in page_of(client, case)
    assert "is not among the models" in posted(client, case, model="elsewhere")
    assert not Reissue.objects.exists()
    shown = posted(client, case, model="claude-sonnet-5", action="preview")
    assert re.search(r"<del>[^<]*claude-opus-5-5[^<]*</del><ins>[^<]*claude-sonnet-5", shown)
    posted(client, case, model="claude-sonnet-5")
    assert json.loads(Reissue.objects.get().request)["model"] == "claude-sonnet-5"


def test_words_of_an_unrelated_case_are_named_with_a_link_and_wait_for_a_tick(
    client: Client, case: Case
) -> None:
    posted(client, case)
    other = held_case(pipeline="letters", question="Write a letter.")
    page = posted(client, other)
    assert f'<a href="/cases/{case.pk}/">' in page
    assert 'name="reuse_seen"' in page
    assert Reissue.objects.count() == 1
    posted(client, other, reuse_seen="on")
    assert Reissue.objects.count() == 2


def test_without_the_tick_nothing_is_sent_and_no_draft_keeps_a_tick(client: Client, case: Case) -> None:
    form = form_of(client, case) | CONTEXT
    client.post(f"/cases/{case.pk}/draft/reissue/", form | {"text": QUESTION})
    assert Draft.objects.get().values == CONTEXT | {"way": "context"}
    assert 'name="attested" id="reissue-attested">' in page_of(client, case)
    del form["attested"]
    answer = client.post(f"/cases/{case.pk}/reissue/", form)
    assert answer.status_code == 422
    assert not Reissue.objects.exists()


def test_a_choice_alone_is_no_draft(client: Client, case: Case) -> None:
    typed = {"way": "context", "text": QUESTION, "model": "m", "version": "1"}
    client.post(f"/cases/{case.pk}/draft/reissue/", typed)
    assert not Draft.objects.exists()


def test_a_sensitive_case_is_proposed_by_one_and_approved_by_another(
    client: Client, reviewer: User, other_reviewer: User, client_as: Callable[[User], Client]
) -> None:
    case = held_case()
    Case.objects.filter(pk=case.pk).update(code="SELF_HARM")
    assert "another person approves it before it leaves" in page_of(client, case)
    page = posted(client, case)
    assert "Re-issue 1 is proposed" in page
    assert "somebody else has to approve it" in page_of(client, case)
    assert "Approve and send" not in page_of(client, case)
    form = pass_on(page_of(client, case))
    assert client.post(f"/cases/{case.pk}/reissue/approve/", form).status_code == 422
    second = client_as(other_reviewer)
    page = page_of(second, case)
    assert "A notice for the staff." in page
    assert second.post(f"/cases/{case.pk}/reissue/approve/", pass_on(page) | {"pass": "x"}).status_code == 422
    assert second.post(f"/cases/{case.pk}/reissue/approve/", pass_on(page)).status_code == 302
    sending = Reissue.objects.get()
    case.refresh_from_db()
    assert (sending.state, sending.approved_by, case.state) == (
        Sending.PENDING,
        other_reviewer,
        State.REISSUING,
    )


def pass_on(page: str) -> dict[str, str]:
    """Return what a proposal's page carries; the proposer's has the version alone."""
    found = re.search(r'name="pass" value="([^"]+)"', page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    return {"version": version[1], "pass": found[1] if found else ""}


def test_a_proposal_is_turned_down_on_its_page(client: Client, reviewer: User) -> None:
    case = held_case()
    Case.objects.filter(pk=case.pk).update(code="SELF_HARM")
    posted(client, case)
    version = pass_on(page_of(client, case))["version"]
    address = f"/cases/{case.pk}/reissue/turn-down/"
    assert client.post(address, {"version": version, "reason": ""}).status_code == 422
    page = client.post(address, {"version": version, "reason": "Ask first."}, follow=True).content.decode()
    assert "Ask first." in page
    assert Reissue.objects.get().state == Sending.TURNED_DOWN


def test_the_chain_comes_as_a_file_with_who_attested_what(client: Client, case: Case) -> None:
    posted(client, case)
    answer = client.get(f"/cases/{case.pk}/export/")
    assert answer["Content-Disposition"].startswith("attachment")
    [one] = answer.json()["reissues"]
    assert (one["added"]["attestation"], one["by"]["username"]) == ("What I add is true.", "reviewer")
    assert one["added"]["attested_at"]
    assert one["request"] == Reissue.objects.get().request


def test_a_message_that_cannot_be_edited_says_why_and_takes_context(client: Client) -> None:
    texts = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    case = held_case(messages=[{"role": "user", "content": texts}])
    page = page_of(client, case)
    assert "It cannot be edited by hand:" in page
    assert 'value="edit"' not in page
    assert form_on(page)["pass"]
    posted(client, case)
    assert Reissue.objects.get().way == Way.CONTEXT


CHAT: dict[str, Any] = {
    "model": "gpt-6",
    "temperature": 0.2,
    "tools": [{"type": "function"}],
    "messages": [
        {"role": "system", "content": "You write <b>notices</b>."},
        {"role": "user", "content": [{"type": "text", "text": "See it."}, {"type": "image_url"}]},
        {"role": "assistant", "content": "Which one?"},
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "The old one."},
    ],
}


@pytest.fixture
def museum() -> Pipeline:
    return Pipeline.objects.create(slug="museum-guide", title="Museum guide")


def carried_note(page: str) -> str:
    found = re.search(r'<div class="notice warning carried">.*?</div></div>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split()) if found else ""


def test_the_form_says_what_of_another_providers_request_is_not_sent(
    client: Client, museum: Pipeline
) -> None:
    case = held_with(museum, request=CHAT, provider="openai")
    note = carried_note(page_of(client, case))
    assert "carried over word for word" in note
    for left in ("temperature", "tools", "image_url · in message 2"):
        assert left in note
    assert "moved from between the turns to the top: message 4" in note
    assert "gpt-6, as in the original" not in page_of(client, case)
    page = posted(client, case, action="preview")
    assert carried_note(page) == note
    assert "You write &lt;b&gt;notices" in page and "Which one?" in page
    assert "byte for byte" not in page
    posted(client, case, action="send", attested="on")
    leaves = json.loads(Reissue.objects.get().request)
    assert [one["role"] for one in leaves["messages"]] == ["user", "assistant", "user"]
    assert [one["text"] for one in leaves["system"]] == ["You write <b>notices</b>.", "Be brief."]


def test_the_form_of_the_providers_own_request_says_nothing_of_it(client: Client, case: Case) -> None:
    assert carried_note(page_of(client, case)) == ""
    assert "byte for byte" in posted(client, case, action="preview")


def test_a_second_person_reads_what_is_not_sent_too(
    client: Client, museum: Pipeline, other_reviewer: User, client_as: Callable[[User], Client]
) -> None:
    case = held_with(museum, request=CHAT, provider="openai")
    Case.objects.filter(pk=case.pk).update(code="SELF_HARM")
    posted(client, case)
    assert Reissue.objects.get().state == Sending.PROPOSED
    page = page_of(client_as(other_reviewer), case)
    assert "Approve and send" in page and "temperature" in carried_note(page)


def test_a_beta_header_is_shown_before_and_after_it_leaves(client: Client, museum: Pipeline) -> None:
    case = held_with(museum, betas=["context-1m-2025-08-07"])
    shown = "anthropic-beta: context-1m-2025-08-07"
    assert shown in posted(client, case, action="preview")
    posted(client, case, action="send", attested="on")
    case.refresh_from_db()
    assert shown in page_of(client, case)


@pytest.mark.parametrize("name", ["prompt", "request"])
def test_the_page_of_a_case_whose_field_is_null_can_be_read(
    client: Client, museum: Pipeline, name: str
) -> None:
    whole = guarded("Describe the pier.") | {"request": {"model": "m", "messages": [], "input": "Hello."}}
    (run,) = record(museum, [whole | {name: None}])
    assert client.get(run.folded.case.get_absolute_url()).status_code == 200
    assert client.get(f"/runs/{run.pk}/", follow=True).status_code == 200
