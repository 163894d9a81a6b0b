"""Each guard on its examples: what it catches, what it lets pass, and what it is known to get wrong."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from pipelines.models import Surface
from refusals import parse_refusal
from refusals.guards import SURFACES
from refusals.reporting import Surface as Reported
from tests.guards.corpora import CORPORA, Corpus
from tests.guards.table import numbers, what_gets_wrong

DOCUMENT = (Path(__file__).parents[2] / "docs" / "guards.md").read_text()
FEWEST = 25


def examples(kind: str) -> list[Any]:
    return [
        pytest.param(corpus, given, id=f"{surface}-{number}")
        for surface, corpus in CORPORA.items()
        for number, given in enumerate(getattr(corpus, kind))
    ]


def known(kind: str) -> list[Any]:
    return [
        pytest.param(corpus, given, id=f"{surface}: {why}")
        for surface, corpus in CORPORA.items()
        for why, given in getattr(corpus, kind).items()
    ]


CAUGHT = [
    pytest.param(corpus, given, code, id=f"{surface}-{code}-{number}")
    for surface, corpus in CORPORA.items()
    for code, group in corpus.CATCHES.items()
    for number, given in enumerate(group)
]


@pytest.mark.parametrize(("corpus", "given", "code"), CAUGHT)
def test_a_guard_refuses_what_it_should_under_the_right_code(corpus: Corpus, given: Any, code: Any) -> None:
    refusal = corpus.run(given)
    read = parse_refusal(refusal)
    assert read is not None
    assert (read[0], bool(read[1])) == (code, True)


@pytest.mark.parametrize(("corpus", "given"), examples("PASSES"))
def test_a_guard_lets_pass_what_it_should(corpus: Corpus, given: Any) -> None:
    assert corpus.run(given) is None


@pytest.mark.parametrize(("corpus", "given"), known("MISSES"))
def test_a_known_miss_is_still_one(corpus: Corpus, given: Any) -> None:
    assert corpus.run(given) is None, "mended: move it to CATCHES"


@pytest.mark.parametrize(("corpus", "given"), known("FALSE_ALARMS"))
def test_a_known_false_alarm_is_still_one(corpus: Corpus, given: Any) -> None:
    assert corpus.run(given) is not None, "mended: move it to PASSES"


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=list(CORPORA))
def test_every_guard_is_tried_on_enough_of_both_kinds(corpus: Corpus) -> None:
    caught = [given for group in corpus.CATCHES.values() for given in group]
    for collection in (caught, corpus.PASSES):
        distinct = {repr(given) for given in collection}
        assert len(distinct) == len(collection) >= FEWEST
    assert corpus.MISSES
    assert corpus.FALSE_ALARMS


def test_the_surfaces_are_those_of_the_hub_without_the_model() -> None:
    assert (*SURFACES,) == get_args(Reported) == tuple(CORPORA)
    assert {"model", *SURFACES} == set(Surface.values)


def test_the_document_shows_the_numbers_as_they_are() -> None:
    assert numbers() in DOCUMENT


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=list(CORPORA))
def test_the_document_says_what_gets_past_each_guard(corpus: Corpus) -> None:
    unwrapped = re.sub(r"\s+", " ", DOCUMENT)
    for paragraph in what_gets_wrong(corpus):
        assert paragraph in unwrapped


def test_the_snippets_of_the_document_hold() -> None:
    snippets = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    with_asserts = [snippet for snippet in snippets if "assert" in snippet]
    assert len(with_asserts) == 2
    for snippet in with_asserts:
        exec(snippet, {})  # noqa: S102 - our own document
