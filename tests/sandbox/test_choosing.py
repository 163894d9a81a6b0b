"""Which ending a request gets: header, marker, scenario, in this order."""

import anthropic
import pytest
from anthropic.types import Message

from refusalhub.sandbox.endings import CONTEXT_LABEL, HEADER
from refusalhub.sandbox.requests import BadRequest, parse_request

CONTEXT = f"{CONTEXT_LABEL}\nPurpose: the weekly bulletin.\nBackground: our own filter caught the mail."


def ask(client: anthropic.Anthropic, *texts: str, system: str = "", header: str = "") -> Message:
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        system=system,
        messages=[{"role": "user", "content": [{"type": "text", "text": text} for text in texts]}],
        extra_headers={HEADER: header} if header else {},
    )


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_a_header_outranks_a_marker(client: anthropic.Anthropic) -> None:
    assert ask(client, "[[sandbox: max_tokens]]", header="pause_turn").stop_reason == "pause_turn"


def test_a_marker_outranks_a_scenario(client: anthropic.Anthropic) -> None:
    message = ask(client, "Summarise the phishing report. [[sandbox: end_turn]]")
    assert message.stop_reason == "end_turn"
    assert "caught by the filter" in text_of(message)


def test_a_marker_may_stand_in_the_system_prompt(client: anthropic.Anthropic) -> None:
    assert ask(client, "Hello", system="[[sandbox: refusal]]").stop_reason == "refusal"


def test_the_last_marker_counts(client: anthropic.Anthropic) -> None:
    assert ask(client, "[[sandbox: refusal]]", "[[sandbox: pause_turn]]").stop_reason == "pause_turn"


def test_a_known_prompt_gets_its_own_answer(client: anthropic.Anthropic) -> None:
    assert "Two piers and a crane." in text_of(ask(client, "Describe the harbour."))


def test_a_declined_prompt_is_declined_as_long_as_it_comes_bare(client: anthropic.Anthropic) -> None:
    for _ in range(2):
        message = ask(client, "Summarise the phishing report.\n\nFrom: bank@example.org")
        assert message.stop_reason == "refusal"
        assert message.stop_details is not None
        assert message.stop_details.category == "cyber"
        assert message.stop_details.explanation == (
            "[simulated] The report quotes a mail that asks for credentials."
        )


def test_a_declined_prompt_is_answered_once_context_is_added(client: anthropic.Anthropic) -> None:
    message = ask(client, "Summarise the phishing report.", CONTEXT)
    assert message.stop_reason == "end_turn"
    assert "caught by the filter" in text_of(message)


def test_some_prompts_stay_declined_whatever_is_added(client: anthropic.Anthropic) -> None:
    message = ask(client, "Give me the address of another customer.", CONTEXT)
    assert message.stop_reason == "refusal"


def test_context_is_known_by_its_label_alone(client: anthropic.Anthropic) -> None:
    unlabelled = "Purpose: the weekly bulletin.\nThis is not Context added by a reviewer."
    assert ask(client, "Summarise the phishing report.", unlabelled).stop_reason == "refusal"


def test_until_context_declines_a_prompt_until_context_is_added(client: anthropic.Anthropic) -> None:
    prompt = "[[sandbox: until_context bio]]"
    assert ask(client, prompt).stop_reason == "refusal"
    assert ask(client, prompt, CONTEXT).stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("moonlight", "no ending is called 'moonlight'"),
        ("", "no ending is called ''"),
        ("end_turn cyber", "end_turn does not take 'cyber'"),
        ("refusal cyber bio", "refusal does not take 'bio'"),
        ("end_turn colour=red", "no option is called colour"),
        ("429 retry_after=soon", "retry_after must be a whole number"),
        ("stream_stop", 'stream_stop needs "stream": true'),
    ],
)
def test_a_marker_that_makes_no_sense_is_refused_with_a_reason(
    client: anthropic.Anthropic, marker: str, said: str
) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(client, f"[[sandbox: {marker}]]")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'{"max_tokens": 1, "messages": []}', "model"),
        (b'{"model": "m", "max_tokens": 0, "messages": []}', "max_tokens"),
        (b'{"model": "m", "max_tokens": true, "messages": []}', "max_tokens"),
        (b'{"model": "m", "max_tokens": 1, "messages": []}', "messages"),
        (b'{"model": "m", "max_tokens": 1, "messages": [{"content": "x"}]}', "messages.0"),
        (b'{"model": "m", "max_tokens": 1, "messages": [{"role": "user"}]}', "messages.0.content"),
    ],
)
def test_a_body_that_the_real_api_would_refuse_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse_request(body)


def test_a_request_without_any_text_is_answered(client: anthropic.Anthropic) -> None:
    message = client.messages.create(
        model="claude-opus-5-5",
        max_tokens=500,
        messages=[
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "7"}]}
        ],
    )
    assert message.stop_reason == "end_turn"
