"""Who gets which page: denied by default, the login for strangers, a 403 for the wrong role."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pipelines.models import Pipeline
from reviews.models import Case, Decision
from reviews.reports.weeks import week_name
from tests.cases import ANSWER, body, held_case, report

READING = [
    "/queue/",
    "/cases/{case}/",
    "/cases/{case}/precedents/",
    "/cases/{case}/export/",
    "/suspected/",
    "/runs/{run}/",
    "/runs/{run}/text/prompt/",
    "/runs/{run}/text/prompt/written/",
    "/over-refusal/again/",
]
NUMBERS = [
    "/reports/",
    "/reports/{week}/",
    "/reports/{week}/people/",
    "/reports/{week}/blocked/",
    "/reports/{week}/charts/by-code/",
    "/reports/{week}/charts/topics-by-codes/",
]
NUMBERS += ["/over-refusal/", "/over-refusal/chart/", "/changes/", "/meeting/2026-W02/"]
NUMBERS += ["/patterns/"]
NUMBERS += ["/packet/", "/reports/{week}/tables/endings.csv"]
DECIDING = [
    "/cases/{case}/reissue/",
    "/cases/{case}/uphold/",
    "/cases/{case}/by_hand/",
    "/cases/{case}/withdraw/",
    "/cases/{case}/reclassify/",
    "/cases/{case}/accept/",
    "/cases/{case}/turn-down/",
    "/suspected/{run}/held/",
    "/suspected/{run}/dismissed/",
]


@pytest.fixture
def filled(db: None) -> dict[str, Any]:
    """Make a case and a run without one; the value fills the addresses."""
    ok = report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    return {"case": held_case().pk, "run": ok.pk, "week": week_name(ok.week)}


def test_whoever_signs_in_is_led_to_what_they_work_on(
    viewer: User, reviewer: User, outsider: User, client: Client
) -> None:
    def led_to(person: User) -> str:
        client.logout()
        sent = {"username": person.username, "password": "correct horse battery"}
        response = client.post("/login/", sent, follow=True)
        assert response.status_code == 200
        return str(response.request["PATH_INFO"])

    assert led_to(reviewer) == "/queue/"
    assert led_to(viewer).startswith("/reports/")
    assert led_to(outsider) == "/preferences/"
    Pipeline.objects.create(slug="mine", title="Mine", owner=outsider)
    assert led_to(outsider) == "/patterns/"


@pytest.mark.parametrize(
    ("stood_on", "leads_to"),
    [
        ("http://testserver/queue/?code=CYBER#list", "/login/?next=/queue/%3Fcode%3DCYBER%23list"),
        ("https://elsewhere.example/queue/", "/login/?next=/"),
        ("", "/login/?next=/"),
    ],
)
def test_a_form_that_is_sent_after_the_session_ended_leads_back_to_its_page(
    stood_on: str, leads_to: str, filled: dict[str, Any], client: Client
) -> None:
    address = "/cases/{case}/uphold/".format(**filled)
    response = client.post(address, {"reason": "x"}, headers={"Referer": stood_on})
    assert (response.status_code, response["Location"]) == (302, leads_to)
    assert "nothing was stored" in client.get(response["Location"]).content.decode()
    assert not Decision.objects.exists()


def test_an_address_for_forms_alone_says_so_to_whoever_opens_it(
    filled: dict[str, Any], reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client, address = client_as(reviewer), "/cases/{case}/uphold/".format(**filled)
    response = client.get(address)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "Nothing was done by opening it." in response.content.decode()
    assert client.get(address, headers={"Accept": "application/json"}).content == b""


@pytest.mark.parametrize("address", [*READING, *NUMBERS])
def test_somebody_without_a_role_sees_nothing(
    address: str, filled: dict[str, Any], outsider: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(outsider).get(address.format(**filled)).status_code == 403


@pytest.mark.parametrize("address", READING)
def test_a_viewer_reads_no_text(
    address: str, filled: dict[str, Any], viewer: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(viewer).get(address.format(**filled)).status_code == 403


@pytest.mark.parametrize("address", NUMBERS)
def test_a_viewer_sees_numbers_and_no_link_to_a_case(
    address: str, filled: dict[str, Any], viewer: User, client_as: Callable[[User], Client]
) -> None:
    response = client_as(viewer).get(address.format(**filled))
    assert response.status_code == 200
    assert "/queue/?" not in response.content.decode()


@pytest.mark.parametrize("address", DECIDING)
def test_a_viewer_settles_nothing(
    address: str, filled: dict[str, Any], viewer: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(viewer).post(address.format(**filled)).status_code == 403
    assert Case.objects.get(pk=filled["case"]).version == 1


@pytest.mark.parametrize("role", ["reviewer", "lead"])
@pytest.mark.parametrize("address", [*READING, *NUMBERS])
def test_reviewers_and_leads_open_every_page(
    role: str,
    address: str,
    filled: dict[str, Any],
    request: pytest.FixtureRequest,
    client_as: Callable[[User], Client],
) -> None:
    client = client_as(request.getfixturevalue(role))
    assert client.get(address.format(**filled)).status_code == 200


@pytest.mark.parametrize("address", DECIDING)
def test_what_settles_is_posted_and_never_just_opened(
    address: str, filled: dict[str, Any], reviewer: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(reviewer).get(address.format(**filled)).status_code == 405


@pytest.mark.parametrize("address", [*READING, *NUMBERS])
def test_pages_take_no_post(
    address: str, filled: dict[str, Any], reviewer: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(reviewer).post(address.format(**filled)).status_code == 405


@pytest.mark.parametrize("number", [0, 999_999, 10**30])
def test_what_is_not_there_is_not_found(
    number: int, db: None, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    for address in ("/cases/{case}/", "/runs/{run}/"):
        assert client.get(address.format(case=number, run=number)).status_code == 404
    for address in DECIDING:
        sent = {"version": 1, "reason": "x", "outcome": "ok", "purpose": "x", "background": "x"}
        response = client.post(address.format(case=number, run=number), sent)
        assert response.status_code == 404, address
    assert client.get("/reports/charts/nothing/").status_code == 404
