"""Markdown laid out for reading, and inert: no address can be followed, no picture is loaded, no markup is obeyed.

Built from the parser's tokens through `format_html` alone, so that whatever the text holds is
escaped on its way. Marks become elements, and every address stands beside its words as text.
"""

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reviews.visible import joined, visible

# The parser takes a second for the worst texts of this length, some of which are quadratic for it.
MOST_CHARACTERS = 50_000
# A short table can fill itself up with many thousands of empty cells.
_MOST_TOKENS = 50_000
# Deeper than this the parser would leave text out.
_DEEPEST = 40
# Deeper than this, emphasis adds nothing.
_DEEPEST_EMPHASIS = 8

_MARKS = re.compile(
    r"^ {0,3}(?:#{1,6} \S|[-*+] \S|\d{1,9}[.)] \S|>|```|~~~|\|.*\|)|\*\*\S|`[^`\n]+`|\]\(",
    re.MULTILINE,
)


class CannotLayOut(Exception):
    """The text is nested too deeply, or is too much, to be laid out; as written it can be read."""


def looks_like_markdown(text: str) -> bool:
    """Say whether a text holds any of the usual marks, so that laying it out makes a difference."""
    return _MARKS.search(text, 0, MOST_CHARACTERS) is not None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": _DEEPEST})
    # What a reference defines would vanish, and an entity would stand as another character.
    parser.enable(["table", "strikethrough"]).disable(["reference", "entity"])
    # No address can be followed, so each is shown as it was written.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


_PARSER = _parser()


def readable(text: str) -> SafeString:
    """Return Markdown as inert markup. Raises CannotLayOut where something would be left out or take too long."""
    if len(text) > MOST_CHARACTERS:
        raise CannotLayOut
    tokens = [inner for token in _PARSER.parse(text) for inner in (token.children or [token])]
    if len(tokens) > _MOST_TOKENS or any(token.block and token.level >= _DEEPEST - 1 for token in tokens):
        raise CannotLayOut
    pieces: list[SafeString] = []
    opened: list[Token] = []
    for token in tokens:
        if token.nesting > 0:
            opened.append(token)
            pieces.append(_start(token, depth=len(opened)))
        elif token.nesting < 0:
            depth = len(opened)
            pieces.append(_end(opened.pop(), depth=depth))
        else:
            pieces.append(_leaf(token))
    return joined(pieces)


def _is_unmarked(token: Token, depth: int) -> bool:
    too_deep = not token.block and depth > _DEEPEST_EMPHASIS + _DEEPEST
    return token.hidden or too_deep


def _start(token: Token, *, depth: int) -> SafeString:
    """Return the start of an element. Every name in it is the parser's, never the text's."""
    if _is_unmarked(token, depth):
        return SafeString()
    if token.type == "heading_open":
        # No heading of the page: it would break the order in which the page's own are read.
        return format_html('<p class="heading {}">', token.tag)
    if token.type == "ordered_list_open":
        return format_html('<ol start="{}">', token.attrGet("start") or 1)
    if token.type == "th_open":
        return format_html('<th scope="{}">', "col")
    if token.type == "link_open":
        return format_html('<span class="{}">', "link")
    return format_html("<{}>", token.tag)


def _end(token: Token, *, depth: int) -> SafeString:
    if _is_unmarked(token, depth):
        return SafeString()
    if token.type == "heading_open":
        return format_html("</{}>", "p")
    if token.type == "link_open":
        return format_html("</span>{}", _address(token, "href"))
    return format_html("</{}>", token.tag)


def _leaf(token: Token) -> SafeString:
    if token.type in ("softbreak", "hardbreak"):
        return format_html("<{}>", "br")
    if token.type == "hr":
        return format_html("<{}>", "hr")
    if token.type == "code_inline":
        return format_html("<code>{}</code>", visible(token.content))
    if token.type in ("fence", "code_block"):
        return format_html("{}<pre><code>{}</code></pre>", _language(token.info), visible(token.content))
    if token.type == "image":
        said = visible(token.content)
        return format_html('<span class="picture">{} {}{}</span>', _("Image:"), said, _address(token, "src"))
    return visible(token.content)


def _language(info: str) -> SafeString:
    return format_html('<p class="language">{}</p>', visible(info.strip())) if info.strip() else SafeString()


def _address(token: Token, name: str) -> SafeString:
    """Return where a link or a picture leads, as text beside it, with its title."""
    title = token.attrGet("title")
    where = f'{token.attrGet(name)} "{title}"' if title else str(token.attrGet(name))
    return format_html(' <span class="address">({})</span>', visible(where))
