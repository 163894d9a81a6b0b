"""JSON text laid out for reading by markup alone: the text of the element stays the exact text.

Every structural token starts or ends a line, each line knows its depth, and a line break follows
an escaped newline inside a string. The style sheet indents; no character is added or taken away,
so what a person sees, copies and approves is what leaves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django import template

from reviews.compose import Composed, Part, Piece

register = template.Library()

# A string (its end may be missing), a bracket or comma, whitespace, or anything else.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],]|\s+|[^\s"{}\[\],]+', re.DOTALL)
STRING_LINE = re.compile(r"(?:[^\\]|\\[^n])*(?:\\n|\\?\Z)", re.DOTALL)
DEEPEST = 6


@dataclass(slots=True)
class Stretch:
    """Text of one kind on one line."""

    part: str
    text: str
    is_layout: bool  # the original's own line breaks and indentation, which ours replace
    breaks: bool = False  # ends in an escaped newline


@dataclass(slots=True)
class Line:
    """One line on the page, and how deep it is."""

    depth: int
    stretches: list[Stretch] = field(default_factory=list)

    def add(self, part: str, text: str) -> None:
        """Go on with the last stretch where nothing sets the text apart from it, else begin one."""
        is_layout = text.isspace() and (not self.stretches or "\n" in text)
        last = self.stretches[-1] if self.stretches else None
        if last is None or last.breaks or (last.part, last.is_layout) != (part, is_layout):
            last = Stretch(part, "", is_layout)
            self.stretches.append(last)
        last.text += text
        last.breaks = text.endswith("\\n")

    @property
    def is_blank(self) -> bool:
        return all(stretch.is_layout for stretch in self.stretches)


def lines_of(pieces: Iterable[Piece]) -> list[Line]:
    """Lay the pieces out. The texts of all stretches, joined, are the texts of all pieces, joined."""
    line = Line(0)
    lines, depth = [line], 0
    for piece in pieces:
        for token in TOKEN.findall(piece.text):
            if token in ("}", "]"):
                depth -= 1
                line = _next(lines, depth)
            for text in _texts(token):
                line.add(piece.part.value, text)
            if token in ("{", "["):
                depth += 1
            if token in ("{", "[", ","):
                line = _next(lines, depth)
    return lines


def _next(lines: list[Line], depth: int) -> Line:
    """Return the line to write on: a new one, or the last while nothing but space stands there."""
    last = lines[-1]
    depth = min(max(depth, 0), DEEPEST)
    if last.is_blank:
        last.depth = depth
        return last
    lines.append(Line(depth))
    return lines[-1]


def _texts(token: str) -> list[str]:
    """Return a token as what stands between two line breaks; only in a string `\\n` is one."""
    return [text for text in STRING_LINE.findall(token) if text] if token.startswith('"') else [token]


@register.inclusion_tag("reviews/_json_text.html")
def json_text(
    text: str | Composed, label: str, element_id: str = "", role: str = "region"
) -> dict[str, object]:
    """Show JSON text, or a composed request with what was added and left out marked."""
    pieces = text.pieces if isinstance(text, Composed) else (Piece(Part.SAME, text),)
    return {"lines": lines_of(pieces), "label": label, "element_id": element_id, "role": role}
