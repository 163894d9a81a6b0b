from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refusals import conditions_from, contains, min_chars, min_headings, required_json_keys


@pytest.mark.parametrize(
    ("condition", "text", "is_met"),
    [
        (min_chars(3), " abc ", True),
        (min_chars(4), " abc ", False),
        (min_headings(2), "# One\ntext\n## Two", True),
        (min_headings(1), "```\n# a comment\n```", False),
        (min_headings(1), "~~~~\n```\n# a comment\n~~~\n~~~~\n# Real", True),
        (min_headings(1), "Title\n=====", True),
        (min_headings(1), "\n-----\n", False),
        (min_headings(1), "#hashtag", False),
        (required_json_keys("a", "b"), '{"a": 1, "b": null}', True),
        (required_json_keys("a", "b"), '{"a": 1}', False),
        (required_json_keys("a"), 'Here:\n```json\n{"a": 1}\n```\nDone.', True),
        (required_json_keys("a"), '```JSON\n{"b": 1}\n```\n```json\n{"a": 1}\n```', True),
        (required_json_keys("a"), '```python\n{"a": 1}\n```', False),
        (required_json_keys("a"), '```json\n{"a": 1', False),
        (required_json_keys("a"), "[1]", False),
        (required_json_keys("a"), "[" * 100_000, False),
        (contains("Total", "EUR"), "Total: 7 EUR", True),
        (contains("Total", "EUR"), "total: 7 EUR", False),
    ],
)
def test_a_condition_says_what_is_missing_or_none(condition: Any, text: str, is_met: Any) -> None:
    lack = condition(text)
    assert (lack is None) == is_met
    assert lack is None or lack


def test_conditions_have_a_repr_that_makes_them_again_and_compare_by_value() -> None:
    assert repr(contains("a", "b")) == "contains('a', 'b')"
    assert eval(repr(min_headings(2))) == min_headings(2) != min_headings(3)  # noqa: S307 - our own repr
    assert len({min_chars(1), min_chars(1), min_headings(1)}) == 2


def test_a_mapping_becomes_conditions() -> None:
    spec = {"min_chars": 40, "min_headings": 2, "required_json_keys": ["a"], "contains": ["b"]}
    assert conditions_from(spec) == (min_chars(40), min_headings(2), required_json_keys("a"), contains("b"))
    assert conditions_from({"min_chars": None}) == conditions_from({}) == ()


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"min_chars": "40"}, "min_chars"),
        ({"min_chars": True}, "min_chars"),
        ({"min_headings": -1}, "min_headings"),
        ({"contains": "text"}, "contains"),
        ({"contains": []}, "contains"),
        ({"contains": [""]}, "contains"),
        ({"required_json_keys": [1]}, "required_json_keys"),
        ({"max_words": 3}, "max_words"),
        ({7: 3}, "7"),
        ([], "mapping"),
    ],
)
def test_a_wrong_field_is_named(spec: Any, field: Any) -> None:
    with pytest.raises(ValueError, match=field):
        conditions_from(spec)


@given(st.text())
def test_no_text_makes_a_condition_raise(text: str) -> None:
    for condition in (min_chars(1), min_headings(1), required_json_keys("a"), contains("a")):
        assert condition(text) is None or isinstance(condition(text), str)
