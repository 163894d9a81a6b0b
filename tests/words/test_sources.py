"""Every word that a person reads is marked for translation: in templates, in scripts, in the code book."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib import admin
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.functional import Promise

from refusalhub.words import SAID_BY_SCRIPTS
from refusals import ReasonCode
from reviews.code_words import MEANINGS
from reviews.models import ReasonTemplate
from reviews.reasons import SHIPPED, in_words
from tests.messages import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
# Names, keys of a keyboard, units and kinds of files, which are the same in every language.
THE_SAME_EVERYWHERE = {"RefusalHub", "SHA", "Enter", "Esc", "ms", "CSV", "XLSX"}
READ_OUT = {
    "alt",
    "aria-label",
    "placeholder",
    "title",
    "data-confirm",
    "data-failed",
    "data-found",
    "data-nothing",
}
# A block may stand inside a tag of the template that it extends.
ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"')
WORD = re.compile(r"[A-Za-z]{2,}")
SILENT = {"comment": "endcomment", "blocktranslate": "endblocktranslate", "blocktrans": "endblocktrans"}


class Bare(HTMLParser):
    """Collects the words of a page that no template tag put there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in READ_OUT:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        self.found += [
            word for word in WORD.findall(ATTRIBUTE.sub("", data)) if word not in THE_SAME_EVERYWHERE
        ]


def without_tags(source: str) -> Iterator[str]:
    """Yield the text of a template that stands outside of its tags, comments and translations."""
    until = ""
    for token in Lexer(source).tokenize():
        command = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK else ""
        if until:
            until = "" if command == until else until
        elif command in SILENT:
            until = SILENT[command]
        elif token.token_type == TokenType.TEXT:
            yield token.contents


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_word_of_a_template_stands_outside_of_a_translation(path: Path) -> None:
    parser = Bare()
    parser.feed("".join(without_tags(path.read_text())))
    assert parser.found == []


def test_scripts_say_only_what_the_page_gives_them_and_all_of_it() -> None:
    source = "\n".join(path.read_text() for path in SCRIPTS)
    asked_for = re.findall(r'\btranslated\(\s*"([^"]+)"', source)
    assert sorted(set(asked_for)) == sorted(SAID_BY_SCRIPTS)
    assert source.count("translated(") == len(asked_for) + 1, "each is asked for by its very words"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_shows_a_sentence_of_its_own(path: Path) -> None:
    shown = re.findall(
        r"(?:\.textContent = |announce\(|toast\(|[^.\w]say\(\w+, )(?=[\"'`])(.*)", path.read_text()
    )
    assert [what for what in shown if WORD.search(what)] == []


def test_the_meaning_of_every_code_is_there_to_be_translated_word_for_word() -> None:
    assert sorted(code.meaning for code in ReasonCode) == sorted(MEANINGS)


def test_every_field_that_the_admin_shows_has_a_name_to_be_translated() -> None:
    """Django makes a name of the field's own where there is none, in English."""
    shown = {
        model
        for one in admin.site._registry.values()
        for model in (one.model, *(i.model for i in one.inlines))
    }
    unnamed = [
        str(field)
        for model in shown
        for field in model._meta.fields
        if model._meta.app_label in ("reviews", "pipelines") and not isinstance(field.verbose_name, Promise)
    ]
    assert [name for name in sorted(unnamed) if not name.endswith(".id")] == []


@pytest.mark.django_db
def test_the_reasons_that_ship_are_said_in_the_readers_language_and_a_leads_as_they_are() -> None:
    with translation.override("de"):
        english = list(ReasonTemplate.objects.values_list("title", "text"))
        german = [(one.title, one.text) for one in map(in_words, ReasonTemplate.objects.all())]
        own = in_words(ReasonTemplate(title="A test", text="Words of a lead."))
    assert dict(english) == SHIPPED
    assert {part for one in english for part in one} & {part for one in german for part in one} == set()
    assert (own.title, own.text) == ("A test", "Words of a lead.")
