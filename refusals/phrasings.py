"""The phrasings guards used before there was a canonical form, each an alias of one code.

They are read only in what a *guard* emitted (see `parsing`). In a model's answer the same words say nothing.
"""

import re
from itertools import groupby

from refusals.codes import ReasonCode

_BY_CODE: dict[ReasonCode, tuple[str, ...]] = {
    ReasonCode.POLICY_VIOLATION: (
        "cannot comply",
        "can't comply",
        "unable to comply",
        "will not comply",
        "blocked by policy",
        "blocked by content policy",
        "blocked by safety policy",
        "blocked by our policy",
        "policy violation",
        "violates policy",
        "violates our policy",
        "violates the policy",
        "violates content policy",
        "violates our content policy",
        "violates our usage policy",
        "against policy",
        "against our policy",
        "against our content policy",
        "not permitted by policy",
        "not allowed by policy",
        "forbidden by policy",
        "denied by policy",
    ),
    ReasonCode.RATE_LIMIT: (
        "rate limit",
        "rate-limit",
        "ratelimit",
        "too many requests",
        "quota exceeded",
        "request throttled",
    ),
    ReasonCode.UNVERIFIED_TOOL: (
        "unsupported tool",
        "unverified tool",
        "unknown tool",
        "unapproved tool",
        "unregistered tool",
        "untrusted tool",
        "unverified skill",
        "tool not allowed",
        "tool is not allowed",
        "tool not verified",
        "tool is not verified",
        "tool not permitted",
    ),
    ReasonCode.RCE_RISK: (
        "remote code execution",
        "arbitrary code execution",
        "rce risk",
        "command injection",
        "shell injection",
        "dangerous command",
        "unsafe command",
        "unsafe shell command",
    ),
    ReasonCode.LOOP_DETECTED: (
        "loop detected",
        "loop was detected",
        "detected a loop",
        "infinite loop",
        "stuck in a loop",
        "too many iterations",
        "maximum iterations",
        "max iterations",
    ),
    ReasonCode.INTEGRITY_FAILURE: (
        "integrity check failed",
        "failed integrity check",
        "failed the integrity check",
        "integrity failure",
        "checksum mismatch",
        "hash mismatch",
        "signature mismatch",
        "tampering detected",
    ),
    ReasonCode.CONTEXT_INJECTION: (
        "prompt injection",
        "context injection",
        "instruction injection",
        "injection detected",
        "injected instruction",
        "untrusted instruction",
    ),
    ReasonCode.JAILBREAK: ("jailbreak",),
    ReasonCode.MODEL_REFUSAL: (
        "i can't help with",
        "i cannot help with",
        "i can't assist with",
        "i cannot assist with",
        "i can't help you with",
        "i cannot help you with",
        "i can't do that",
        "i cannot do that",
        "i can't fulfill",
        "i cannot fulfill",
        "i'm unable to help",
        "i am unable to help",
        "i'm unable to assist",
        "i am unable to assist",
        "i'm not able to help",
        "i am not able to help",
        "i won't help",
        "i will not help",
        "i must decline",
        "i have to decline",
        "request declined",
        "request was declined",
    ),
}

# Phrase (folded) to code. Written by `registry` alone, which then calls `rebuild`.
ALIASES: dict[str, ReasonCode | str] = {
    phrase: code for code, phrases in _BY_CODE.items() for phrase in phrases
}

# Typographic quotes, and the accents that are typed in their stead.
_QUOTES = {"'": "\u2018\u2019\u02bc\u00b4`", '"': "\u201c\u201d"}


def fold(text: str) -> str:
    """Lower case, straight quotes, single spaces: the form in which phrases are compared."""
    return " ".join(folded_words(text))


def folded_words(text: str) -> list[str]:
    """The words of the folded text, with the marks that touch them."""
    if not text.isascii() or "`" in text:
        for straight, others in _QUOTES.items():
            for quote in others:  # `translate` takes many times as long
                text = text.replace(quote, straight)
    return text.casefold().split()


def _alternation(phrases: list[str]) -> str:
    """All phrases as one pattern; those with a common first letter share a branch, which keeps it quick."""
    branches = []
    for first, group in groupby(sorted(phrases), key=lambda phrase: phrase[0]):
        rests = sorted((re.escape(phrase[1:]) for phrase in group), key=len, reverse=True)
        branches.append(f"{re.escape(first)}(?:{'|'.join(rests)})")
    return "|".join(branches)


def _compile() -> re.Pattern[str]:
    # A phrase starts at a word's start ("rate limit" is not in "iterate limits"). Scripts that put no space
    # between words know no such start, so it is asked only of phrases that begin with an ASCII letter.
    spaced = [phrase for phrase in ALIASES if phrase[0].isascii()]
    unspaced = [phrase for phrase in ALIASES if not phrase[0].isascii()]
    patterns = [rf"(?<!\w)(?:{_alternation(spaced)})"]
    if unspaced:
        patterns.append(_alternation(unspaced))
    return re.compile("|".join(patterns))


_pattern = _compile()


def rebuild() -> None:
    """Bring the compiled pattern up to date with `ALIASES`."""
    global _pattern
    _pattern = _compile()


def find_phrasing(text: str) -> ReasonCode | str | None:
    """The code of the first legacy phrasing in `text`, if there is one. Meant for short texts."""
    match = _pattern.search(fold(text))
    return ALIASES[match.group()] if match else None
