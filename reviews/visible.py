"""Text for a page in which no character hides: what has no shape of its own gets a small mark.

The mark is drawn by the style sheet from an attribute, so the element's text stays the exact text,
and each mark is an isolate of its own, so that a character that turns the writing around turns
nothing but itself.
"""

import re
import unicodedata

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

# Controls but tab and line feed; what turns the writing around; blanks without width, line and
# paragraph separators, fillers; tags. Joiners and variation selectors are part of ordinary writing
# and of emoji, and stand out only where several follow each other: no writing needs that.
_HIDDEN = re.compile(
    "\r"
    "|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e00ff]+"
    "|[\u200c\u200d]{2,}"
    "|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}"
)

# The names that people know these by.
_CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI "
    "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
)
_SHORT = dict(enumerate(_CONTROLS.split())) | {
    0x7F: "DEL", 0x85: "NEL", 0xAD: "SHY", 0x61C: "ALM", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ",
    0x200E: "LRM", 0x200F: "RLM", 0x2028: "LS", 0x2029: "PS", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF",
    0x202D: "LRO", 0x202E: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
    0xFEFF: "BOM",
}  # fmt: skip
# How many different characters of one mark its title names.
_NAMED = 8


def visible(text: str) -> SafeString:
    """Return the text escaped, each run of hidden characters in an element that shows it."""
    if not _HIDDEN.search(text):
        return escape(text)
    pieces, at = [], 0
    for found in _HIDDEN.finditer(text):
        pieces += [escape(text[at : found.start()]), _mark(found[0])]
        at = found.end()
    pieces.append(escape(text[at:]))
    return joined(pieces)


def joined(pieces: list[SafeString]) -> SafeString:
    """Return pieces of safe markup as one."""
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _mark(hidden: str) -> SafeString:
    shown = "".join(_shape(ord(character)) for character in hidden)
    title = ", ".join(_name(character) for character in list(dict.fromkeys(hidden))[:_NAMED])
    if hidden == "\r":
        # A parser of HTML would make a line feed of it, were it written as itself.
        return format_html('<span class="hidden-one" data-shown="{}" title="{}">&#13;</span>', shown, title)
    return format_html('<span class="hidden-one" data-shown="{}" title="{}">{}</span>', shown, title, hidden)


def _shape(code: int) -> str:
    """Return what stands for a hidden character: its short name or its number. Few fonts have pictures for it."""
    if 0xE0020 <= code <= 0xE007E:
        return chr(code - 0xE0000)  # a tag spells a letter that nobody sees
    return f"[{_SHORT.get(code) or f'U+{code:04X}'}]"


def _name(character: str) -> str:
    number = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"{number} {name}" if name else number
