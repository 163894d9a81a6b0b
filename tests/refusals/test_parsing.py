from typing import Any

# refusals: allow-file RH001, RH002 - what is expected, or arrives from outside, is spelled out
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refusals import KNOWN_CODES, ReasonCode, format_refusal, parse_refusal
from refusals.phrasings import ALIASES

codes = st.sampled_from(sorted(KNOWN_CODES))


@given(codes, st.text())
def test_a_formatted_refusal_is_one_line_and_is_read_back(code: Any, detail: Any) -> None:
    line = format_refusal(code, detail)
    assert len(line.splitlines()) == 1
    parsed = parse_refusal(line)
    assert parsed is not None
    assert parsed[0] == code and format_refusal(*parsed) == line


@pytest.mark.parametrize(
    "detail", ["two\nlines", "two\r\nlines", "two\x00lines", "two\u2028\u2029lines", "\ttwo\x85lines "]
)
def test_breaks_and_controls_become_one_space(detail: Any) -> None:
    assert format_refusal("CYBER", detail) == "REFUSED: CYBER: two lines"


def test_an_unknown_code_cannot_be_formatted() -> None:
    with pytest.raises(ValueError, match="NOPE"):
        format_refusal("NOPE", "x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("REFUSED: RCE_RISK: rm in a loop", ("RCE_RISK", "rm in a loop")),
        ("REFUSED: RCE_RISK: one\ntwo\n", ("RCE_RISK", "one\ntwo")),
        ("  \nREFUSED: RCE_RISK: one\ntwo", ("RCE_RISK", "one\ntwo")),
        ("REFUSED: RCE_RISK:", ("RCE_RISK", "")),
        ("12:00 WARN guard: REFUSED: CYBER: no\n12:01 INFO next", ("CYBER", "no")),
        ("12:00 INFO start\r\n12:01 WARN REFUSED: CYBER: no\r\nnext", ("CYBER", "no")),
        ("REFUSED: sorry\nlog REFUSED: CYBER: no", ("CYBER", "no")),
        ("REFUSED: NOPE: cannot comply", None),
        ("log: REFUSED: NOPE: cannot comply", None),
        ("NOT_REFUSED: CYBER: x", None),
        ("refused: cyber: x", None),
        ("REFUSED: CYBER:x", None),
        ("All is well.", None),
        ("", None),
        ("I cannot comply.", ("POLICY_VIOLATION", "I cannot comply.")),
        ("Blocked by policy", ("POLICY_VIOLATION", "Blocked by policy")),
        ("error: unsupported tool 'shell'", ("UNVERIFIED_TOOL", "error: unsupported tool 'shell'")),
        ("I can\u2019t help with that", ("MODEL_REFUSAL", "I can\u2019t help with that")),
        ("I can't  help\nwith that", ("MODEL_REFUSAL", "I can't  help\nwith that")),
        ("Rate limit reached", ("RATE_LIMIT", "Rate limit reached")),
        ("iterate limits", None),
        ("cannot comply " + "x" * 300, None),
        (None, None),
        (b"REFUSED: CYBER: x", None),
        (7, None),
    ],
)
def test_what_a_guard_emitted_is_read(text: str, expected: Any) -> None:
    assert parse_refusal(text) == expected


@pytest.mark.parametrize("phrase", sorted(ALIASES))
def test_every_legacy_phrasing_has_its_code(phrase: Any) -> None:
    assert parse_refusal(f"guard said: {phrase.upper()}!") == (
        ALIASES[phrase],
        f"guard said: {phrase.upper()}!",
    )


@pytest.mark.parametrize(
    "code",
    [
        "POLICY_VIOLATION",
        "RATE_LIMIT",
        "UNVERIFIED_TOOL",
        "RCE_RISK",
        "LOOP_DETECTED",
        "INTEGRITY_FAILURE",
        "CONTEXT_INJECTION",
    ],
)
def test_every_base_code_has_a_legacy_phrasing(code: Any) -> None:
    assert ReasonCode(code) in ALIASES.values()


@given(st.one_of(st.text(), st.binary(), st.none(), st.floats(), st.lists(st.text())))
def test_nothing_makes_the_parser_raise(text: str) -> None:
    parsed = parse_refusal(text)
    assert parsed is None or parsed[0] in KNOWN_CODES


@pytest.mark.parametrize(
    "unit",
    [
        "REFUSED: x ",
        "REFUSED: " + "A" * 9000 + " ",
        "xREFUSED: A:x ",
        "REFUSED: ",
        "REFUSED: A",
        "REFUSED: CYBER",
        " ",
        "A",
        "REFUSED: A:x",
        "\n",
        "i can't ",
    ],
)
def test_hostile_texts_are_parsed(unit: Any) -> None:
    """Work that grew with the square of these lengths would not end within the day."""
    assert parse_refusal(unit * (4_000_000 // len(unit))) is None
