"""Which texts are a refusal's: its canonical form, the words of an older one, a provider's stop reason."""

# refusals: allow-file RH002, RH003 - what the lint itself looks for

import re

from refusals.codes import ReasonCode
from refusals.lint.texts import GAP
from refusals.phrasings import ALIASES, fold
from refusals.reading import reads_like_refusal
from refusals.stop_reasons import DECLINES, fold_stop_reason

_CODE = rf"(?:[A-Z][A-Z0-9_]*|{GAP})"
# At the beginning (behind a time or a name at most) one part after the mark is enough: `REFUSED: {reason}` was
# meant as a refusal, and nobody can read its code. Further on it takes both, for a connection is refused too.
_BUILT = re.compile(
    rf"^[\s{GAP}\[\](){{}}\"'|>-]*REFUSED: ?(?P<code>{_CODE})(?P<rest>: ?)?"
    rf"|(?<!\w)REFUSED: ?(?P<late>{_CODE}): ?(?=\S)"
)
_WHOLE = re.compile(r"\s*REFUSED: ?[A-Z][A-Z0-9_]*:(?!\S)")
_SOUGHT = re.compile(r"(?<!\w)REFUSED:")
_SOUGHT_PATTERN = re.compile(r"(?<![A-Za-z])REFUSED(?:\\b|\\?\s|\\s|[*+?)(\\])*:")

# What people look for in place of a whole refusal. Straight quotes, lower case.
_SORRY = r"(?:i'm|i am|we're|we are) (?:very |so |really )?sorry(?:,? but)?"
_OPENERS = re.compile(
    rf"{_SORRY}(?:,? (?:but )?(?:i|we))?|sorry,? but i|as an? (?:large )?(?:ai|language model)\b.*"
    r"|i(?:'m| am) (?:just |only )?an? (?:ai|language model)\b.*"
    r"|i(?:'m| am) (?:unable|not able)(?: to)?|i apologi[sz]e(?:,? but)?"
)
# The same inside a pattern, of which only the words are kept.
_COMMENT = re.compile(r"(?<!\\)#.*")  # of a verbose pattern
_SYNTAX = re.compile(r"\\[a-zA-Z]|[^\w]+")
_OPENER_PATTERN = re.compile(
    r"\b(?:(?:i|we) (?:can ?t|cannot|can not|won ?t|must decline|(?:m |am )*(?:sorry|unable|not able|an ai))"
    r"|as (?:an? )+(?:large )?(?:ai|language model))\b"
)
_LONGEST = 160
_WORDED = {ReasonCode.POLICY_VIOLATION, ReasonCode.MODEL_REFUSAL}
_STOPS = {"stopreason", "finishreason", "stopreasons", "finishreasons"}


def built_refusal(shape: str) -> "re.Match[str] | None":
    """The canonical refusal that code puts together, if this is one."""
    return _BUILT.search(shape)


def is_whole_refusal(text: str) -> bool:
    """Whether a constant is a canonical refusal."""
    return bool(_WHOLE.match(text))


def is_sought(text: str) -> bool:
    """Whether somebody who looks for this text looks for canonical refusals."""
    return bool(_SOUGHT.search(text)) or text.strip(f" {GAP}") == "REFUSED:"


def is_prefix_sought(text: str) -> bool:
    """The same for the beginning of a text, where the bare word says enough."""
    return is_sought(text) or text.strip() == "REFUSED"


def is_sought_by_pattern(pattern: str) -> bool:
    """The same for a regular expression."""
    return bool(_SOUGHT_PATTERN.search(pattern))


def is_worded(text: str) -> bool:
    """Whether these are the words with which a model, or an old guard, says no."""
    if len(text) > _LONGEST or GAP in text:
        return False
    words = fold(text).strip(" .,!:;")
    if not words:
        return False
    return bool(_OPENERS.fullmatch(words)) or ALIASES.get(words) in _WORDED or reads_like_refusal(words)


def is_worded_pattern(pattern: str) -> bool:
    """The same for a regular expression, as far as its words can be told."""
    uncommented = _COMMENT.sub(" ", pattern)
    return bool(_OPENER_PATTERN.search(fold(_SYNTAX.sub(" ", uncommented))))


def is_declining_stop(text: str) -> bool:
    """Whether a stop reason of this value is a decline."""
    return fold_stop_reason(text) in DECLINES


def names_a_stop_reason(name: str) -> bool:
    """Whether a variable, field or key of this name holds a stop reason."""
    return name.replace("_", "").lower() in _STOPS
