"""What a re-issue repeats: the request as it was sent, to the byte, or nothing, with the reason."""

import json
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.ingest import ingest
from pipelines.jsontext import read_row
from pipelines.models import Pipeline, Run, RunContent
from pipelines.running import Ended
from refusals import format_refusal
from refusals.asked import as_told
from refusals.signals import holds_redacted, redact
from reviews.compose import CannotCompose, compose
from reviews.models import Case, Reissue
from reviews.reissue import original_request, preview
from reviews.send import send
from tests.reviews.making import CONTEXT, NOW, declined, ending, held, record, request, to_send

pytestmark = pytest.mark.django_db

SIGNED = [
    {"role": "user", "content": "Describe the pier."},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2lnbmVk"},
            {"type": "text", "text": "Which one?"},
        ],
    },
    {"role": "user", "content": "The old one."},
]
SECRET = st.sampled_from(
    ["signature", "safety_identifier", "thoughtSignature", "fallback_credit_token", "continuationToken", "x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
    | st.just("[redacted]") | st.just('{"safety_identifier": "a"}') | st.just('{"review_target": "[redacted]"}'),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(SECRET, inner, max_size=3)
    | st.fixed_dictionaries({"type": st.just("thinking"), "signature": inner}),
    max_leaves=6,
)  # fmt: skip
SPACES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")])


def held_as(pipeline: Pipeline, text: str, **more: Any) -> Case:
    """Hold a declined run whose request is this very text."""
    row = json.dumps(declined(request={"_": 0}, run_id=uuid4().hex, task_id=uuid4().hex) | more)
    row = row.replace('{"_": 0}', text)
    (answer,) = ingest(pipeline=pipeline, rows=[read_row(row)], now=NOW)
    assert answer.run, answer.errors
    return Case.objects.get(folded__run=answer.run)


@given(value=VALUES, spaces=SPACES, ascii_only=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_request_is_repeated_to_the_byte_or_not_at_all(
    pipeline: Pipeline, value: Any, spaces: tuple[str, str], ascii_only: bool
) -> None:
    sent = json.dumps(request("Go on.", metadata=value), separators=spaces, ensure_ascii=ascii_only)
    case = held_as(pipeline, sent)
    try:
        composed = preview(case=case, asked=CONTEXT)
    except CannotCompose:
        content = RunContent.objects.get(run=case.first_run)
        assert content.unstorable or holds_redacted(sent)
    else:
        assert composed.original == sent == RunContent.objects.get(run=case.first_run).request


def test_the_signature_of_a_thought_is_repeated_and_that_of_an_answer_is_not_kept(pipeline: Pipeline) -> None:
    thought = {"type": "thinking", "thinking": "no", "signature": "YW5zd2Vy"}
    response = declined()["response"] | {"content": [thought]}
    case = held(pipeline, request=request("", messages=SIGNED), response=response)
    leaves = json.loads(preview(case=case, asked=CONTEXT).request)
    assert leaves["messages"][1] == SIGNED[1]
    content = RunContent.objects.get(run=case.first_run)
    assert "YW5zd2Vy" not in content.response and "[redacted]" in content.response


@pytest.mark.parametrize(
    "stored",
    [
        redact(json.dumps(request("", messages=SIGNED))),
        json.dumps(request("Go on.", metadata={"a": [json.dumps({"safety_identifier": "[redacted]"})]})),
        json.dumps({"model": "gpt", "input": "Go on.", "safety_identifier": "[redacted]"}),
    ],
    ids=["signature", "nested", "another provider"],
)
def test_what_was_stored_redacted_is_not_sent_as_if_it_were_the_original(
    pipeline: Pipeline, stored: str
) -> None:
    case = held(pipeline)
    RunContent.objects.update(request=stored)
    with pytest.raises(CannotCompose, match="redacted"):
        preview(case=case, asked=CONTEXT)


def test_a_prompt_that_speaks_of_what_is_redacted_can_be_sent(pipeline: Pipeline) -> None:
    case = held(pipeline, 'The name is "[redacted]": why does the "signature" field say so?')
    assert "[redacted]" in preview(case=case, asked=CONTEXT).request


# A field that is null.

NULLS = ["prompt", "request", "response", "text", "error", "refusal", "http_status", "stop_reason", "at"]
NULLS += ["duration_ms", "done"]


@pytest.mark.parametrize("name", NULLS)
def test_a_null_is_as_if_the_field_were_not_there(pipeline: Pipeline, name: str) -> None:
    row = declined() if name not in ("request", "response") else guarded_by_prompt()
    given_null, without = ({**row, "run_id": one} for one in ("null", "without"))
    given_null[name] = None
    without.pop(name, None)
    record(pipeline, [given_null, without])
    first, second = (RunContent.objects.get(run__run_id=one) for one in ("null", "without"))
    for field in ("prompt", "request", "betas", "response", "answer", "detail", "extra"):
        assert getattr(first, field) == getattr(second, field) != "null", field
    skipped = {"id", "run_id", "body_digest", "_state"}
    assert {key: value for key, value in vars(first.run).items() if key not in skipped} == {
        key: value for key, value in vars(second.run).items() if key not in skipped
    }


def guarded_by_prompt() -> dict[str, Any]:
    row = declined(prompt="Describe the pier.")
    return {**row, "response": None, "refusal": format_refusal("PII", "by the guard"), "surface": "io_guardrail"} | {
        "request": None, "prompt": "Describe the pier.",
    }  # fmt: skip


def test_a_run_whose_request_is_null_is_sent_again_by_its_prompt(pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [guarded_by_prompt()])
    case = run.folded.case
    leaves = json.loads(preview(case=case, asked=CONTEXT).request)
    assert leaves["messages"][0]["content"][0]["text"] == "Describe the pier."


def test_no_text_of_a_request_can_be_anything_but_an_object(pipeline: Pipeline) -> None:
    held(pipeline)
    with pytest.raises(IntegrityError), transaction.atomic():
        RunContent.objects.update(request="null")


# The beta header.


def headers_of(sandbox: str) -> Any:
    with urllib.request.urlopen(f"{sandbox}/requests") as response:
        return [arrival["betas"] for arrival in json.load(response)]


@pytest.mark.parametrize("told", ["beside", "inside"])
def test_betas_leave_as_the_header_that_they_were(
    pipeline: Pipeline, reviewer: User, arrivals: Callable[[], list[bytes]], sandbox: str, told: str
) -> None:
    betas = ["context-1m-2025-08-07", "compact-2026-01-12"]
    inside = {"betas": betas, "max_iterations": 4, "user_profile_id": "u", "thread": False}
    beside: dict[str, Any] = {"betas": betas} if told == "beside" else {}
    case = held(pipeline, request=request("Describe the pier.", **({} if beside else inside)), **beside)
    sending = to_send(case, by=reviewer)
    assert sending.betas == ",".join(betas)
    send(reissue_id=sending.pk, clock=lambda: NOW)
    (body,) = arrivals()
    assert json.loads(body).keys() == {"model", "max_tokens", "messages"}
    assert headers_of(sandbox) == [",".join(betas)]
    sending.refresh_from_db()
    assert sending.state == "answered"
    assert RunContent.objects.get(run=sending.run).betas == ",".join(betas)


def test_without_betas_no_header_leaves(
    pipeline: Pipeline, reviewer: User, arrivals: Callable[[], list[bytes]], sandbox: str
) -> None:
    send(reissue_id=to_send(held(pipeline), by=reviewer).pk, clock=lambda: NOW)
    assert len(arrivals()) == 1 and headers_of(sandbox) == [None]


def test_the_betas_of_a_reissue_never_change(pipeline: Pipeline, reviewer: User) -> None:
    to_send(held(pipeline), by=reviewer)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Reissue.objects.update(betas="another")


@pytest.mark.parametrize("beta", ["a\nb", "a\r\nx-other: 1", "", " ", "é", "a,b"])
def test_a_beta_that_no_header_could_hold_is_refused_by_name(pipeline: Pipeline, beta: str) -> None:
    row = read_row(json.dumps(declined(betas=["fine", beta])))
    (answer,) = ingest(pipeline=pipeline, rows=[row], now=NOW)
    assert [error["field"] for error in answer.errors] == ["betas.1"]


@pytest.mark.parametrize("betas", [{}, 7, [7]])
def test_betas_that_cannot_be_read_are_not_dropped(betas: Any) -> None:
    with pytest.raises(CannotCompose, match="betas"):
        compose(original=json.dumps(request("Go on.", betas=betas)), asked=CONTEXT)


def test_what_holds_a_programs_objects_is_not_sent(pipeline: Pipeline) -> None:
    told = as_told(request("Go on.", output_format=int)).body
    with pytest.raises(CannotCompose, match="a program's objects"):
        original_request(held_as(pipeline, told))
    told = as_told(request("Go on.", betas=int, tools=[{"python_object": "x", "name": "y"}])).body
    assert original_request(held_as(pipeline, told)).is_repeated


def test_the_worker_gives_what_the_row_holds(pipeline: Pipeline, reviewer: User) -> None:
    sending = to_send(held(pipeline, betas=["one", "two"]), by=reviewer)
    asked: list[tuple[str, str]] = []

    def ask(request: str, *, betas: str) -> Ended:
        asked.append((request, betas))
        return ending("end_turn")

    send(reissue_id=sending.pk, clock=lambda: NOW + timedelta(minutes=1), ask=ask)
    assert asked == [(sending.request, "one,two")]
    assert Run.objects.filter(origin="reissue").count() == 1
