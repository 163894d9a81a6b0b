import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refusals.signals import holds_redacted, redact

SECRET = "tok_1234567890"  # invented
BODIES = [
    {"stop_details": {"type": "refusal", "fallback_credit_token": SECRET}},
    {"error": {"misalignment": {"review_target": SECRET}}},
    {"safety_identifier": SECRET},
    {"candidates": [{"continuationToken": SECRET}]},
    {"candidates": [{"content": {"parts": [{"text": "x", "thoughtSignature": SECRET}]}}]},
    {"content": [{"type": "thinking", "thinking": "hm", "signature": SECRET}]},
    {"type": "content_block_delta", "delta": {"type": "signature_delta", "signature": SECRET}},
    {
        "output": {
            "message": {
                "content": [{"reasoningContent": {"reasoningText": {"text": "x", "signature": SECRET}}}]
            }
        }
    },
    {"trace": {"guardrail": {"modelOutput": [SECRET], "actionReason": "x"}}},
    {"a": {"sensitiveInformationPolicy": {"piiEntities": [{"type": "NAME", "match": SECRET}]}}},
    {"a": {"sensitiveInformationPolicy": {"regexes": [{"name": "id", "match": SECRET}]}}},
    {"attributes": [{"value": {"stringValue": json.dumps({"fallback_credit_token": SECRET})}}]},
    {"values": [json.dumps({"deep": json.dumps({"review_target": SECRET})})]},
]
HARMLESS = [
    {"text": "Write safety_identifier into the request."},
    {"input": {"signature": "Yours, Ana", "match": "3-2", "modelOutput": "x"}},
    {"fallback_credit_token": None, "review_target": ""},
    {"wordPolicy": {"customWords": [{"match": "word"}]}},
    {"nested": '{"signature": 1'},
]


@pytest.mark.parametrize("body", BODIES)
def test_a_secret_is_blotted_out_of_data_and_the_original_left_alone(body: Any) -> None:
    before = copy.deepcopy(body)
    redacted = redact(body)
    assert SECRET not in json.dumps(redacted) and "[redacted]" in json.dumps(redacted)
    assert body == before


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("indent", [None, 3])
def test_a_secret_is_blotted_out_of_text_and_all_else_kept_byte_for_byte(body: Any, indent: Any) -> None:
    text = (
        " "
        + json.dumps({"é\u2028": [1.50, "\\", '"', {}], "body": body, "last": "[]{}:,"}, indent=indent)
        + "\n"
    )
    redacted = redact(text)
    assert SECRET not in redacted
    assert json.loads(redacted) == redact(json.loads(text))
    if "attributes" not in body and "values" not in body and "guardrail" not in str(body):
        assert redacted == text.replace(SECRET, "[redacted]")
    assert redact(redacted) == redacted


@pytest.mark.parametrize("body", HARMLESS)
def test_what_holds_no_secret_comes_back_the_same(body: Any) -> None:
    text = json.dumps(body)
    assert redact(text) is text
    assert redact(body) is body
    data = text.encode()
    assert redact(data) is data


def test_the_lines_of_a_stream_or_a_batch_are_searched() -> None:
    line = json.dumps(BODIES[0])
    stream = f"event: x\r\ndata: {line}\r\n\r\ndata: [DONE]\n"
    assert redact(stream) == stream.replace(SECRET, "[redacted]")
    batch = f"{line}\n{json.dumps(HARMLESS[0])}\n"
    assert redact(batch) == batch.replace(SECRET, "[redacted]")
    assert redact(batch.encode()) == batch.replace(SECRET, "[redacted]").encode()


def test_json_that_was_cut_off_is_searched_too() -> None:
    text = '{"stop_details": {"fallback_credit_token" : "' + SECRET
    assert SECRET not in redact(text)


def test_an_escaped_key_hides_nothing() -> None:
    text = '{"\\u0066allback_credit_token": "SECRET"}'.replace("SECRET", SECRET)
    assert redact(text) == text.replace(SECRET, "[redacted]")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["signature", "review_target"]), inner)
    ),
)


@given(json_values, st.sampled_from([None, 2]), st.booleans())
def test_text_and_data_are_redacted_alike(body: Any, indent: Any, ascii_only: Any) -> None:
    text = json.dumps(body, indent=indent, ensure_ascii=ascii_only)
    assert json.loads(redact(text)) == (redact(body) if isinstance(body, dict | list) else body)


@given(st.text() | st.binary())
def test_any_text_is_taken(text: str) -> None:
    assert type(redact(text)) is type(text)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("indent", [None, 3])
def test_what_was_redacted_is_known_and_what_was_not_is_left(body: Any, indent: Any) -> None:
    text = json.dumps({"body": body}, indent=indent)
    assert not holds_redacted(text)
    assert holds_redacted(redact(text))
    assert holds_redacted(redact(text[:-1] + ", cut off")) == (
        "[redacted]" in redact(text[:-1] + ", cut off")
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[redacted]",
        '"[redacted]"',
        '{"text": "[redacted]"}',
        '{"type": "text", "signature": "[redacted]"}',
        '{"text": "the \\"safety_identifier\\" is \\"[redacted]\\""}',
        '{"safety_identifier": "not [redacted]"}',
    ],
)
def test_the_word_alone_is_no_redaction(text: str) -> None:
    assert not holds_redacted(text)
