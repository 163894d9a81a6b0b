"""Every way to a re-issue but a signed-in person's own form: tried, and found shut (docs/side-doors.md)."""

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.core.exceptions import PermissionDenied
from django.core.management import call_command, get_commands
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.utils import timezone

from pipelines.keys import create_key
from pipelines.models import Pipeline
from reviews import bulk
from reviews.models import Case, Decision, NoFormBehindIt, Reissue, Sending, State
from reviews.move import StaleCase
from reviews.passes import GOOD_FOR, BadPass
from reviews.reissue import reissue
from reviews.tasks import send_reissue, sweep_reissues
from reviews.undo import undo
from tests.reviews.making import CONTEXT, NOW, held, to_send
from tests.signing_in import form_of, pass_for, reissued

pytestmark = pytest.mark.django_db
TYPED = {"purpose": CONTEXT.purpose, "background": CONTEXT.background}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "side-doors.md"


@pytest.fixture
def case(pipeline: Pipeline) -> Case:
    return held(pipeline)


def still_shut(case: Case) -> bool:
    """Whether nothing was made and the case waits as before."""
    case.refresh_from_db()
    return not Reissue.objects.exists() and not Decision.objects.exists() and case.state == State.HELD


def copied(sending: Reissue, **more: Any) -> Reissue:
    """Return an unsaved copy of a re-issue, with every column as the database wants it."""
    names = [field.attname for field in Reissue._meta.concrete_fields if field.name != "id"]
    values = {name: getattr(sending, name) for name in names}
    state = {"number": 2, "nonce": "another", "state": Sending.TAKEN_BACK, "finished_at": NOW}
    return Reissue(**values | state | more)


def test_the_api_has_no_address_for_it_whatever_the_key(case: Case, client: Client) -> None:
    key = create_key(pipeline=case.pipeline, now=NOW)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    schema = client.get("/api/v1/openapi.json", **headers).json()  # type: ignore[arg-type]  # headers
    assert [path for path in schema["paths"] if "issue" in path or "decision" in path] == []
    for path in (f"/cases/{case.pk}/reissue/", f"/api/v1/cases/{case.pk}/reissue", "/api/v1/reissues"):
        answer = client.post(path, json.dumps(TYPED), content_type="application/json", **headers)  # type: ignore[arg-type]  # headers
        assert answer.status_code in (302, 403, 404, 405)
    assert still_shut(case)


def test_no_task_makes_one_and_a_forged_number_sends_nothing(case: Case) -> None:
    for number in (0, -1, case.pk, 10**12):
        send_reissue(number)
    sweep_reissues()
    assert still_shut(case)


def test_a_task_that_calls_the_step_has_no_session_to_show(case: Case, reviewer: User) -> None:
    for key in (None, "", "made-up-by-a-worker"):
        given = pass_for(case, by=reviewer, now=NOW)
        with pytest.raises(BadPass):
            reissued(
                case, asked=CONTEXT, by=reviewer, now=NOW, given=type(given)(text=given.text, session_key=key)
            )
    assert still_shut(case)


def test_the_admin_neither_adds_nor_changes_one(
    case: Case, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    root = client_as(User.objects.create_superuser("root"))
    assert root.post("/admin/reviews/reissue/add/", TYPED).status_code == 403
    assert still_shut(case)
    sending = to_send(case, by=reviewer)
    address = f"/admin/reviews/reissue/{sending.pk}"
    assert root.post(f"{address}/change/", {"purpose": "Another."}).status_code == 403
    assert root.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert Reissue.objects.get().purpose == CONTEXT.purpose


def test_no_command_of_ours_makes_one_but_the_demo_of_an_empty_database(case: Case) -> None:
    ours = {name for name, app in get_commands().items() if app in ("pipelines", "reviews", "refusalhub")}
    assert ours == {
        "create_key",
        "import_runs",
        "check_counts",
        "delete_old_texts",
        "send_weekly_report",
        "export_dataset",
        "load_demo",
        "start",
    }
    call_command("delete_old_texts", stdout=StringIO())
    with pytest.raises(Exception, match="pipelines already"):
        call_command("load_demo", verbosity=0)
    assert still_shut(case)


def test_a_fixture_brings_none_in(case: Case, reviewer: User, tmp_path: Path) -> None:
    file = tmp_path / "reissues.json"
    file.write_text(serializers.serialize("json", [copied(to_send(case, by=reviewer))]))
    with pytest.raises((NoFormBehindIt, DeserializationError)):
        call_command("loaddata", str(file), stdout=StringIO())
    assert Reissue.objects.count() == 1


def test_the_orm_makes_none_past_the_step(case: Case, reviewer: User) -> None:
    sending = to_send(case, by=reviewer)
    values = {name: getattr(copied(sending), name) for name in ("case", "number", "decision", "by", "nonce")}
    ways: list[Callable[[], object]] = [
        lambda: Reissue.objects.create(**values),
        lambda: Reissue.objects.get_or_create(number=9, defaults=values),
        lambda: Reissue.objects.update_or_create(number=9, defaults=values),
        lambda: Reissue.objects.bulk_create([copied(sending)]),
        lambda: Reissue._base_manager.bulk_create([copied(sending)]),
        lambda: copied(sending).save(),
        lambda: copied(sending).save(force_insert=True),
        lambda: models.Model.save_base(copied(sending), raw=True),
        lambda: case.reissues.create(**values),
    ]
    for way in ways:
        with pytest.raises(NoFormBehindIt), transaction.atomic():
            way()
    assert Reissue.objects.count() == 1


def test_the_pass_of_one_reissue_makes_no_other_row(case: Case, reviewer: User) -> None:
    sending = to_send(case, by=reviewer)
    other = copied(sending)
    other.spent = sending.spent
    with pytest.raises(NoFormBehindIt):
        other.save()
    same = copied(sending, nonce=sending.nonce)
    same.spent = sending.spent
    with pytest.raises(IntegrityError), transaction.atomic():
        same.save()
    assert Reissue.objects.count() == 1


FORMS_COLUMNS = (
    "request",
    "by",
    "nonce",
    "attestation",
    "attested_in",
    "purpose",
    "original_digest",
    "needs_second",
    "case",
)


@pytest.mark.parametrize("column", FORMS_COLUMNS)
def test_what_was_asked_for_cannot_be_changed_afterwards(case: Case, reviewer: User, column: str) -> None:
    to_send(case, by=reviewer)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Reissue.objects.update(**{column: models.F(column)})
    assert Reissue.objects.update(send_after=NOW) == 1


def test_no_bulk_act_sends_anything_again(
    case: Case, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    assert "reissue" not in bulk.Act.values
    sent = {"act": "reissue", "seen": f"{case.pk}:{case.version}", "confirmed": "1", **TYPED}
    for path in ("/bulk/", "/bulk/act/"):
        assert client_as(reviewer).post(path, sent).status_code in (302, 400, 409, 422)
    assert still_shut(case)


# Forged posts.


def post(client: Client, case: Case, form: dict[str, str]) -> tuple[int, str]:
    answer = client.post(f"/cases/{case.pk}/reissue/", form | TYPED)
    return answer.status_code, answer.content.decode()


def test_a_post_without_a_session_leads_to_the_login(case: Case, reviewer: User, client: Client) -> None:
    form = {"pass": pass_for(case, by=reviewer, now=timezone.now()).text, "version": "1", "attested": "on"}
    assert post(client, case, form)[0] == 302
    assert still_shut(case)


def test_a_post_without_a_pass_or_with_a_made_up_one_is_refused(
    case: Case, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    form = form_of(client, case)
    for text in ("", "made up", form["pass"][:-1], form["pass"] + "x"):
        status, page = post(client, case, form | {"pass": text})
        assert (status, "own page" in page) == (422, True)
        assert CONTEXT.background in page
    assert still_shut(case)


def test_another_persons_or_another_sessions_pass_is_refused(
    case: Case, reviewer: User, other_reviewer: User, client_as: Callable[[User], Client]
) -> None:
    form = form_of(client_as(reviewer), case)
    for client in (client_as(other_reviewer), client_as(reviewer)):
        status, page = post(client, case, form)
        assert (status, "another person" in page) == (422, True)
    assert still_shut(case)


def test_another_cases_pass_is_refused(
    case: Case, pipeline: Pipeline, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    form = form_of(client, held(pipeline, "Describe its cranes."))
    status, page = post(client, case, form)
    assert (status, "another case" in page) == (422, True)
    assert still_shut(case)


def test_the_pass_of_an_approval_makes_no_reissue(case: Case, reviewer: User) -> None:
    with pytest.raises(BadPass, match="another act"):
        reissued(
            case,
            asked=CONTEXT,
            by=reviewer,
            now=NOW,
            given=pass_for(case, by=reviewer, now=NOW, act="approve"),
        )
    assert still_shut(case)


def test_an_old_versions_pass_is_refused_and_so_is_an_old_version_with_its_own(
    case: Case, reviewer: User
) -> None:
    old = pass_for(case, by=reviewer, now=NOW)
    Case.objects.update(version=2)
    with pytest.raises(StaleCase):
        reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=old)
    case.refresh_from_db()
    with pytest.raises(BadPass, match="older state"):
        reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=old)
    assert still_shut(case)


def test_a_page_that_was_open_for_days_is_opened_anew(case: Case, reviewer: User) -> None:
    old = pass_for(case, by=reviewer, now=NOW - 2 * GOOD_FOR)
    with pytest.raises(BadPass, match="too long"):
        reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=old)
    assert still_shut(case)


def test_after_signing_out_the_pass_is_worth_nothing(
    case: Case, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    given = pass_for(case, by=reviewer, now=NOW)
    client.cookies["sessionid"] = given.session_key or ""
    client.logout()
    with pytest.raises(BadPass, match="not signed in"):
        reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=given)
    assert still_shut(case)


def test_a_form_that_is_posted_twice_makes_one_reissue_and_the_second_is_told_which(
    case: Case, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    form = form_of(client, case)
    assert post(client, case, form)[0] == 302
    status, page = post(client, case, form)
    assert (status, "made re-issue 1. It is not sent twice." in page) == (422, True)
    assert Reissue.objects.count() == 1


def test_a_form_is_not_good_again_after_its_reissue_was_undone(
    case: Case, reviewer: User, settings: Any
) -> None:
    settings.UNDO_SECONDS = 10
    given = pass_for(case, by=reviewer, now=NOW)
    sending = reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=given)
    undo(event_id=sending.decision.event.pk, by=reviewer, now=NOW)
    with pytest.raises(BadPass, match="sent before"):
        reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=given)
    assert [one.state for one in Reissue.objects.all()] == [Sending.TAKEN_BACK]


def test_another_sites_form_is_refused(case: Case, reviewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    assert post(client, case, form_of(client, case))[0] == 403
    assert still_shut(case)


@pytest.mark.parametrize("who", ["viewer", "outsider"])
def test_who_may_not_decide_gets_no_pass_and_needs_none(
    who: str, case: Case, request: pytest.FixtureRequest, client_as: Callable[[User], Client]
) -> None:
    person = request.getfixturevalue(who)
    form = {"pass": pass_for(case, by=person, now=timezone.now()).text, "version": "1", "attested": "on"}
    assert post(client_as(person), case, form)[0] == 403
    with pytest.raises(PermissionDenied):
        reissued(case, asked=CONTEXT, by=person, now=NOW)
    assert still_shut(case)


def test_the_step_is_called_by_the_form_and_the_demo_alone() -> None:
    root = Path(__file__).resolve().parents[2]
    rooms = [path for room in ("reviews", "pipelines", "refusalhub") for path in (root / room).rglob("*.py")]
    calls = re.compile(rf"(?<![\w.]){reissue.__name__}\(\s*case_id=")
    assert sorted(str(path.relative_to(root)) for path in rooms if calls.search(path.read_text())) == [
        "refusalhub/demo/load.py",
        "reviews/views/reissues.py",
    ]


def test_every_door_of_the_document_has_its_test_and_every_test_its_door() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    here = {name for name in globals() if name.startswith("test_")} - {
        "test_every_door_of_the_document_has_its_test_and_every_test_its_door"
    }
    assert named == here
