"""The same endings as server-sent events, accumulated by the real SDK."""

import anthropic
import httpx2
import pytest
from anthropic.types import Message
from anthropic.types.beta import BetaMessage

from refusalhub.sandbox.answers import SIMULATED


def stream(client: anthropic.Anthropic, prompt: str) -> Message:
    with client.messages.stream(
        model="claude-opus-5-5", max_tokens=500, messages=[{"role": "user", "content": prompt}]
    ) as events:
        return events.get_final_message()


def test_a_streamed_message_is_the_whole_message(client: anthropic.Anthropic) -> None:
    prompt = "Describe the harbour."
    streamed = stream(client, prompt)
    whole = client.messages.create(
        model="claude-opus-5-5", max_tokens=500, messages=[{"role": "user", "content": prompt}]
    )
    assert streamed.to_dict(exclude_unset=False) == {**whole.to_dict(exclude_unset=False), "id": streamed.id}


def test_text_arrives_in_several_pieces(client: anthropic.Anthropic) -> None:
    with client.messages.stream(
        model="claude-opus-5-5", max_tokens=500, messages=[{"role": "user", "content": "Tell me more."}]
    ) as events:
        pieces = list(events.text_stream)
    assert len(pieces) > 3
    assert "".join(pieces).startswith(SIMULATED)


def test_a_streamed_refusal_has_its_details(client: anthropic.Anthropic) -> None:
    message = stream(client, "[[sandbox: refusal cyber]]")
    assert message.stop_reason == "refusal"
    assert message.content == []
    assert message.stop_details is not None
    assert message.stop_details.category == "cyber"


def test_a_streamed_tool_call_has_its_input(client: anthropic.Anthropic) -> None:
    message = stream(client, "[[sandbox: tool_use]]")
    assert [block.input for block in message.content if block.type == "tool_use"] == [
        {"query": "the matter asked"}
    ]


def test_a_streamed_fallback_shows_its_hops(client: anthropic.Anthropic) -> None:
    with client.beta.messages.stream(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": "[[sandbox: fallback bio]]"}],
    ) as events:
        message: BetaMessage = events.get_final_message()
    assert [block.type for block in message.content] == ["fallback", "text"]
    assert [entry.type for entry in message.usage.iterations or []] == ["message", "fallback_message"]


def test_an_error_in_mid_stream_comes_after_a_200(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        stream(client, "[[sandbox: stream_error]]")
    assert caught.value.status_code == 200
    assert caught.value.type == "overloaded_error"


def test_a_stream_may_stop_without_a_stop_reason(client: anthropic.Anthropic) -> None:
    message = stream(client, "[[sandbox: stream_stop]]")
    assert message.stop_reason is None
    assert message.content


def test_a_stream_may_break_off(client: anthropic.Anthropic) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        stream(client, "[[sandbox: broken]]")


def test_an_http_error_of_a_stream_is_plain_json(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.RateLimitError):
        stream(client, "[[sandbox: 429]]")
