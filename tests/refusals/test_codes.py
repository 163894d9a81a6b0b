import pickle
from typing import Any

import pytest

from refusals import KNOWN_CODES, Outcome, ReasonCode, describe, parse_refusal, register_alias, register_code
from refusals.registry import temporary_registrations


@pytest.fixture(autouse=True)
def undo() -> Any:
    with temporary_registrations():
        yield


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_code_has_a_bare_text_a_meaning_and_a_usual_outcome(code: Any) -> None:
    assert str(code) == f"{code}" == code.value == code.name
    assert code.meaning.endswith(".") and "\n" not in code.meaning
    assert isinstance(code.usual_outcome, Outcome)
    assert describe(str(code)).code is code
    assert pickle.loads(pickle.dumps(code)) is code  # noqa: S301 - our own bytes


def test_known_codes_are_a_live_view() -> None:
    before = len(KNOWN_CODES)
    assert "PCI_SCOPE" not in KNOWN_CODES
    register_code("PCI_SCOPE", meaning="Card data in the request.", usual_outcome="declined")
    odd_things: list[Any] = [7, []]
    assert "PCI_SCOPE" in KNOWN_CODES and len(KNOWN_CODES) == before + 1
    assert ReasonCode.CYBER in KNOWN_CODES and all(odd not in KNOWN_CODES for odd in odd_things)
    assert KNOWN_CODES & {"PCI_SCOPE", "NOPE"} == {"PCI_SCOPE"}


def test_a_registered_code_is_described_and_its_aliases_are_read() -> None:
    register_code(
        "PCI_SCOPE", meaning="Card data.", usual_outcome=Outcome.DECLINED, aliases=["card data found"]
    )
    register_alias("Card Number", "PCI_SCOPE")
    assert describe("PCI_SCOPE").usual_outcome is Outcome.DECLINED
    assert parse_refusal("guard: Card data found in row 7") == (
        "PCI_SCOPE",
        "guard: Card data found in row 7",
    )
    assert parse_refusal("card number seen") == ("PCI_SCOPE", "card number seen")
    assert parse_refusal("REFUSED: PCI_SCOPE: row 7") == ("PCI_SCOPE", "row 7")


def test_the_same_registration_twice_is_fine_and_a_clash_is_not() -> None:
    register_code("PCI_SCOPE", meaning="Card data.", usual_outcome="declined")
    register_code("PCI_SCOPE", meaning="Card data.", usual_outcome="declined")
    with pytest.raises(ValueError, match="already exists"):
        register_code("PCI_SCOPE", meaning="Something else.", usual_outcome="declined")
    with pytest.raises(ValueError, match="already exists"):
        register_code("CYBER", meaning="Mine.", usual_outcome="declined")


@pytest.mark.parametrize("code", ["", "lower", "WITH SPACE", "1ST", "A" * 65, "ÄRGER", 7])
def test_a_malformed_code_is_rejected(code: Any) -> None:
    with pytest.raises(ValueError, match="upper-case"):
        register_code(code, meaning="x", usual_outcome="declined")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"meaning": " ", "usual_outcome": "declined"}, "one line"),
        ({"meaning": "a\nb", "usual_outcome": "declined"}, "one line"),
        ({"meaning": "x", "usual_outcome": "maybe"}, "maybe"),
        ({"meaning": "x", "usual_outcome": "declined", "aliases": ["Cannot  Comply"]}, "already stands for"),
        ({"meaning": "x", "usual_outcome": "declined", "aliases": [" "]}, "two characters"),
    ],
)
def test_a_registration_that_will_not_do_leaves_nothing_behind(options: Any, words: Any) -> None:
    with pytest.raises(ValueError, match=words):
        register_code("PCI_SCOPE", **options)
    assert "PCI_SCOPE" not in KNOWN_CODES


def test_an_alias_of_an_unknown_code_is_rejected() -> None:
    with pytest.raises(ValueError, match="NOPE"):
        register_alias("some words", "NOPE")
