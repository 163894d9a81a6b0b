"""The canonical refusal, `REFUSED: CODE: detail`: written by guards, read back from their fields and logs.

No other code formats or searches for a refusal string.
"""

# refusals: allow-file RH001, RH002 - the one place where it is done by hand

import re

from refusals.codes import CODES, ReasonCode, describe
from refusals.phrasings import find_phrasing

# Longer texts are not searched for legacy phrasings: a guard's message is short, a model's answer is not.
LEGACY_LIMIT = 280

_MARK = "REFUSED: "
_CANONICAL = re.compile(r"REFUSED: ([A-Z][A-Z0-9_]*):(?!\S)")
_CANONICAL_IN_A_LINE = re.compile(r"(?<!\w)REFUSED: ([A-Z][A-Z0-9_]*):(?!\S)([^\r\n]*)")
# What `str.splitlines` breaks at is among these.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def format_refusal(code: ReasonCode | str, detail: str) -> str:
    """One line that any guard may emit and `parse_refusal` reads back.

    Line breaks and control characters in `detail` become a space. ValueError for a code nobody registered.
    """
    return f"{_MARK}{describe(code).code}: {_CONTROLS.sub(' ', detail).strip()}"


def parse_refusal(text: object) -> tuple[ReasonCode | str, str] | None:
    """Code and detail of a refusal that a guard emitted, or None if it emitted none.

    Reads the canonical form at the start (the detail is all the rest), or behind the prefix of a log line
    (the detail ends with that line); otherwise a legacy phrasing in a short text (the detail is that text).
    A canonical form with a code nobody registered is None. Never raises; takes time linear in the text.
    """
    if not isinstance(text, str):
        return None
    match = _CANONICAL.match(text)
    if match:
        info = CODES.get(match[1])
        return (info.code, text[match.end() :].strip()) if info else None
    return _parse_logged(text) if _MARK in text else _parse_legacy(text)


def _parse_logged(text: str) -> tuple[ReasonCode | str, str] | None:
    match = _CANONICAL_IN_A_LINE.search(text)
    if match is None:
        return _parse_legacy(text)
    info = CODES.get(match[1])
    at_the_start = not text[: match.start()].strip()
    detail = text[match.start(2) :] if at_the_start else match[2]
    return (info.code, detail.strip()) if info else None


def _parse_legacy(text: str) -> tuple[ReasonCode | str, str] | None:
    short = text.strip()
    if len(short) > LEGACY_LIMIT:
        return None
    code = find_phrasing(short)
    return (code, short) if code else None


def looks_canonical(text: object) -> bool:
    """Whether `text` as a whole is one line of canonical form, be its code registered or not."""
    if not isinstance(text, str) or not _CANONICAL.match(text := text.strip()):
        return False
    return len(text.splitlines()) == 1
