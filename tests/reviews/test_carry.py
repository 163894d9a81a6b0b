"""Another provider's request, carried over: who said what, word for word, and the name of all that is not sent."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models import Pipeline
from reviews.carry import DEFAULT_MAX_TOKENS, LeftBehind, carry
from reviews.original import original_request
from reviews.reissue import preview
from tests.reviews.making import CONTEXT, held

BRIEF = "You write leaflets."
CHAT: dict[str, Any] = {
    "model": "gpt-6",
    "messages": [
        {"role": "system", "content": BRIEF},
        {"role": "user", "content": "Describe the pier."},
        {"role": "assistant", "content": "Which pier?"},
        {"role": "user", "content": "The old one."},
    ],
}
TURNS = [
    {"role": "user", "content": "Describe the pier."},
    {"role": "assistant", "content": "Which pier?"},
    {"role": "user", "content": "The old one."},
]
RESPONSES = {
    "model": "gpt-6",
    "instructions": BRIEF,
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Describe the pier."}],
        },
        {"role": "assistant", "content": [{"type": "output_text", "text": "Which pier?"}]},
        {"role": "user", "content": "The old one."},
    ],
}
GEMINI = {
    "systemInstruction": {"parts": [{"text": BRIEF}]},
    "contents": [
        {"parts": [{"text": "Describe the pier."}]},
        {"role": "model", "parts": [{"text": "Which pier?"}]},
        {"role": "user", "parts": [{"text": "The old one."}]},
    ],
}
BEDROCK = {
    "system": [{"text": BRIEF}],
    "messages": [
        {"role": "user", "content": [{"text": "Describe the pier."}]},
        {"role": "assistant", "content": [{"text": "Which pier?"}]},
        {"role": "user", "content": [{"text": "The old one."}]},
    ],
}


def carried(request: dict[str, Any]) -> Any:
    return json.loads(carry(request).request(model="m"))


@pytest.mark.parametrize(
    "request_", [CHAT, RESPONSES, GEMINI, BEDROCK], ids=["chat", "responses", "gemini", "bedrock"]
)
def test_the_brief_and_every_turn_keep_their_place_and_their_words(request_: dict[str, Any]) -> None:
    assert carried(request_) == {
        "model": "m", "max_tokens": DEFAULT_MAX_TOKENS, "system": BRIEF, "messages": TURNS,
    }  # fmt: skip
    assert carry(request_).left_behind == ()


@pytest.mark.parametrize("name", ["input", "prompt", "inputText"])
def test_a_plain_text_is_what_the_user_says(name: str) -> None:
    assert carried({name: "Describe the pier."})["messages"] == [
        {"role": "user", "content": "Describe the pier."}
    ]


def test_what_cannot_be_carried_is_named_with_where_it_stood() -> None:
    request = {
        "model": "gpt-6",
        "temperature": 0,
        "stop": None,
        "tools": [{"type": "function"}],
        "max_completion_tokens": 900,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "See."}, {"type": "image_url", "image_url": {}}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]},
            {"role": "tool", "tool_call_id": "c", "content": "42"},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}], "name": "Ana"},
            {"type": "function_call", "name": "look"},
            {"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": ""}]},
            {"role": "user", "content": "Go on."},
        ],
    }  # fmt: skip
    found = carry(request)
    assert json.loads(found.request(model="m")) == {
        "model": "m",
        "max_tokens": 900,
        "messages": [{"role": "user", "content": "See."}, {"role": "user", "content": "Go on."}],
    }
    assert set(found.left_behind) == {
        LeftBehind("temperature"),
        LeftBehind("tools"),
        LeftBehind("image_url", (1, 6)),
        LeftBehind("tool_calls", (2,)),
        LeftBehind("tool", (3,)),
        LeftBehind("refusal", (4,)),
        LeftBehind("name", (4,)),
        LeftBehind("function_call", (5,)),
    }


def test_a_brief_between_the_turns_moves_to_the_top_and_that_is_said() -> None:
    request = {"messages": [CHAT["messages"][1], {"role": "developer", "content": "Be brief."}]}
    assert carry(request).moved == [2]
    assert carried(request)["system"] == "Be brief."
    assert carry(CHAT).moved == []


TEXT = st.text(min_size=1, max_size=8)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system", "developer"]),
        "content": TEXT
        | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}), min_size=1, max_size=3),
    }
)


@given(messages=st.lists(MESSAGE, max_size=6))
def test_no_word_changes_its_speaker(messages: list[dict[str, Any]]) -> None:
    def said(message: dict[str, Any]) -> list[str]:
        content = message["content"]
        return [content] if isinstance(content, str) else [part["text"] for part in content]

    leaves = carried({"messages": messages})
    standing = ("system", "developer")
    assert [(one["role"], said(one)) for one in leaves["messages"]] == [
        (one["role"], said(one)) for one in messages if one["role"] not in standing
    ]
    brief = [text for one in messages if one["role"] in standing for text in said(one)]
    assert ("system" in leaves) == bool(brief)
    if brief:
        assert said({"content": leaves["system"]}) == brief
    json.dumps(leaves).encode()


def test_a_request_in_which_nobody_asks_is_made_of_the_prompt_and_all_of_it_is_named() -> None:
    text = json.dumps({"model": "gpt-6", "foo": 1, "messages": [{"role": "assistant", "content": "Hi."}]})
    made = original_request(request=text, provider="openai", prompt="Describe the pier.", model="m")
    assert json.loads(made.text)["messages"] == [{"role": "user", "content": "Describe the pier."}]
    assert made.left_behind == (LeftBehind("foo"), LeftBehind("messages"))


def test_the_digest_is_of_what_the_pipeline_sent(pipeline: Pipeline) -> None:
    case = held(pipeline, request=CHAT, provider="openai", betas=["one"])
    composed = preview(case=case, asked=CONTEXT)
    sent = case.first_run.content.request
    assert composed.original_digest == hashlib.sha256(sent.encode()).hexdigest()
    assert composed.betas == ()
    leaves = json.loads(composed.request)
    assert leaves["system"] == BRIEF
    assert leaves["messages"][:2] == TURNS[:2]
