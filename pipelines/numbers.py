"""Numbers that come as text: of rows, of versions, of places in a text."""

# What has more digits is the number of nothing: no column holds it.
DIGITS = 18


def number_in(text: str) -> int | None:
    """Return the number that a text is, in plain digits; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None
