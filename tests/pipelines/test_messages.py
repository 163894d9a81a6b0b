"""The conversation inside a request: every provider's shape, and whatever else stands there."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.messages import Part, PartKind, is_conversation, messages_of

PICTURE = "QUJD" * 300
ANTHROPIC = {
    "system": "You write for visitors.",
    "messages": [
        {"role": "user", "content": "Which piers are open?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "I should look."},
                {"type": "tool_use", "id": "tu_1", "name": "piers", "input": {"open": True}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "tu_1",
                    "content": [
                        {"type": "text", "text": "Two."},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PICTURE},
                        },
                    ],
                },
                {
                    "type": "document",
                    "title": "Tides",
                    "source": {"type": "url", "url": "https://example.org/t.pdf"},
                },
                {
                    "type": "document",
                    "title": "Notes",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Pier 1"},
                },
            ],
        },
    ],
}
CHAT = {
    "messages": [
        {"role": "system", "content": "You write for visitors."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Which piers are open?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
                {"type": "input_audio", "input_audio": {"data": PICTURE, "format": "wav"}},
                {"type": "file", "file": {"filename": "tides.pdf", "file_data": PICTURE}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"type": "function", "function": {"name": "piers", "arguments": '{"open": true}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "Two."},
    ]
}
RESPONSES = {
    "instructions": "You write for visitors.",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Which piers are open?"},
                {"type": "input_image", "image_url": "https://example.org/map.png"},
            ],
        },
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "I should look."}]},
        {"type": "function_call", "name": "piers", "arguments": '{"open": true}', "call_id": "call_1"},
        {"type": "function_call_output", "call_id": "call_1", "output": "Two."},
    ],
}
GEMINI = {
    "systemInstruction": {"parts": [{"text": "You write for visitors."}]},
    "contents": [
        {
            "role": "user",
            "parts": [
                {"text": "Which piers are open?"},
                {"inlineData": {"mimeType": "image/png", "data": PICTURE}},
                {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://tides/t.pdf"}},
            ],
        },
        {
            "role": "model",
            "parts": [
                {"text": "I should look.", "thought": True},
                {"functionCall": {"name": "piers", "args": {"open": True}}},
            ],
        },
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "piers", "response": {"open": 2}}}],
        },
    ],
}
BEDROCK = {
    "system": [{"text": "You write for visitors."}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "Which piers are open?"},
                {"image": {"format": "png", "source": {"bytes": PICTURE}}},
                {
                    "document": {
                        "name": "Tides",
                        "format": "pdf",
                        "source": {"s3Location": {"uri": "s3://t/t.pdf"}},
                    }
                },
                {"guardContent": {"text": {"text": "Guarded words."}}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "I should look."}}},
                {"toolUse": {"toolUseId": "tu_1", "name": "piers", "input": {"open": True}}},
            ],
        },
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "tu_1", "content": [{"json": {"open": 2}}]}}],
        },
    ],
}
SHAPES: dict[str, dict[str, Any]] = {
    "anthropic": ANTHROPIC,
    "chat": CHAT,
    "responses": RESPONSES,
    "gemini": GEMINI,
    "bedrock": BEDROCK,
}
IN_JSON = '{\n  "open": true\n}'

# What stands in each, part by part: the role, the kind, and what a person reads of it.
READ = {
    "anthropic": [
        ("user", "text", "Which piers are open?"),
        ("assistant", "thinking", "I should look."),
        ("assistant", "tool_use", f"piers {IN_JSON}"),
        ("user", "tool_result", "tu_1"),
        ("user", "text", "Two."),
        ("user", "image", "image/png 900"),
        ("user", "document", "Tides https://example.org/t.pdf"),
        ("user", "document", "Notes text/plain"),
        ("user", "text", "Pier 1"),
    ],
    "chat": [
        ("system", "text", "You write for visitors."),
        ("user", "text", "Which piers are open?"),
        ("user", "image", "image/png 900"),
        ("user", "audio", "wav 900"),
        ("user", "document", "tides.pdf 900"),
        ("assistant", "tool_use", 'piers {"open": true}'),
        ("tool", "tool_result", "call_1"),
        ("tool", "text", "Two."),
    ],
    "responses": [
        ("user", "text", "Which piers are open?"),
        ("user", "image", "https://example.org/map.png"),
        ("", "thinking", "I should look."),
        ("", "tool_use", 'piers {"open": true}'),
        ("", "tool_result", "call_1"),
        ("", "text", "Two."),
    ],
    "gemini": [
        ("user", "text", "Which piers are open?"),
        ("user", "image", "image/png 900"),
        ("user", "document", "application/pdf gs://tides/t.pdf"),
        ("model", "thinking", "I should look."),
        ("model", "tool_use", f"piers {IN_JSON}"),
        ("user", "tool_result", "piers"),
        ("user", "other", '{\n  "open": 2\n}'),
    ],
    "bedrock": [
        ("user", "text", "Which piers are open?"),
        ("user", "image", "png 900"),
        ("user", "document", "Tides pdf s3://t/t.pdf"),
        ("user", "text", "Guarded words."),
        ("assistant", "thinking", "I should look."),
        ("assistant", "tool_use", f"piers {IN_JSON}"),
        ("user", "tool_result", "tu_1"),
        ("user", "other", '{\n  "json": {\n    "open": 2\n  }\n}'),
    ],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "parts",
                    "type",
                    "text",
                    "source",
                    "function",
                    "image",
                    "data",
                    "toolUse",
                    "x",
                ]
            ),
            inner | st.sampled_from(["text", "tool_use", "image", "document", "thinking", "tool_result"]),
        )
    ),
    max_leaves=30,
)


def read(part: Part) -> str:
    size = "" if part.size is None else str(part.size)
    return " ".join(filter(None, (part.name, part.media_type, part.address, size, part.text)))


@pytest.mark.parametrize("shape", SHAPES)
def test_each_part_of_any_providers_conversation_is_named(shape: str) -> None:
    messages = messages_of(SHAPES[shape])
    parts = [(message.role, part.kind.value, read(part)) for message in messages for part in message.parts]
    assert parts == READ[shape]
    assert is_conversation(messages)


@pytest.mark.parametrize("shape", SHAPES)
def test_data_is_never_part_of_what_is_shown(shape: str) -> None:
    assert PICTURE not in repr(messages_of(SHAPES[shape]))


@pytest.mark.parametrize(
    "request_body",
    [
        {"prompt": "Which piers are open?"},
        {"inputText": "Which piers are open?"},
        {"input": "Which piers are open?"},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Which piers are open?"}]}]},
        {
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": "Which piers?"},
            ]
        },
    ],
)
def test_one_text_is_no_conversation(request_body: dict[str, Any]) -> None:
    messages = messages_of(request_body)
    assert len(messages) == len(request_body.get("messages", "1")) or len(messages) == 1
    assert not is_conversation(messages)


def test_what_nobody_knows_is_shown_as_its_json() -> None:
    block = {"type": "hologram", "light": "blue"}
    [message] = messages_of({"messages": [{"role": "user", "content": [block]}]})
    [part] = message.parts
    assert (part.kind, part.name) == (PartKind.OTHER, "hologram")
    assert json.loads(part.text) == block


def test_parts_nested_without_end_are_shown_as_their_json() -> None:
    nested: Any = "deep"
    for _ in range(150):
        nested = {"type": "tool_result", "content": [nested]}
    [message] = messages_of({"messages": [{"role": "user", "content": [nested]}]})
    assert message.parts[-1].kind is PartKind.OTHER
    assert "deep" in message.parts[-1].text


@given(value=json_values)
def test_no_request_is_too_strange_to_be_read(value: Any) -> None:
    for message in messages_of({"messages": value, "contents": value}):
        for part in message.parts:
            (message.role + read(part)).encode()
