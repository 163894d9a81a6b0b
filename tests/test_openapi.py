"""The API's document: committed, true, and readable in a browser under the site's policy.

After a change of the API:

    python manage.py export_openapi_schema --api refusalhub.api.api --indent 2 --sorted --output docs/openapi.json
"""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect

SNAPSHOT = Path(__file__).parent.parent / "docs" / "openapi.json"


@pytest.fixture
def document(client: Client, db: None) -> Any:
    response = client.get("/api/v1/openapi.json")
    assert response.status_code == 200
    return response.json()


def test_the_committed_document_is_the_one_that_is_served(document: Any) -> None:
    exported = io.StringIO()
    arguments = {"api": "refusalhub.api.api", "indent": 2, "sort_keys": True}
    call_command("export_openapi_schema", stdout=exported, **arguments)
    assert SNAPSHOT.read_text().strip() == exported.getvalue().strip()
    assert json.loads(SNAPSHOT.read_text()) == document


def test_every_reference_in_the_document_leads_somewhere(document: Any) -> None:
    def references(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(references, value))
        if not isinstance(value, dict):
            return set()
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))

    for reference in references(document):
        target = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in target, reference
            target = target[step]


def test_every_field_of_a_row_is_described(document: Any) -> None:
    body = document["paths"]["/api/v1/runs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    row = body["oneOf"][0]
    assert {"run_id", "prompt", "response", "error", "refusal", "surface"} <= row["properties"].keys()
    assert [name for name, field in row["properties"].items() if not field.get("description")] == []


def test_every_way_to_be_refused_is_documented(document: Any) -> None:
    responses = document["paths"]["/api/v1/runs"]["post"]["responses"]
    assert set(responses) == {"200", "201", "400", "401", "409", "413", "415", "422", "429"}


@pytest.mark.browser
def test_the_document_can_be_read_in_a_browser_under_the_policy(browser_page: Page) -> None:
    browser_page.goto("/api/v1/docs")
    report = browser_page.get_by_text("Report runs")
    expect(report).to_be_visible()
    report.click()
    expect(browser_page.get_by_text("each is answered for itself")).to_be_visible()
