"""What repeats fold by, and what a person reads."""

from typing import Any

import pytest

from pipelines.prompts import folding_text, readable_prompt, standing_text

ANTHROPIC = {
    "model": "claude-opus-5-5",
    "system": [{"type": "text", "text": "You write for visitors."}],
    "messages": [
        {"role": "user", "content": "Describe the harbour."},
        {"role": "user", "content": [{"type": "text", "text": "Name the piers."}]},
    ],
}
OPENAI = {"instructions": "You write for visitors.", "input": "Describe the harbour.\n\nName the piers."}
GEMINI = {
    "systemInstruction": {"parts": [{"text": "You write for visitors."}]},
    "contents": [{"parts": [{"text": "Describe the harbour."}, {"text": "Name the piers."}]}],
}


@pytest.mark.parametrize("request_body", [ANTHROPIC, OPENAI, GEMINI], ids=["anthropic", "openai", "gemini"])
def test_the_texts_of_any_providers_request_are_read(request_body: dict[str, Any]) -> None:
    asked = readable_prompt(prompt=None, request=request_body)
    assert asked == "Describe the harbour.\n\nName the piers."
    assert standing_text(request_body) == "You write for visitors."


def test_the_callers_prompt_comes_before_the_request() -> None:
    assert readable_prompt(prompt="Short", request=ANTHROPIC) == "Short"
    assert folding_text(prompt="Short", request=ANTHROPIC) == "Short"


def test_requests_fold_by_what_was_asked_whatever_the_model_and_the_order() -> None:
    other_model = {
        "messages": ANTHROPIC["messages"],
        "system": ANTHROPIC["system"],
        "model": "claude-haiku-5-5",
    }
    assert folding_text(prompt=None, request=other_model) == folding_text(prompt=None, request=ANTHROPIC)


def test_requests_that_ask_something_else_do_not_fold() -> None:
    other = ANTHROPIC | {"messages": [{"role": "user", "content": "Describe the lighthouse."}]}
    assert folding_text(prompt=None, request=other) != folding_text(prompt=None, request=ANTHROPIC)


def test_requests_of_an_unknown_shape_fold_by_the_whole_of_them() -> None:
    one, other = ({"question": question} for question in ("Which pier?", "Which crane?"))
    assert folding_text(prompt=None, request=one) != folding_text(prompt=None, request=other)


def test_texts_nested_without_end_are_left_out() -> None:
    nested: Any = "deep"
    for _ in range(50):
        nested = {"content": nested}
    assert readable_prompt(prompt=None, request={"messages": [nested, "near"]}) == "near"
