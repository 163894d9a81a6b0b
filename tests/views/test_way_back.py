"""The page of a case on the way back: an answer that cannot be accepted, and a person's own text or file."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from pipelines.models import Pipeline, RunContent
from pipelines.running import Ended
from reviews.models import Case, DeliveredFile, Delivery, Draft, State
from reviews.send import send
from tests.cases import ANSWER, body, held_case
from tests.reviews.making import CONTEXT
from tests.signing_in import reissued

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


@pytest.fixture
def case(reviewer: User) -> Case:
    """A case whose re-issue was answered, in the shape that its pipeline asks for."""
    case = held_case()
    now = timezone.now()
    sending = reissued(case, asked=CONTEXT, by=reviewer, now=now)
    ended = Ended(field="response", text=json.dumps(body("end_turn", text=ANSWER)), duration_ms=1)
    send(reissue_id=sending.pk, clock=lambda: now, ask=lambda request, **_: ended)
    case.refresh_from_db()
    assert case.state == State.ANSWERED
    return case


@pytest.fixture
def flawed(case: Case) -> Case:
    """The same, of a pipeline that has come to ask for more."""
    Pipeline.objects.update(done_conditions={"min_headings": 2, "contains": ["<b>"]})
    return case


def shown(client: Client, case: Case) -> str:
    return client.get(case.get_absolute_url()).content.decode()


def by_hand(client: Client, case: Case, **fields: object) -> object:
    sent = {"version": case.version, "reason": "Mine.", **fields}
    return client.post(f"/cases/{case.pk}/by_hand/", sent)


def test_an_answer_that_has_what_is_asked_can_be_accepted(client: Client, case: Case) -> None:
    page = shown(client, case)
    assert f'action="/cases/{case.pk}/accept/"' in page
    assert 'id="flaws"' not in page


def test_beside_a_flawed_answer_stands_what_it_lacks_and_nothing_accepts_it(
    client: Client, flawed: Case
) -> None:
    page = shown(client, flawed)
    assert f'action="/cases/{flawed.pk}/accept/"' not in page
    assert "<button disabled" in page
    assert page.count("<li>min_headings: 0 of at least 2 headings</li>") == 2, (
        "at the button and at the answer"
    )
    assert "does not contain &#x27;&lt;b&gt;&#x27;" in page
    for way in ("turn-down", "by_hand"):
        assert f'action="/cases/{flawed.pk}/{way}/"' in page


def test_accepting_a_flawed_answer_from_an_old_page_says_why_not(client: Client, flawed: Case) -> None:
    response = client.post(f"/cases/{flawed.pk}/accept/", {"version": flawed.version})
    assert response.status_code == 422
    assert 'id="flaws" role="alert" tabindex="-1" data-focus' in response.content.decode()
    assert not Delivery.objects.exists()


def test_the_answer_is_there_to_start_from_and_a_draft_comes_before_it(
    client: Client, flawed: Case, reviewer: User
) -> None:
    assert f">\n{ANSWER}</textarea>" in shown(client, flawed)
    draft = {"case": flawed, "by": reviewer, "form": "by_hand", "saved_at": timezone.now()}
    Draft.objects.create(**draft, values={"text": "My own words."}, case_version=flawed.version)
    page = shown(client, flawed)
    assert ">\nMy own words.</textarea>" in page
    assert f">\n{ANSWER}</textarea>" not in page


def test_a_text_made_of_a_flawed_answer_is_delivered_with_a_hint_of_what_it_lacks(
    client: Client, flawed: Case
) -> None:
    sent = {"version": flawed.version, "reason": "Mine.", "text": "# One\r\nNo more."}
    page = client.post(f"/cases/{flawed.pk}/by_hand/", sent, follow=True).content.decode()
    assert Delivery.objects.get().text == "# One\nNo more."
    assert "It goes out as you wrote it, though it lacks: " in page
    assert page.count("min_headings: 1 of at least 2 headings") == 2, "said, and beside the text"
    assert "It was judged by a person" in page


def test_a_file_is_taken_shown_and_downloaded_and_never_opened(client: Client, case: Case) -> None:
    file = SimpleUploadedFile("plan <b>.html", b"<script>alert(1)</script>", content_type="text/html")
    by_hand(client, case, file=file, text="")
    page = shown(client, case)
    assert "Download plan &lt;b&gt;.html, 25" in page
    address = f"/cases/{case.pk}/deliveries/{Delivery.objects.get().pk}/file/"
    assert f'href="{address}"' in page
    sent = client.get(address)
    assert sent.content == b"<script>alert(1)</script>"
    assert sent["Content-Disposition"].startswith("attachment")
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Content-Security-Policy"].startswith("sandbox")
    [delivery] = client.get(f"/cases/{case.pk}/export/").json()["deliveries"]
    assert (delivery["file"]["name"], delivery["file"]["bytes"]) == ("plan <b>.html", 25)
    DeliveredFile.objects.update(content=None)
    assert client.get(address).status_code == 404


def test_a_file_is_read_by_those_who_may_read_texts(
    client: Client, case: Case, viewer: User, client_as: Callable[[User], Client]
) -> None:
    by_hand(client, case, file=SimpleUploadedFile("plan.txt", b"The plan."), text="")
    address = f"/cases/{case.pk}/deliveries/{Delivery.objects.get().pk}/file/"
    assert client_as(viewer).get(address).status_code == 403
    assert client.get(address.replace(f"/cases/{case.pk}/", "/cases/4242/")).status_code == 404


def test_a_text_and_a_file_are_one_too_many_and_what_was_typed_is_still_there(
    client: Client, case: Case
) -> None:
    sent = {"version": case.version, "reason": "Mine.", "text": "My words."}
    response = client.post(
        f"/cases/{case.pk}/by_hand/", sent | {"file": SimpleUploadedFile("plan.txt", b"The plan.")}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "one thing: a text or a file, not both" in page
    assert ">\nMy words.</textarea>" in page
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("size", [0, 1001, 3_000_000])
def test_a_file_that_is_empty_or_too_large_is_refused_with_the_reason(
    client: Client, case: Case, settings: Settings, size: int
) -> None:
    settings.HAND_FILE_MAX_BYTES = 1000
    sent = {"version": case.version, "reason": "Mine.", "file": SimpleUploadedFile("a.txt", b"x" * size)}
    response = client.post(f"/cases/{case.pk}/by_hand/", sent)
    assert response.status_code == 422
    assert ("larger than 1000" if size else "is empty") in response.content.decode()
    assert not DeliveredFile.objects.exists()


def test_a_file_that_just_fits_is_taken_whole(client: Client, case: Case, settings: Settings) -> None:
    settings.HAND_FILE_MAX_BYTES = 3_000_000
    by_hand(client, case, file=SimpleUploadedFile("a.bin", b"x" * 3_000_000))
    assert DeliveredFile.objects.get().size == 3_000_000


def test_an_old_page_settles_nothing_and_its_draft_keeps_the_words(
    client: Client, case: Case, reviewer: User
) -> None:
    Case.objects.filter(pk=case.pk).update(version=case.version + 1)
    file = SimpleUploadedFile("plan.txt", b"The plan.")
    sent = {"version": case.version, "reason": "Mine.", "file": file}
    assert client.post(f"/cases/{case.pk}/by_hand/", sent).status_code == 409
    assert Draft.objects.get(by=reviewer).values == {"reason": "Mine.", "text": ""}


def test_an_answer_that_is_no_longer_kept_says_so(client: Client, case: Case) -> None:
    RunContent.objects.all().delete()
    assert "its text is no longer kept" in shown(client, case)


def test_the_page_says_that_the_pipeline_is_told_that_nobody_looked(client: Client, reviewer: User) -> None:
    case = held_case(now=timezone.now() - timedelta(hours=5))
    said = "Nobody looked at it within 4 hours"
    assert said not in shown(client, case)
    Pipeline.objects.update(held_expires_after=4)
    assert said in shown(client, case)
