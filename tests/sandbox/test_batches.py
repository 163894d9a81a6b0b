"""Batches in the sandbox, driven by the real SDK."""

from typing import Any, cast

import anthropic
import pytest


def entry(name: str, text: str) -> Any:
    message = {"role": "user", "content": text}
    return {"custom_id": name, "params": {"model": "m", "max_tokens": 9, "messages": [message]}}


def test_a_batch_has_a_result_for_each_request(client: anthropic.Anthropic) -> None:
    requests = [
        entry("one", "Tell me more."),
        entry("two", "[[sandbox: refusal cyber]]"),
        entry("three", "[[sandbox: 429]]"),
        entry("four", "[[batch: expired]]"),
    ]
    made = client.messages.batches.create(requests=requests)
    assert made.request_counts.succeeded == 2
    assert client.messages.batches.retrieve(made.id) == made
    results = {line.custom_id: line.result for line in client.messages.batches.results(made.id)}
    assert [result.type for result in results.values()] == ["succeeded", "succeeded", "errored", "expired"]
    assert results["two"].type == "succeeded"
    assert results["two"].message.stop_reason == "refusal"


def test_a_malformed_batch_is_refused(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="messages: at least one"):
        client.messages.batches.create(
            requests=[{"custom_id": "one", "params": {"model": "m", "max_tokens": 9, "messages": []}}]
        )
    with pytest.raises(anthropic.BadRequestError, match="requests"):
        client.messages.batches.create(requests=cast("Any", [{"params": {}}]))


def test_a_batch_that_nobody_made_is_not_found(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve("none")


def test_a_marker_in_a_tools_result_counts(client: anthropic.Anthropic) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "look_up", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "[[sandbox: refusal bio]]"}
    messages: Any = [
        {"role": "user", "content": "[[sandbox: tool_use]]"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    answer = client.messages.create(model="m", max_tokens=9, messages=messages)
    assert answer.stop_reason == "refusal"
