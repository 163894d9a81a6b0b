"""What a person reads on a page, and what of it is still in English."""

import re
from functools import cache
from html.parser import HTMLParser

import polib

from tests.messages import ROOT

READ_OUT = ("alt", "aria-label", "placeholder", "title")
# Elements of HTML that hold nothing, and have no end.
EMPTY = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
FILLED_IN = re.compile(r"(%\(\w+\)[sd]|%s|\{\w+\})")


class Reader(HTMLParser):
    """Collects the texts of a page, and of the attributes that are read out.

    But for those of an element that names another language than the page's: they are marked as not ours.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = False
        self.language: str | None = None
        self.foreign: list[str] = []  # the element in another language, and what is open inside

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in ("script", "style")
        named = dict(attrs).get("lang")
        if tag == "html":
            self.language = named
        foreign = bool(self.foreign) or (None not in (named, self.language) and named != self.language)
        if foreign and tag not in EMPTY:
            self.foreign.append(tag)
        if not foreign:
            self.texts += [value for name, value in attrs if name in READ_OUT and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False
        while tag not in EMPTY and self.foreign and self.foreign.pop() != tag:
            pass  # an element that nobody closed ends with the one around it

    def handle_data(self, data: str) -> None:
        if not self.silent and not self.foreign:
            self.texts.append(data)


def texts_of(page: str) -> list[str]:
    """Return the texts of a page, piece by piece, without the space around them."""
    reader = Reader()
    reader.feed(page)
    return [text for one in reader.texts if (text := " ".join(one.split()))]


@cache
def _english() -> tuple[frozenset[str], re.Pattern[str], frozenset[str]]:
    """Return the messages of the German catalogue in English: whole ones, a pattern for those that are filled in.

    And what is German as well.
    """
    entries = polib.pofile(str(ROOT / "locale/de/LC_MESSAGES/django.po"))
    german = {text for one in entries for text in (one.msgstr, *one.msgstr_plural.values())}
    english = {text for one in entries for text in (one.msgid, one.msgid_plural) if text} - german
    # "pipeline %(slug)s" at the beginning of a line cannot be told from "Pipeline %(slug)s".
    filled_in = {text for text in english if FILLED_IN.search(text) and _capital(text) not in german}
    pattern = re.compile("|".join(sorted(map(_pattern, filled_in))))
    whole = {text for text in english if not FILLED_IN.search(text)}
    return frozenset(whole), pattern, frozenset(german)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _pattern(text: str) -> str:
    """Return a pattern for a message. What is filled in has two words at most: names, numbers, times."""
    pieces = FILLED_IN.split(text)
    return "".join(r"\S+(?: \S+)?" if FILLED_IN.fullmatch(one) else re.escape(one) for one in pieces)


def english_in(texts: list[str]) -> list[str]:
    """Return the texts that are messages of ours in English. A first letter may be written large."""
    whole, pattern, german = _english()
    return [
        text
        for text in texts
        if text not in german
        and any(one in whole or pattern.fullmatch(one) for one in (text, text[0].lower() + text[1:]))
    ]
