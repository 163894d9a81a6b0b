"""An organisation's own reason codes and phrasings, added to the vocabulary at run time."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from refusals import codes, phrasings, refusal_phrases
from refusals.codes import CodeInfo, ReasonCode
from refusals.endings import Outcome

_CODE_SHAPE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def register_code(
    code: str, *, meaning: str, usual_outcome: Outcome | str, aliases: Iterable[str] = ()
) -> CodeInfo:
    """Add a code of your own, with the phrasings your guards used for it.

    Registering the very same code again is fine. ValueError when the code is malformed, exists with another
    meaning or outcome, or when an alias already belongs to another code; then nothing is registered.
    """
    if not isinstance(code, str) or not _CODE_SHAPE.fullmatch(code):
        raise ValueError(f"a reason code is upper-case letters, digits and underscores, got {code!r}")
    if not meaning.strip() or len(meaning.splitlines()) > 1:
        raise ValueError(f"the meaning of {code} must be one line of text")
    info = CodeInfo(code, meaning, Outcome(usual_outcome))
    if codes.CODES.get(code, info) != info:
        raise ValueError(f"reason code {code} already exists: {codes.CODES[code].meaning}")
    folded = [_checked_alias(alias, code) for alias in aliases]
    codes.CODES[code] = info
    _add_aliases(folded, code)
    return info


def register_alias(phrase: str, code: ReasonCode | str) -> None:
    """Have `parse_refusal` read `phrase` as `code`. ValueError if code or phrase will not do."""
    _add_aliases([_checked_alias(phrase, codes.describe(code).code)], codes.describe(code).code)


@contextmanager
def temporary_registrations() -> Iterator[None]:
    """Undo, on leaving, whatever was registered inside: for tests."""
    kept_codes, kept_aliases = dict(codes.CODES), dict(phrasings.ALIASES)
    kept_phrases = set(refusal_phrases.PHRASES)
    try:
        yield
    finally:
        codes.CODES.clear()
        codes.CODES.update(kept_codes)
        phrasings.ALIASES.clear()
        phrasings.ALIASES.update(kept_aliases)
        phrasings.rebuild()
        refusal_phrases.PHRASES.intersection_update(kept_phrases)


def _checked_alias(phrase: str, code: ReasonCode | str) -> str:
    folded = phrasings.fold(phrase)
    if len(folded) < 2:
        raise ValueError(f"an alias needs at least two characters, got {phrase!r}")
    taken = phrasings.ALIASES.get(folded, code)
    if taken != code:
        raise ValueError(f"alias {phrase!r} already stands for {taken}")
    return folded


def _add_aliases(folded: list[str], code: ReasonCode | str) -> None:
    if folded:
        phrasings.ALIASES.update(dict.fromkeys(folded, code))
        phrasings.rebuild()
