"""A text is a number where it is written in plain digits and a row could have it."""

import pytest

from pipelines.numbers import DIGITS, number_in


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "+1", "1.0", "1_0", " 1", "1\n", "٣", "²", "1" * (DIGITS + 1)]
)
def test_what_is_no_number_of_a_row_is_none(text: str) -> None:
    assert number_in(text) is None


def test_leading_noughts_and_the_most_digits_are_a_number() -> None:
    assert (number_in("0"), number_in("007"), number_in("9" * DIGITS)) == (0, 7, 10**DIGITS - 1)
