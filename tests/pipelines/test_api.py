"""The API of machines, over HTTP: who may speak, what is answered, what is stored."""

# refusals: allow-file RH001 - what is expected, or arrives from outside, is spelled out

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from pipelines.ingest import judged_row
from pipelines.keys import create_key
from pipelines.models import ApiKey, Origin, Pipeline, Run
from pipelines.record import record_runs
from tests.pipelines.conftest import NOW
from tests.pipelines.samples import answered, raw, refused, row

RUNS = "/api/v1/runs"


def post(client: Client, data: Any) -> Any:
    return client.post(RUNS, data, content_type="application/json")


def test_a_run_is_stored_and_answered_with_its_ending_and_its_address(
    api: Client, settings: Settings
) -> None:
    response = post(api, row("digest-7", response=answered()))
    run = Run.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "index": 0,
        "status": "stored",
        "run": {
            "id": run.pk,
            "run_id": "digest-7",
            "outcome": "ok",
            "code": None,
            "disposition": "ok",
            "retry_after": None,
            "suspected": False,
            "url": f"{settings.SITE_URL}/api/v1/runs/digest-7",
            "page": f"{settings.SITE_URL}/runs/{run.pk}/",
        },
    }


@pytest.mark.parametrize(
    ("fields", "outcome", "code", "disposition"),
    [
        ({"response": answered()}, "ok", None, "ok"),
        ({"response": refused()}, "declined", "CYBER", "held"),
        ({"response": answered(stop_reason="max_tokens")}, "degraded", "TRUNCATED", "failed"),
        ({"error": {"type": "OverloadedError", "http_status": 529}}, "infra_error", "OVERLOADED", "retry"),
        ({"error": {"type": "AuthenticationError", "http_status": 401}}, "infra_error", "AUTH", "failed"),
        (
            {"refusal": "REFUSED: LOOP_DETECTED: 9 rounds", "surface": "tool_loop"},
            "declined",
            "LOOP_DETECTED",
            "held",
        ),
    ],
)
def test_the_caller_hears_what_to_do_now(
    api: Client, fields: dict[str, Any], outcome: str, code: str | None, disposition: str
) -> None:
    run = post(api, row(**fields)).json()["run"]
    assert (run["outcome"], run["code"], run["disposition"]) == (outcome, code, disposition)


def test_the_time_to_wait_before_a_retry_is_passed_on(api: Client) -> None:
    error = {"type": "RateLimitError", "http_status": 429, "retry_after": 12}
    assert post(api, row(error=error)).json()["run"]["retry_after"] == 12.0


def test_a_repeated_run_is_answered_as_before(api: Client) -> None:
    first, again = (post(api, row(response=refused())) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["status"] == "duplicate"
    assert again.json()["run"] == first.json()["run"]
    assert Run.objects.count() == 1


def test_another_body_under_the_same_run_id_is_a_conflict_that_names_the_first(api: Client) -> None:
    first = post(api, row())
    other = post(api, row(prompt="Another"))
    assert other.status_code == 409
    assert other.json()["run"] == first.json()["run"]
    assert [error["field"] for error in other.json()["errors"]] == ["run_id"]


def test_one_bad_run_is_refused_by_its_fields(api: Client) -> None:
    response = post(api, row(attempt=0, at="soon"))
    assert response.status_code == 422
    assert response.json()["status"] == "refused"
    assert "run" not in response.json()
    assert {error["field"] for error in response.json()["errors"]} == {"attempt", "at"}


def test_a_run_of_another_pipeline_is_refused_and_its_neighbours_are_stored(
    api: Client, pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    rows = [row(f"run-{name}", pipeline=name) for name in ("", pipeline.slug, other_pipeline.slug)]
    answers = post(api, rows).json()
    assert [one["status"] for one in answers] == ["stored", "stored", "refused"]
    (error,) = answers[2]["errors"]
    assert error["field"] == "pipeline"
    assert other_pipeline.slug in error["message"] and pipeline.slug in error["message"]
    assert set(Run.objects.values_list("pipeline", "content__extra")) == {(pipeline.pk, "")}


def test_a_thousand_runs_with_three_bad_ones_store_the_rest(api: Client) -> None:
    rows: list[Any] = [row(f"run-{n}") for n in range(1000)]
    rows[0], rows[500], rows[999] = row("run-0", http_status=1), "no object", {"run_id": "run-999"}
    response = post(api, rows)
    assert response.status_code == 200
    answers = response.json()
    assert [answer["index"] for answer in answers] == list(range(1000))
    refused_rows = {
        a["index"]: {e["field"] for e in a["errors"]} for a in answers if a["status"] == "refused"
    }
    assert refused_rows == {0: {"http_status"}, 500: {"row"}, 999: {"response"}}
    assert Run.objects.count() == 997


def test_a_batch_of_one_is_answered_as_a_batch(api: Client) -> None:
    response = post(api, [row()])
    assert response.status_code == 200
    assert [answer["status"] for answer in response.json()] == ["stored"]


def test_an_empty_batch_is_answered_with_nothing(api: Client) -> None:
    response = post(api, [])
    assert (response.status_code, response.json()) == (200, [])


def queries(client: Client, rows: list[dict[str, Any]]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert post(client, rows).status_code == 200
    return len(captured)


def test_queries_do_not_grow_with_the_rows(api: Client) -> None:
    endings: list[dict[str, Any]] = [{}, {"response": refused()}, {"text": ""}, {"error": {"type": "E"}}]
    first, few, many = (
        [row(f"{name}-{n}", topic="places", **endings[n % 4]) for n in range(count)]
        for name, count in (("first", 4), ("few", 4), ("many", 20))
    )
    queries(api, first)  # makes what the others find: the topic, the case, the counts
    assert queries(api, few) == queries(api, many)
    assert queries(api, few) == queries(api, many)  # now all of them duplicates


# Who may speak.


NO_KEY = ["", "Bearer", "Bearer rh_unknown", "Basic cmg6cmg=", "Bearer réé"]


@pytest.mark.parametrize("headers", [{"authorization": value} if value else {} for value in NO_KEY])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_speaks_without_a_key(pipeline: Pipeline, headers: dict[str, str], method: str) -> None:
    client = Client(headers=headers)
    response = post(client, row()) if method == "post" else client.get(f"{RUNS}/run-1")
    assert response.status_code == 401
    assert "detail" in response.json()
    assert not Run.objects.exists()


def test_a_revoked_key_is_unknown(api: Client) -> None:
    assert post(api, row()).status_code == 201
    ApiKey.objects.update(revoked_at=NOW)
    assert post(api, row("run-2")).status_code == 401


def test_a_person_who_is_signed_in_has_no_key(
    client: Client, pipeline: Pipeline, admin_client: Client
) -> None:
    assert post(admin_client, row()).status_code == 401


def test_too_many_requests_are_told_when_to_come_back(
    api: Client, settings: Settings, other_pipeline: Pipeline
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    response = post(api, row())
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert response.json()["detail"]
    assert not Run.objects.exists()


def test_the_requests_of_one_pipeline_do_not_slow_another(
    api: Client, settings: Settings, other_pipeline: Pipeline
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    other = Client(headers={"authorization": f"Bearer {create_key(pipeline=other_pipeline, now=NOW)}"})
    assert post(other, row()).status_code == 201
    assert post(api, row()).status_code == 201


@pytest.fixture(autouse=True)
def _no_requests_left_over() -> None:
    cache.clear()


# One run.


@pytest.mark.parametrize(
    "run_id", ["run-1", "2026/03/04 digest", "a?b=c&d#e", "50%2F50 é 港", "+ +", "x" * 200]
)
def test_a_run_is_found_at_the_address_it_was_answered_with(api: Client, run_id: str) -> None:
    told = post(api, row(run_id, response=refused())).json()["run"]
    address = urlsplit(told["url"])
    assert (address.query, address.fragment) == ("", "")
    response = api.get(address.path)
    assert response.status_code == 200
    assert response.json() == told


def test_a_run_is_found_by_its_number_where_no_run_id_is_the_same(api: Client) -> None:
    first = post(api, row("a")).json()["run"]
    assert api.get(f"{RUNS}/{first['id']}").json() == first
    second = post(api, row(str(first["id"]))).json()["run"]
    assert api.get(f"{RUNS}/{first['id']}").json() == second


@pytest.mark.parametrize("run_id", ["nowhere", "99999999999999999999999", "²", "0"])
def test_a_run_that_is_not_there_is_not_found(api: Client, run_id: str) -> None:
    response = api.get(f"{RUNS}/{run_id}")
    assert response.status_code == 404
    assert run_id in response.json()["detail"]


def test_another_pipelines_run_is_not_found(api: Client, other_pipeline: Pipeline) -> None:
    theirs = Client(headers={"authorization": f"Bearer {create_key(pipeline=other_pipeline, now=NOW)}"})
    number = post(theirs, row("theirs")).json()["run"]["id"]
    assert api.get(f"{RUNS}/theirs").status_code == 404
    assert api.get(f"{RUNS}/{number}").status_code == 404


def test_a_reissues_run_is_not_the_pipelines_to_ask_for(api: Client, pipeline: Pipeline) -> None:
    sent = judged_row(raw("reissue-1"), pipeline=pipeline)
    (recorded,) = record_runs(pipeline=pipeline, rows=[sent], now=NOW, origin=Origin.REISSUE)
    assert api.get(f"{RUNS}/reissue-1").status_code == 404
    assert api.get(f"{RUNS}/{recorded.run.pk}").status_code == 404


def test_a_persons_correction_is_what_the_caller_hears(api: Client) -> None:
    post(api, row(response=refused()))
    Run.objects.update(corrected_outcome="degraded", corrected_code="TOO_SHORT")
    run = api.get(f"{RUNS}/run-1").json()
    assert (run["outcome"], run["code"], run["disposition"]) == ("degraded", "TOO_SHORT", "failed")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_another_method_is_not_allowed(api: Client, method: str) -> None:
    assert getattr(api, method)(RUNS).status_code == 405
    assert getattr(api, method)(f"{RUNS}/run-1").status_code == 405


def test_runs_are_not_listed(api: Client) -> None:
    assert api.get(RUNS).status_code == 405
