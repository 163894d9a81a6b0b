"""The original stays byte-identical; the context is one more block behind the last user message."""

import hashlib
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models import Pipeline, RunContent
from refusalhub.sandbox.endings import CONTEXT_LABEL
from reviews.compose import (
    LABEL,
    LEFT_OUT,
    CannotCompose,
    Composed,
    Context,
    EditByHand,
    Part,
    compose,
    editable_text,
)
from reviews.decide import NotComplete
from reviews.original import original_request
from reviews.reissue import preview
from reviews.worddiff import word_diff
from tests.reviews.making import CONTEXT, answered, guarded, held, record, request

# What a JSON writer may do with the same value: escapes, spacing, order.
TEXTS = st.text(max_size=30)
SPACES = st.text(" \t\r\n", max_size=3)
# What stands in `betas` is no field of any kind: it becomes a header.
NAMES = st.sampled_from(
    [
        "system",
        "temperature",
        "metadata",
        "é",
        'a"b',
        "tools",
        *(name for name in LEFT_OUT if name != "betas"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
BLOCKS = st.lists(
    st.builds(lambda text: {"type": "text", "text": text}, TEXTS)
    | st.builds(lambda value: {"type": "tool_result", "tool_use_id": "t", "content": value}, VALUES),
    min_size=1,
    max_size=3,
)
CONTENTS = TEXTS.filter(str.strip) | BLOCKS
MESSAGES = st.builds(
    lambda before, last, after: [*before, {"role": "user", "content": last}, *after],
    st.lists(
        st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": CONTENTS}),
        max_size=3,
    ),
    CONTENTS,
    st.lists(st.fixed_dictionaries({"role": st.just("assistant"), "content": CONTENTS}), max_size=1),
)


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """Write a value as JSON in one of the many ways in which it can be written."""
    gap = draw(SPACES)
    match value:
        case dict():
            items = [f"{draw(written(name))}{gap}:{gap}{draw(written(item))}" for name, item in value.items()]
            return "{" + gap + f"{gap},{gap}".join(items) + gap + "}"
        case list():
            return "[" + gap + f"{gap},{gap}".join(draw(written(item)) for item in value) + gap + "]"
        case str():
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        case _:
            return json.dumps(value)


@st.composite
def originals(draw: st.DrawFn) -> str:
    """Write a request of the Messages API, its fields in any order."""
    fields = draw(st.dictionaries(NAMES, VALUES, max_size=4))
    fields |= {"model": "claude-opus-5-5", "max_tokens": draw(st.integers(1, 9)), "messages": draw(MESSAGES)}
    names = draw(st.permutations(sorted(fields)))
    return draw(written({name: fields[name] for name in names}))


@given(original=originals())
def test_the_original_is_byte_identical_and_the_request_is_it_with_one_block_added(original: str) -> None:
    composed = compose(original=original, asked=CONTEXT)
    assert composed.original == original
    assert composed.original_digest == hashlib.sha256(original.encode()).hexdigest()
    was, leaves = json.loads(original), json.loads(composed.request)
    last = max(n for n, message in enumerate(was["messages"]) if message["role"] == "user")
    added = {"type": "text", "text": CONTEXT.block()}
    asked = was["messages"][last]["content"]
    asked = [{"type": "text", "text": asked}] if isinstance(asked, str) else asked
    was["messages"][last]["content"] = [*asked, added]
    assert leaves == {name: value for name, value in was.items() if name not in LEFT_OUT}
    assert list(leaves) == [name for name in was if name not in LEFT_OUT], "the order of the fields stays"
    assert composed.model == "claude-opus-5-5"


@given(original=originals())
def test_the_pieces_say_what_is_the_same_what_was_added_and_what_left_out(original: str) -> None:
    pieces = compose(original=original, asked=CONTEXT).pieces
    assert all(piece.text for piece in pieces)
    added = [piece.text for piece in pieces if piece.part is Part.ADDED]
    assert json.dumps({"type": "text", "text": CONTEXT.block()}, ensure_ascii=False) in added[-1]
    left_out = "".join(piece.text for piece in pieces if piece.part is Part.LEFT_OUT)
    assert bool(left_out) == any(name in json.loads(original) for name in LEFT_OUT)


@given(original=originals(), purpose=TEXTS, background=TEXTS, limits=TEXTS)
def test_a_context_of_any_text_arrives_as_it_was_written(
    original: str, purpose: str, background: str, limits: str
) -> None:
    context = Context(purpose=purpose, background=background, handling_limits=limits)
    leaves = json.loads(compose(original=original, asked=context).request)
    users = [message for message in leaves["messages"] if message["role"] == "user"]
    assert users[-1]["content"][-1]["text"] == context.block()


def test_the_block_is_labelled_and_says_what_was_added() -> None:
    assert CONTEXT.block().splitlines() == [
        "Context added by a reviewer. The request itself is unchanged.",
        "Purpose: A leaflet for the harbour museum.",
        "Background: The museum asked for it; every figure is in its public catalogue.",
        "Handling limits: No names of visitors.",
    ]
    assert "Handling limits" not in Context(purpose="p", background="b").block()
    assert LABEL == CONTEXT_LABEL, "the sandbox knows a re-issue by it"


def test_numbers_and_spacing_leave_as_they_came() -> None:
    original = (
        '{ "temperature": 1.00,"model":"m", "max_tokens":1e2, "messages":[{"content":"a","role":"user"}]}'
    )
    composed = compose(original=original, asked=Context(purpose="p", background="b"))
    assert composed.request.startswith(
        '{ "temperature": 1.00,"model":"m", "max_tokens":1e2, "messages":[{"content":['
    )
    assert composed.request.endswith(',"role":"user"}]}')


@pytest.mark.parametrize(
    ("original", "why"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"model": "m", "messages": [{"role": "user", "content": "a"}], "model": "m"}', "stands twice"),
        ('{"model": "m"}', "no user message"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "names no model"),
        ('{"model": "m", "messages": []}', "no user message"),
        ('{"model": "m", "messages": [{"role": "assistant", "content": "a"}]}', "no user message"),
        ('{"model": "m", "messages": [{"role": "user"}]}', "is empty"),
        ('{"model": "m", "messages": [{"role": "user", "content": []}]}', "is empty"),
        ('{"model": "m", "messages": [{"role": "user", "content": " "}]}', "is empty"),
        ('{"model": "m", "messages": [{"role": "user", "content": 1}]}', "is empty"),
        ('{"model": "m", "messages": [{"role": "user", "content": "a", "content": "b"}]}', "stands twice"),
    ],
)
def test_what_cannot_take_context_is_refused_with_the_reason(original: str, why: str) -> None:
    with pytest.raises(CannotCompose, match=why):
        compose(original=original, asked=CONTEXT)


def test_a_run_without_a_request_is_asked_anew_from_its_prompt() -> None:
    made = original_request(request="", provider="", prompt="Look at é this.", model="m")
    assert json.loads(made.text) == {
        "model": "m",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Look at é this."}],
    }
    assert (made.source, made.left_behind, made.is_repeated) == ("", (), False)


def test_a_request_of_another_api_is_carried_over_and_not_its_prompt() -> None:
    chat = json.dumps({"model": "gpt", "messages": [{"role": "user", "content": "a"}]})
    for provider in ("openai", ""):
        made = original_request(request=chat, provider=provider, prompt="Look at this.", model="m")
        assert json.loads(made.text)["messages"] == [{"role": "user", "content": "a"}]
        assert (made.source, made.is_repeated) == (chat, False)


def test_a_request_that_cannot_be_read_is_not_replaced_by_another() -> None:
    twice = '{"model": "m", "model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "a"}]}'
    with pytest.raises(CannotCompose, match="stands twice"):
        original_request(request=twice, provider="anthropic", prompt="a", model="m")


def test_a_case_is_composed_from_its_runs_own_request(pipeline: Pipeline) -> None:
    asked = request("Describe the pier.", system="You write leaflets.", stream=True)
    composed: Composed = preview(case=held(pipeline, request=asked), asked=CONTEXT)
    assert json.loads(composed.original) == asked
    leaves = json.loads(composed.request)
    assert leaves["system"] == "You write leaflets."
    assert "stream" not in leaves


def test_a_guards_refusal_is_composed_from_the_prompt(pipeline: Pipeline) -> None:
    record(pipeline, [guarded("Describe the crane.")])
    case = held(pipeline).pipeline.cases.get(surface="io_guardrail")
    leaves = json.loads(preview(case=case, asked=CONTEXT).request)
    assert leaves["messages"][0]["content"][0] == {"type": "text", "text": "Describe the crane."}


def test_texts_that_are_no_longer_kept_cannot_be_sent_again(pipeline: Pipeline) -> None:
    case = held(pipeline)
    RunContent.objects.all().delete()
    with pytest.raises(CannotCompose, match="no longer kept"):
        preview(case=case, asked=CONTEXT)


def test_what_no_text_column_could_hold_is_not_sent_altered(pipeline: Pipeline) -> None:
    record(pipeline, [guarded("Describe\x00the crane."), answered()])
    case = pipeline.cases.get()
    with pytest.raises(CannotCompose, match="as it was"):
        preview(case=case, asked=CONTEXT)


# An edit by hand, another model.

EDIT = EditByHand(purpose="A leaflet.", text='Describe the "old" pier.\nIn two lines.')


@pytest.mark.parametrize(
    "content",
    ['"Describe the pier."', '[ {"type":"text" ,"text":"Describe the pier.", "x": 1.00} ]'],
    ids=["text", "one block"],
)
def test_an_edit_takes_the_place_of_the_last_text_and_of_nothing_else(content: str) -> None:
    original = '{ "max_tokens":5.0, "model" : "m", "messages":[{"role":"user", "content": CONTENT }] }'
    original = original.replace("CONTENT", content)
    composed = compose(original=original, asked=EDIT)
    assert composed.original == original
    assert composed.request == original.replace('"Describe the pier."', json.dumps(EDIT.text))
    assert LABEL not in composed.request
    assert editable_text(composed.request) == EDIT.text


@pytest.mark.parametrize(
    "content",
    ['"  "', "[]", '[{"type":"image"}]', '[{"type":"text","text":"a"},{"type":"text","text":"b"}]', "7"],
)
def test_a_message_without_a_single_text_cannot_be_edited(content: str) -> None:
    original = '{"model":"m","max_tokens":5,"messages":[{"role":"user","content":CONTENT}]}'
    original = original.replace("CONTENT", content)
    with pytest.raises(CannotCompose):
        compose(original=original, asked=EDIT)


def test_another_model_takes_the_place_of_the_name_alone_and_is_marked() -> None:
    original = (
        '{"model" :  "m-1", "max_tokens":5, "messages":[{"role":"user","content":"Hi."}], "stream": true}'
    )
    composed = compose(original=original, asked=EDIT, model="m-2")
    assert (composed.original, composed.model) == (original, "m-2")
    marked = {(piece.part, piece.text) for piece in composed.pieces}
    assert marked >= {(Part.LEFT_OUT, '"m-1"'), (Part.ADDED, '"m-2"')}
    assert json.loads(composed.request) == {
        "model": "m-2", "max_tokens": 5, "messages": [{"role": "user", "content": EDIT.text}],
    }  # fmt: skip
    assert compose(original=original, asked=CONTEXT, model="m-1") == compose(original=original, asked=CONTEXT)


def test_a_model_is_one_that_the_leads_allow(pipeline: Pipeline) -> None:
    case = held(pipeline)
    assert preview(case=case, asked=CONTEXT, model="claude-opus-5-5").model == "claude-opus-5-5"
    with pytest.raises(NotComplete) as refused:
        preview(case=case, asked=CONTEXT, model="another")
    assert refused.value.field == "model"
    pipeline.reissue_models = "third\n another \n"
    pipeline.save()
    case.refresh_from_db()
    assert preview(case=case, asked=CONTEXT, model="another").model == "another"


def test_a_request_to_another_provider_is_a_new_one_to_the_chosen_model(pipeline: Pipeline) -> None:
    pipeline.reissue_models = "another"
    pipeline.save()
    (run,) = record(pipeline, [guarded("Describe the pier.")])
    case = run.folded.case
    assert json.loads(preview(case=case, asked=EDIT, model="another").request) == {
        "model": "another", "max_tokens": 4096, "messages": [{"role": "user", "content": EDIT.text}],
    }  # fmt: skip


def test_an_edit_that_changes_nothing_is_none(pipeline: Pipeline) -> None:
    case = held(pipeline, "Describe the pier.")
    with pytest.raises(NotComplete) as refused:
        preview(case=case, asked=EditByHand(purpose="p", text="Describe the pier."))
    assert refused.value.field == "text"


@pytest.mark.parametrize(
    "text",
    ["a b", "a\na", "x" * 121, "\n".join(f"m{n}" for n in range(51))],
    ids=["space", "twice", "long", "many"],
)
def test_a_list_of_models_that_no_request_could_name_is_refused(pipeline: Pipeline, text: str) -> None:
    pipeline.reissue_models = text
    with pytest.raises(ValidationError, match="models"):
        pipeline.full_clean()


WORDS = st.text(alphabet="ab \n", max_size=40)


@given(before=WORDS, after=WORDS)
def test_the_pieces_of_a_word_diff_are_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.part is not Part.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.part is not Part.LEFT_OUT) == after


def test_a_word_diff_marks_what_differs_and_no_more() -> None:
    pieces = word_diff("The old pier is closed.", "The new pier is closed today.")
    assert [(piece.part.value, piece.text) for piece in pieces] == [
        ("same", "The "), ("left_out", "old"), ("added", "new"), ("same", " pier is "),
        ("left_out", "closed."), ("added", "closed today."),
    ]  # fmt: skip
