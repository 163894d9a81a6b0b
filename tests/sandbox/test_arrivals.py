"""What the sandbox remembers of what has arrived, and the command that starts it."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import anthropic
import pytest

from refusalhub.demo.prompts import PROMPTS
from refusalhub.sandbox.arrivals import digest_of
from refusalhub.sandbox.server import SandboxServer


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as response:
        return json.load(response)


def ask(client: anthropic.Anthropic, prompt: str, **headers: str) -> None:
    client.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": prompt}],
        extra_headers=headers,
    )


def test_health_says_that_answers_are_simulated(sandbox: SandboxServer) -> None:
    assert get(f"{sandbox.url}/health") == {"status": "ok", "simulated": True}


def test_requests_are_counted_in_their_order(sandbox: SandboxServer, client: anthropic.Anthropic) -> None:
    ask(client, "First", **{"idempotency-key": "case-7-1"})
    ask(client, "Second [[sandbox: refusal cyber]]")
    first, second = get(f"{sandbox.url}/requests")
    assert (first["id"], first["ending"], first["idempotency_key"]) == (1, "end_turn", "case-7-1")
    assert (second["id"], second["ending"], second["idempotency_key"]) == (2, "refusal cyber", None)
    assert first["digest"] != second["digest"]


def test_a_body_can_be_read_back_byte_for_byte(sandbox: SandboxServer, client: anthropic.Anthropic) -> None:
    ask(client, "Zürich")
    with urllib.request.urlopen(f"{sandbox.url}/requests/1") as response:
        body = response.read()
    assert digest_of(body) == get(f"{sandbox.url}/requests")[0]["digest"]
    assert json.loads(body)["messages"] == [{"role": "user", "content": "Zürich"}]


def test_a_reset_forgets_everything(sandbox: SandboxServer, client: anthropic.Anthropic) -> None:
    ask(client, "First")
    urllib.request.urlopen(urllib.request.Request(f"{sandbox.url}/reset", method="POST")).close()
    assert get(f"{sandbox.url}/requests") == []
    ask(client, "Second")
    assert [arrival["id"] for arrival in get(f"{sandbox.url}/requests")] == [1]


def test_a_request_without_a_key_is_refused(sandbox: SandboxServer) -> None:
    body = json.dumps({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{sandbox.url}/v1/messages", data=body.encode())
    with caught.value:
        assert caught.value.code == 401
    assert get(f"{sandbox.url}/requests")[0]["ending"] == "401"


@pytest.mark.parametrize("address", ["/", "/requests/1", "/requests/first"])
def test_an_unknown_address_is_not_found(sandbox: SandboxServer, address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(sandbox.url + address)
    with caught.value:
        assert json.load(caught.value)["error"]["type"] == "not_found_error"


def test_the_command_listens_logs_and_knows_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "requests.jsonl"
    command = [sys.executable, "-m", "refusalhub.sandbox", "--port", "0", "--log", str(log)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
            assert found is not None
            with anthropic.Anthropic(base_url=found.group(), api_key="sandbox", max_retries=0) as client:
                ask(client, "Hello")
                ask(client, PROMPTS[0].text(0))
        finally:
            process.terminate()
    assert [json.loads(line)["ending"] for line in log.read_text().splitlines()] == [
        "end_turn",
        "refusal cyber",
    ]
