"""The page about the vocabulary says what the code says."""

import re
from pathlib import Path

import pytest

from refusals import KNOWN_CODES, ReasonCode, parse_refusal, reads_like_refusal
from refusals.parsing import LEGACY_LIMIT
from refusals.registry import temporary_registrations
from tests.refusals.reading_table import HEADER, SAMPLE, invented, lines, sampled

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/vocabulary.md").read_text(encoding="utf-8")


def test_the_table_of_codes_is_the_code_book() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `[A-Z_]+` \|", line)]
    assert rows == [f"| `{code}` | {code.meaning} | {code.usual_outcome.value} |" for code in ReasonCode]


def test_the_registrations_shown_work() -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    with temporary_registrations():
        exec(shown, {})  # noqa: S102  # the page's own lines
        assert "PCI_SCOPE" in KNOWN_CODES
        assert parse_refusal("guard: card data") == ("PCI_SCOPE", "guard: card data")
        assert parse_refusal("Tool is quarantined") == ("UNVERIFIED_TOOL", "Tool is quarantined")
        assert reads_like_refusal("Ikke i dag, beklager.")


def test_the_lengths_named_are_those_of_the_code() -> None:
    from refusals import reading

    assert f"at most {LEGACY_LIMIT} characters" in PAGE
    assert f"(at most {reading._SHORT} characters)" in PAGE
    assert f"the first {reading._OPENING} characters" in PAGE
    assert f"the first {reading._PHRASE_WITHIN} characters" in PAGE


def test_the_scores_on_invented_answers_are_those_of_today() -> None:
    assert "\n".join([*HEADER, *lines(invented())]) in PAGE


@pytest.mark.skipif(not SAMPLE.exists(), reason="needs the development sample (REFUSALHUB_SHARED)")
def test_the_scores_on_the_sample_are_those_of_today() -> None:
    assert "\n".join(lines(sampled())) in PAGE
