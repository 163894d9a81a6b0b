"""What a text column cannot hold is shown as U+FFFD, and its bytes are kept."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest import Answer
from pipelines.models import RunContent
from pipelines.storable import kept_aside, storable
from tests.pipelines.samples import answered

UNSTORABLE = {"nul": "be\x00fore", "high surrogate": "be\ud83dfore", "low surrogate": "be\udc80fore"}


@pytest.mark.parametrize("text", UNSTORABLE.values(), ids=UNSTORABLE.keys())
def test_an_unstorable_character_is_replaced_one_for_one(text: str) -> None:
    assert storable(text) == "be\ufffdfore"


@given(st.text(st.characters()))
def test_a_text_comes_back_from_what_is_kept(text: str) -> None:
    kept = kept_aside({"answer": text})
    assert (json.loads(kept)["answer"] if kept else storable(text)) == text


@pytest.mark.parametrize("text", UNSTORABLE.values(), ids=UNSTORABLE.keys())
def test_a_run_with_an_unstorable_character_survives_in_the_database(
    text: str, ingested: Callable[..., Answer]
) -> None:
    answer = f"{text} and enough words that the answer counts as a whole one"
    assert ingested(prompt=text, response=answered(answer), label=text).status == "stored"
    content = RunContent.objects.get()
    assert content.prompt == "be\ufffdfore"
    assert content.answer == storable(answer)
    assert json.loads(bytes(content.unstorable or b"")) == {"prompt": text, "answer": answer}
    assert json.loads(content.extra) == {"label": text}
    assert json.loads(content.response) == answered(answer)


def test_a_run_that_can_be_stored_keeps_nothing_aside(ingested: Callable[..., Answer]) -> None:
    ingested(prompt="Beschreibe den Hafen, 港 🚢")
    assert RunContent.objects.get().unstorable is None
