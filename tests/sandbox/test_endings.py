"""Every ending, asked for by a marker and read with the real SDK."""

from typing import get_type_hints

import anthropic
import pytest
from anthropic.types import Message
from anthropic.types.beta.message_create_params import MessageCreateParamsStreaming

import refusalhub.sandbox
from refusalhub.sandbox.answers import FALLBACK_MODEL, SIMULATED, UNHEARD_OF
from refusalhub.sandbox.endings import HTTP_ERRORS, NAMES
from refusalhub.sandbox.requests import FIELDS

CATEGORIES = ["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"]


def ask(client: anthropic.Anthropic, prompt: str, *, max_tokens: int = 500) -> Message:
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=max_tokens, messages=[{"role": "user", "content": prompt}]
    )


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_an_unknown_prompt_gets_a_labelled_answer_with_headings(client: anthropic.Anthropic) -> None:
    message = ask(client, "Compare two ways of drying apples.")
    assert message.stop_reason == "end_turn"
    assert message.model == "claude-opus-5-5"
    assert text_of(message).startswith(SIMULATED)
    assert text_of(message).count("## ") == 3
    assert "Compare two ways of drying apples." in text_of(message)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_refusal_names_its_category(client: anthropic.Anthropic, category: str) -> None:
    message = ask(client, f"[[sandbox: refusal {category}]]")
    assert message.stop_reason == "refusal"
    assert message.content == []
    assert message.stop_details is not None
    assert message.stop_details.category == category
    assert message.stop_details.explanation is not None
    assert message.stop_details.explanation.startswith("[simulated]")


def test_a_refusal_may_have_no_category(client: anthropic.Anthropic) -> None:
    message = ask(client, "[[sandbox: refusal]]")
    assert message.stop_reason == "refusal"
    assert message.stop_details is not None
    assert message.stop_details.category is None


def test_a_refusal_may_have_no_details_at_all(client: anthropic.Anthropic) -> None:
    message = ask(client, "[[sandbox: refusal no_details]]")
    assert message.stop_reason == "refusal"
    assert message.stop_details is None


def test_a_refusal_may_come_after_some_text(client: anthropic.Anthropic) -> None:
    message = ask(client, "[[sandbox: refusal bio partial]]")
    assert message.stop_reason == "refusal"
    assert text_of(message).startswith(SIMULATED)


@pytest.mark.parametrize("name", ["max_tokens", "model_context_window_exceeded", "pause_turn", "tool_use"])
def test_an_ending_is_its_stop_reason(client: anthropic.Anthropic, name: str) -> None:
    assert ask(client, f"[[sandbox: {name}]]").stop_reason == name


def test_a_truncated_answer_is_a_part_of_the_whole_one(client: anthropic.Anthropic) -> None:
    whole = text_of(ask(client, "Describe the harbour."))
    cut = text_of(ask(client, "Describe the harbour. [[sandbox: max_tokens]]"))
    assert 0 < len(cut) < len(whole)
    assert whole.startswith(cut)
    assert len(text_of(ask(client, "[[sandbox: max_tokens]]", max_tokens=2))) == 8


def test_a_tool_call_takes_the_requests_own_tool(client: anthropic.Anthropic) -> None:
    message = client.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": "[[sandbox: tool_use]]"}],
        tools=[{"name": "weather", "input_schema": {"type": "object"}}],
    )
    assert [block.name for block in message.content if block.type == "tool_use"] == ["weather"]


def test_an_empty_answer_ends_naturally(client: anthropic.Anthropic) -> None:
    message = ask(client, "[[sandbox: empty]]")
    assert message.stop_reason == "end_turn"
    assert message.content == []


def test_an_unknown_stop_reason_passes_through_the_sdk(client: anthropic.Anthropic) -> None:
    message = ask(client, "[[sandbox: unknown_stop]]")
    assert str(message.stop_reason) == UNHEARD_OF


@pytest.mark.parametrize("status", sorted(HTTP_ERRORS))
def test_an_http_error_has_its_status_and_type(client: anthropic.Anthropic, status: int) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(client, f"[[sandbox: {status}]]")
    assert caught.value.status_code == status
    assert caught.value.body is not None
    assert caught.value.body["error"]["type"] == HTTP_ERRORS[status]  # type: ignore[index]  # typed `object`
    assert caught.value.request_id == "req_sandbox_000001"


def test_a_rate_limit_says_when_to_come_back(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask(client, "[[sandbox: 429 retry_after=7]]")
    assert caught.value.response.headers["retry-after"] == "7"


def test_an_overload_is_the_sdks_own_class(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.OverloadedError):
        ask(client, "[[sandbox: 529]]")


def test_an_http_error_may_carry_an_error_code(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(client, "[[sandbox: 400 organization_on_hold]]")
    assert "organization_on_hold" in str(caught.value.body)


def test_a_dropped_connection_is_a_connection_error(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APIConnectionError):
        ask(client, "[[sandbox: drop]]")


def test_a_body_may_break_off(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APIConnectionError):
        ask(client, "[[sandbox: broken]]")


def test_a_slow_answer_runs_into_the_callers_timeout(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APITimeoutError):
        ask(client.with_options(timeout=0.1), "[[sandbox: end_turn seconds=1]]")


def test_a_fallback_shows_who_declined_and_who_answered(client: anthropic.Anthropic) -> None:
    message = client.beta.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": "[[sandbox: fallback bio]]"}],
    )
    mark, answer = message.content
    assert mark.type == "fallback"
    assert (mark.from_.model, mark.to.model, mark.trigger.category) == (
        "claude-opus-5-5",
        FALLBACK_MODEL,
        "bio",
    )
    assert answer.type == "text"
    assert message.model == FALLBACK_MODEL
    assert message.stop_reason == "end_turn"
    assert [entry.type for entry in message.usage.iterations or []] == ["message", "fallback_message"]


def test_a_sticky_fallback_leaves_no_mark_in_the_content(client: anthropic.Anthropic) -> None:
    message = client.beta.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": "[[sandbox: fallback_sticky]]"}],
    )
    assert [block.type for block in message.content] == ["text"]
    assert [entry.type for entry in message.usage.iterations or []] == ["fallback_message"]


def test_a_fallback_may_decline_as_well(client: anthropic.Anthropic) -> None:
    message = client.beta.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": "[[sandbox: fallback_refused cyber]]"}],
    )
    assert message.stop_reason == "refusal"
    assert message.stop_details is not None
    assert message.stop_details.category == "cyber"
    assert [block.type for block in message.content] == ["fallback"]


def test_an_ending_may_be_played_a_number_of_times_only(client: anthropic.Anthropic) -> None:
    prompt = "[[sandbox: 529 times=2]]"
    for _ in range(2):
        with pytest.raises(anthropic.OverloadedError):
            ask(client, prompt)
    assert ask(client, prompt).stop_reason == "end_turn"


def test_every_ending_is_documented() -> None:
    words = (refusalhub.sandbox.__doc__ or "").split()
    assert set(words) >= NAMES


@pytest.mark.parametrize("name", ["betas", "max_iterations", "user_profile_id", "workspace_id", "python"])
def test_a_field_that_the_api_does_not_know_is_refused_by_name(
    client: anthropic.Anthropic, name: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=f"{name}: Extra inputs are not permitted"):
        client.messages.create(
            model="m", max_tokens=5, messages=[{"role": "user", "content": "Hi."}], extra_body={name: ["x"]}
        )


def test_the_fields_that_it_knows_are_those_that_the_sdk_sends() -> None:
    """But for older ones, which the SDK has dropped and the API has not."""
    sent = set(get_type_hints(MessageCreateParamsStreaming)) - {"betas", "user_profile_id", "workspace_id"}
    assert sent <= FIELDS
    assert FIELDS - sent == {"temperature", "top_k", "top_p", "output_format"}
