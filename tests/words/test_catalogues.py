"""The catalogues of other languages are whole, keep what is filled in, and are compiled."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from os import environ
from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.messages import ROOT, catalogues, compiled, extract, has_gettext

CATALOGUES = catalogues(ROOT)
# What code or a template fills in, what a script fills in, and what a person reads as markup.
FILLED_IN = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}|</?\w+>")
SOURCES = ("refusalhub", "reviews", "pipelines", "refusals", "templates", "locale")


def language(path: Path) -> str:
    return path.parts[-3]


def pairs(entry: polib.POEntry) -> Iterator[tuple[str, str]]:
    """Yield each translation of a message with the English that it stands for."""
    if not entry.msgid_plural:
        yield entry.msgid, entry.msgstr
    for form, text in entry.msgstr_plural.items():
        yield (entry.msgid_plural if form else entry.msgid), text


def names(path: Path) -> Counter[tuple[str, str, str]]:
    return Counter((one.msgctxt or "", one.msgid, one.msgid_plural) for one in polib.pofile(str(path)))


def test_every_language_but_english_has_its_catalogue() -> None:
    assert [language(path) for path in CATALOGUES] == [
        code for code, _name in settings.LANGUAGES if code != "en"
    ]


@pytest.mark.parametrize("path", CATALOGUES, ids=language)
def test_every_message_is_translated_and_none_is_doubtful(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    assert [one.msgid for one in catalogue if not one.translated()] == []
    assert len(catalogue) > 800
    assert catalogue.obsolete_entries() == []


@pytest.mark.parametrize("path", CATALOGUES, ids=language)
def test_a_translation_has_the_same_things_filled_in(path: Path) -> None:
    differing = [
        (english, other)
        for entry in polib.pofile(str(path))
        for english, other in pairs(entry)
        if Counter(FILLED_IN.findall(english)) != Counter(FILLED_IN.findall(other))
    ]
    assert differing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=language)
def test_the_compiled_catalogue_is_what_the_catalogue_compiles_to(path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == compiled(path), "run `make messages`"


def test_no_message_of_the_sources_is_missing_from_a_catalogue(tmp_path: Path) -> None:
    if not has_gettext():
        assert not environ.get("CI"), "CI installs GNU gettext (.ci/run)"
        pytest.skip("GNU gettext is not on the PATH: nothing finds the messages of the sources")
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    extract(tmp_path)
    for path in CATALOGUES:
        fresh = names(tmp_path / path.relative_to(ROOT))
        assert fresh - names(path) == Counter(), "run `make messages`, then translate what it adds"
        assert names(path) - fresh == Counter(), "run `make messages`: these are gone from the sources"
