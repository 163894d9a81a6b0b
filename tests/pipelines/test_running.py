"""One request goes out byte for byte, once, and however it ends that is an ending and no crash."""

import json
import urllib.request
from typing import Any

import pytest
from pytest_django import Settings

from pipelines.judging import judge_row
from pipelines.models import Pipeline
from pipelines.rows import RowIn, validate_row
from pipelines.running import Ended, call, call_model
from refusalhub.ports import free_port
from refusals import Outcome


@pytest.fixture
def sandbox(sandbox: str) -> str:
    """The session's sandbox, with nothing arrived yet."""
    with urllib.request.urlopen(urllib.request.Request(f"{sandbox}/reset", method="POST")):
        return sandbox


def request(asked: str) -> str:
    """A request as a pipeline wrote it: its own spacing, its own numbers, text of any kind."""
    content = json.dumps(f"{asked} Describe the harbour: é, 港, 🚢.", ensure_ascii=False)
    return (
        '{ "model":"claude-opus-5-5",\n  "max_tokens" : 500, "temperature": 1.00,'
        f' "messages":[{{"role":"user","content":{content}}}], "metadata": {{"user_id": "caf\\u00e9"}} }}'
    )


def arrived(sandbox: str, number: int | None = None) -> Any:
    address = f"{sandbox}/requests" if number is None else f"{sandbox}/requests/{number}"
    with urllib.request.urlopen(address) as response:
        return json.load(response) if number is None else response.read()


def facts(ended: Ended) -> dict[str, Any]:
    assert ended.field == "error"
    read: dict[str, Any] = json.loads(ended.text)
    return read


def ending(ended: Ended) -> Any:
    """How ingest judges it."""
    row = validate_row({"prompt": "Describe the harbour.", ended.field: json.loads(ended.text)})
    assert isinstance(row, RowIn), row
    return judge_row(row, pipeline=Pipeline(slug="nightly-digest"))


def test_the_exact_bytes_arrive(sandbox: str) -> None:
    text = request("Hello.")
    ended = call(text, base_url=sandbox)
    assert arrived(sandbox, 1) == text.encode()
    assert ended.field == "response"
    assert json.loads(ended.text)["stop_reason"] == "end_turn"
    assert ended.duration_ms >= 0


def test_without_a_key_the_sandbox_is_asked(sandbox: str, settings: Settings) -> None:
    settings.ANTHROPIC_API_KEY = ""
    call_model(request("Hello."))
    assert len(arrived(sandbox)) == 1


def test_a_refusal_is_a_response(sandbox: str) -> None:
    ended = call(request("[[sandbox: refusal cyber]]"), base_url=sandbox)
    assert ended.field == "response"
    assert (ending(ended).outcome, ending(ended).code) == (Outcome.DECLINED, "CYBER")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [("429 retry_after=7", 429, "RATE_LIMIT"), ("529", 529, "OVERLOADED"), ("500", 500, "PROVIDER_ERROR")],
)
def test_an_error_of_the_provider_is_an_ending_and_is_not_retried(
    sandbox: str, asked: str, status: int, code: str
) -> None:
    ended = call(request(f"[[sandbox: {asked}]]"), base_url=sandbox)
    assert facts(ended)["http_status"] == status
    assert facts(ended)["body"]["type"] == "error"
    assert (ending(ended).outcome, ending(ended).code, ending(ended).retryable) == ("infra_error", code, True)
    assert len(arrived(sandbox)) == 1


def test_the_time_to_wait_is_kept(sandbox: str) -> None:
    ended = call(request("[[sandbox: 429 retry_after=7]]"), base_url=sandbox)
    assert facts(ended)["retry_after"] == 7.0
    assert ending(ended).columns()["retry_after"] == 7.0


@pytest.mark.parametrize("asked", ["drop", "broken"])
def test_a_connection_that_breaks_is_an_ending_and_is_not_retried(sandbox: str, asked: str) -> None:
    ended = call(request(f"[[sandbox: {asked}]]"), base_url=sandbox)
    assert facts(ended)["type"]
    assert ending(ended).outcome is not Outcome.OK
    assert len(arrived(sandbox)) == 1


def test_an_answer_that_takes_too_long_is_a_timeout(sandbox: str, settings: Settings) -> None:
    settings.MODEL_CALL_TIMEOUT_SECONDS = 0.3
    ended = call(request("[[sandbox: end_turn seconds=2]]"), base_url=sandbox)
    assert facts(ended)["type"] == "APITimeoutError"
    assert (ending(ended).code, ending(ended).retryable) == ("TIMEOUT", True)
    assert len(arrived(sandbox)) == 1


def test_a_server_that_is_not_there_is_a_network_error() -> None:
    ended = call(request("Hello."), base_url=f"http://127.0.0.1:{free_port()}")
    assert facts(ended)["type"] == "APIConnectionError"
    assert ending(ended).code == "NETWORK"


def test_an_address_that_answers_something_else_is_never_ok(sandbox: str) -> None:
    ended = call(request("Hello."), base_url=f"{sandbox}/elsewhere")
    assert ending(ended).outcome is not Outcome.OK
