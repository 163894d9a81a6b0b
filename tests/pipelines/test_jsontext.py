"""JSON is read as the standard library reads it, and every field keeps its own text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.jsontext import (
    MAX_DEPTH,
    BadJson,
    RawRow,
    read_body,
    read_elements,
    read_lines,
    read_object,
    read_row,
)

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), values, max_size=4)
layouts = st.fixed_dictionaries(
    {"indent": st.sampled_from([None, 0, 3]), "ensure_ascii": st.booleans(), "sort_keys": st.booleans()}
)


@given(objects, layouts)
def test_a_row_reads_as_the_standard_library_reads_it(fields: dict[str, Any], layout: dict[str, Any]) -> None:
    text = json.dumps(fields, **layout)
    row = read_row(text)
    assert row.fields == json.loads(text)
    assert {name: json.loads(row.text(name)) for name in row.fields} == row.fields


@given(st.lists(objects | scalars, max_size=4), layouts)
def test_an_array_reads_as_the_standard_library_reads_it(items: list[Any], layout: dict[str, Any]) -> None:
    rows = read_body(json.dumps(items, **layout))
    assert isinstance(rows, list)
    assert [row.fields if isinstance(row, RawRow) else None for row in rows] == [
        item if isinstance(item, dict) else None for item in items
    ]


@given(st.text())
def test_any_text_is_read_or_refused_as_bad_json(text: str) -> None:
    try:
        row = read_row(text)
    except BadJson:
        return
    assert row.fields == json.loads(text)


@given(objects, st.data())
def test_a_row_cut_off_anywhere_is_refused(fields: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(fields)
    end = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(BadJson):
        read_row(text[:end])


def test_a_field_keeps_its_own_spelling() -> None:
    row = read_row('{"a" : { "z":1.00, "b" :  "\\u00e9" } , "c":[1,  2]}')
    assert row.text("a") == '{ "z":1.00, "b" :  "\\u00e9" }'
    assert row.text("c") == "[1,  2]"
    assert row.text("missing") == ""


def test_an_object_inside_a_longer_text_keeps_its_place() -> None:
    text = '[{"a": 1}, {"b": [2]}]'
    row = read_object(text, at=text.index('{"b"'))
    assert row.fields == {"b": [2]}
    assert row.text("b") == "[2]"


def test_the_elements_of_an_array_come_with_their_text() -> None:
    text = 'x = [1.0, {"a": []}, "]"] and more'
    elements = read_elements(text, at=4)
    assert [value for value, _ in elements] == [1.0, {"a": []}, "]"]
    assert [text[start:end] for _, (start, end) in elements] == ["1.0", '{"a": []}', '"]"']


FAULTS = {
    '{"a": 1, "a": 2}': "the field 'a' stands twice",
    '{"a": NaN}': "NaN",
    '{"a": [-Infinity]}': "Infinity",
    '{"a": ' + "9" * 5000 + "}": "too many digits",
    '{"a": ' + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1) + "}": "nested too deeply",
}


@pytest.mark.parametrize(("text", "reason"), FAULTS.items(), ids=FAULTS.values())
def test_what_cannot_be_taken_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(BadJson, match=reason):
        read_row(text)


@pytest.mark.parametrize("text", FAULTS, ids=FAULTS.values())
def test_a_row_that_cannot_be_taken_does_not_sink_its_neighbours(text: str) -> None:
    rows = read_body(f'[{{"b": 1}}, {text}, {{"c": 2}}]')
    assert isinstance(rows, list)
    assert [isinstance(row, BadJson) for row in rows] == [False, True, False]
    assert [row.fields for row in rows if isinstance(row, RawRow)] == [{"b": 1}, {"c": 2}]


def test_nesting_up_to_the_limit_is_read() -> None:
    text = '{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"
    assert read_row(text).text("a") == "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(BadJson, match="nested too deeply"):
        read_row('{"a": ' + "[" * 100_000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected a JSON object at line 1, found the end"),
        ("5", "expected a JSON object at line 1, found '5'"),
        ('{"a": 1}\n{"b": 2}', "more text after the end"),
        ('{"a" 1}', "expected : at line 1, found '1'"),
        ('{"a": 1,\n "b": 2', "expected , or } at line 2, found the end"),
        ("{5: 1}", "a field's name must be a string"),
        ('{"a": NaN, "b": [}', "not JSON"),
        ('{"a": [NaN, }', "not JSON"),
        ('{"a": "tab\there"}', "not JSON: Invalid control character"),
    ],
)
def test_text_that_is_no_row_is_refused_with_the_place(text: str, reason: str) -> None:
    with pytest.raises(BadJson) as refused:
        read_row(text)
    assert reason in str(refused.value)


def test_an_element_that_is_no_object_is_refused_in_its_place() -> None:
    rows = read_body('[[1], "a", 5, null, true, {}]')
    assert isinstance(rows, list)
    assert [str(row) for row in rows[:5]] == [
        f"a row must be a JSON object, not {kind}"
        for kind in ("an array", "text", "a number", "null", "true or false")
    ]
    assert isinstance(rows[5], RawRow)


def test_lines_are_rows_and_a_bad_line_is_refused_in_its_place() -> None:
    rows = list(read_lines('{"a": 1}\r\n\n  \nnonsense\n{"b": 2}'))
    assert [isinstance(row, RawRow) for row in rows] == [True, False, True]
