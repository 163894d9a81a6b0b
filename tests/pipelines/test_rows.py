"""A bad field is refused by its name; a good row keeps what it says."""

# refusals: allow-file RH001 - what is expected, or arrives from outside, is spelled out

from typing import Any

import pytest

from pipelines.jsontext import read_row
from pipelines.rows import RowIn, digest_of, validate_row
from tests.pipelines.samples import row


def faults(fields: dict[str, Any]) -> list[dict[str, str]]:
    found = validate_row(fields)
    assert isinstance(found, list), f"accepted: {fields}"
    return found


BAD: list[tuple[str, dict[str, Any]]] = [
    ("run_id", {"run_id": 17}),
    ("run_id", {"run_id": "x" * 201}),
    ("run_id", {"run_id": "line\nbreak"}),
    ("run_id", {"run_id": "nul\x00"}),
    ("run_id", {"run_id": "lone \ud800"}),
    ("task_id", {"task_id": "x" * 201}),
    ("task_id", {"task_id": ["a"]}),
    ("prompt", {"prompt": ["a"]}),
    ("request", {"request": "text"}),
    ("response", {"response": 5}),
    ("text", {"text": {"a": 1}}),
    ("error", {"error": "timed out"}),
    ("error.http_status", {"error": {"http_status": 99}}),
    ("error.body", {"error": {"body": 5}}),
    ("error.retry_after", {"error": {"retry_after": -1}}),
    ("error.retry_after", {"error": {"retry_after": float("inf")}}),
    ("error.trace", {"error": {"trace": "line 1"}}),
    ("refusal", {"refusal": " ", "surface": "tool_loop"}),
    ("surface", {"refusal": "REFUSED: RCE_RISK: rm", "surface": "firewall"}),
    ("surface", {"refusal": "REFUSED: RCE_RISK: rm"}),
    ("provider", {"provider": "x" * 121}),
    ("model", {"model": 4}),
    ("http_status", {"http_status": 600}),
    ("http_status", {"http_status": "ok"}),
    ("stop_reason", {"stop_reason": 1}),
    ("topic", {"topic": "x" * 121}),
    ("at", {"at": "yesterday"}),
    ("at", {"at": "2026-03-04T12:00:00"}),
    ("at", {"at": "0001-01-01T00:00:00+14:00"}),
    ("at", {"at": "9999-12-31T23:59:59-14:00"}),
    ("duration_ms", {"duration_ms": -1}),
    ("duration_ms", {"duration_ms": 2**31}),
    ("attempt", {"attempt": 0}),
    ("attempt", {"attempt": 40_000}),
    ("final", {"final": "perhaps"}),
    ("done", {"done": {"min_words": 3}}),
    ("done", {"done": {"min_chars": -3}}),
    ("done_failures", {"done_failures": "too long"}),
    ("done_failures.1", {"done_failures": ["too long", 5]}),
    ("response", {"text": "a", "response": "b"}),
    ("response", {"text": "a", "error": {}}),
]


@pytest.mark.parametrize(("field", "fields"), BAD, ids=[f"{field}-{n}" for n, (field, _) in enumerate(BAD)])
def test_a_bad_field_is_refused_once_and_by_its_name(field: str, fields: dict[str, Any]) -> None:
    (fault,) = faults(row(**fields))
    assert fault["field"] == field
    assert fault["message"]


def test_a_row_without_an_ending_is_refused() -> None:
    assert faults({"prompt": "Describe the harbour."}) == [
        {
            "field": "response",
            "message": "needs exactly one of response, text, error and refusal, found none",
        }
    ]


def test_a_row_without_a_prompt_is_refused() -> None:
    assert faults({"text": "an answer"}) == [{"field": "prompt", "message": "needs a prompt or a request"}]


def test_every_bad_field_of_a_row_is_named() -> None:
    named = {fault["field"] for fault in faults(row(attempt=0, at="soon", http_status=1))}
    assert named == {"attempt", "at", "http_status"}


def test_an_unknown_done_condition_is_named_with_those_that_are_known() -> None:
    (fault,) = faults(row(done={"min_words": 3}))
    assert "min_words" in fault["message"]
    assert "min_chars" in fault["message"]


def test_fields_that_nobody_knows_are_kept() -> None:
    valid = validate_row(row(label="full_compliance", cost=0.25))
    assert isinstance(valid, RowIn)
    assert valid.model_extra == {"label": "full_compliance", "cost": 0.25}


def test_a_run_id_may_be_called_id() -> None:
    valid = validate_row({"id": "xstest-7", "prompt": "Describe the harbour.", "text": "Two piers."})
    assert isinstance(valid, RowIn)
    assert valid.run_id == "xstest-7"


@pytest.mark.parametrize("same", ['{"b": [1, {"c": 2}], "a": 1}', ' { "a" : 1 , "b" : [1,{"c":2}] } '])
def test_rows_that_say_the_same_have_one_digest(same: str) -> None:
    assert digest_of(read_row(same)) == digest_of(read_row('{"a": 1, "b": [1, {"c": 2}]}'))


@pytest.mark.parametrize(
    "other", ['{"a": 1}', '{"a": 1, "b": [{"c": 2}, 1]}', '{"a": "1", "b": [1, {"c": 2}]}']
)
def test_rows_that_say_something_else_have_another_digest(other: str) -> None:
    assert digest_of(read_row(other)) != digest_of(read_row('{"a": 1, "b": [1, {"c": 2}]}'))
