"""Silences: what is by hand on purpose says why."""

# refusals: allow-file RH001 - examples of what is found

import pytest

from refusals.lint import check_source

BY_HAND = '"REFUSED:" in text'


def told(source: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.rule) for finding in check_source(source.encode()).findings]


@pytest.mark.parametrize("dash", ["-", "--", "\u2013", "\u2014", ":"])
def test_a_comment_with_a_reason_silences_its_line(dash: str) -> None:
    assert told(f"{BY_HAND}  # refusals: allow RH002 {dash} an old log\n{BY_HAND}\n") == [(2, "RH002")]


def test_a_comment_on_any_line_of_an_expression_silences_it() -> None:
    assert told('x = (\n    "REFUSED:"\n    in text  # refusals: allow RH002 - an old log\n)') == []


def test_a_whole_file_can_be_silenced() -> None:
    assert (
        told(f"# refusals: allow-file RH001, RH002 - fixtures\n{BY_HAND}\nx = 'REFUSED: CYBER: no'\n") == []
    )


def test_a_silence_without_a_reason_is_a_finding_and_silences_nothing() -> None:
    assert told(f"{BY_HAND}  # refusals: allow RH002\n") == [(1, "RH002"), (1, "RH005")]


@pytest.mark.parametrize(
    "comment", ["allow RH999 - why", "allow everything - why", "allow-line RH002 - why", "allow"]
)
def test_a_silence_that_nobody_can_read_is_a_finding(comment: str) -> None:
    assert told(f"x = 1  # refusals: {comment}\n") == [(1, "RH005")]


def test_a_silence_with_nothing_left_to_silence_is_a_finding() -> None:
    assert told("x = 1  # refusals: allow RH002 - it was by hand once\n") == [(1, "RH005")]


def test_a_silence_of_a_rule_that_is_not_asked_for_is_none() -> None:
    source = 'stop_reason == "refusal"  # refusals: allow RH004 - the SDK\'s own table\n'
    assert told(source) == []


def test_a_silence_inside_a_string_is_no_silence() -> None:
    assert told(f'x = "# refusals: allow RH002"\n{BY_HAND}\n') == [(2, "RH002")]
