"""Verdicts of models that judge instead of answering: Llama Guard, OpenAI's moderation, its guardrails' results.

Llama Guard answers in words, and the words are common: they are a verdict only where the caller says, by the
provider, that a guard spoke. What is neither of its two words is unknown, and never "safe".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from refusals.codes import ReasonCode
from refusals.endings import Outcome
from refusals.signals.paths import dig, entries, has, items, pointer, text_at, truthy
from refusals.signals.received import Received
from refusals.signals.signal import Facts, Finding, declined, degraded, failed, ok, unknown

LLAMA_GUARD = "llama-guard"
OUTPUT = "guard_output"
"""The key under which a guard's bare text is told to the hub."""

# The hazards of MLCommons as Llama Guard numbers them.
_HAZARDS: dict[str, tuple[str, ReasonCode]] = {
    "S1": ("Violent Crimes", ReasonCode.VIOLENCE),
    "S2": ("Non-Violent Crimes", ReasonCode.GENERAL_HARMS),
    "S3": ("Sex-Related Crimes", ReasonCode.SEXUAL),
    "S4": ("Child Sexual Exploitation", ReasonCode.CHILD_SAFETY),
    "S5": ("Defamation", ReasonCode.GENERAL_HARMS),
    "S6": ("Specialized Advice", ReasonCode.DENIED_TOPIC),
    "S7": ("Privacy", ReasonCode.PII),
    "S8": ("Intellectual Property", ReasonCode.COPYRIGHT),
    "S9": ("Indiscriminate Weapons", ReasonCode.DANGEROUS),
    "S10": ("Hate", ReasonCode.HATE),
    "S11": ("Suicide & Self-Harm", ReasonCode.SELF_HARM),
    "S12": ("Sexual Content", ReasonCode.SEXUAL),
    "S13": ("Elections", ReasonCode.DENIED_TOPIC),
    "S14": ("Code Interpreter Abuse", ReasonCode.RCE_RISK),
}
_SPECIAL_TOKEN = re.compile(r"<\|[a-z_]{1,40}\|>")
_HAZARD = re.compile(r"S[0-9]{1,3}\Z")

# Where several are flagged, the first of these gives the code.
_MODERATION: dict[str, ReasonCode] = {
    "sexual/minors": ReasonCode.CHILD_SAFETY,
    "self-harm": ReasonCode.SELF_HARM,
    "self-harm/intent": ReasonCode.SELF_HARM,
    "self-harm/instructions": ReasonCode.SELF_HARM,
    "hate": ReasonCode.HATE,
    "hate/threatening": ReasonCode.HATE,
    "harassment": ReasonCode.HATE,
    "harassment/threatening": ReasonCode.HATE,
    "violence": ReasonCode.VIOLENCE,
    "violence/graphic": ReasonCode.VIOLENCE,
    "sexual": ReasonCode.SEXUAL,
    "illicit": ReasonCode.DANGEROUS,
    "illicit/violent": ReasonCode.DANGEROUS,
}


def judge_verdict(text: str, found_at: str = "") -> Finding:
    """What Llama Guard said: `safe`, or `unsafe` and in the next line the hazards it saw."""
    words = _SPECIAL_TOKEN.sub(" ", text).replace(",", " ").split()
    verdict, hazards = (words[0].lower(), words[1:]) if words else ("", [])
    known: dict[str, Any] = {"stop_reason": verdict or None, "found_at": found_at}
    if not words:
        return degraded(ReasonCode.EMPTY_OUTPUT, "the guard said nothing", **known)
    if verdict == "safe" and not hazards:
        return ok(**known)
    if verdict != "unsafe" or not all(_HAZARD.match(hazard) for hazard in hazards):
        return unknown(
            "a guard's words that are no verdict", **{**known, "stop_reason": verdict[:40] or None}
        )
    if not hazards:
        return declined(ReasonCode.GUARDRAIL, "unsafe", **known)
    named = [f"{hazard} {_HAZARDS[hazard][0]}" if hazard in _HAZARDS else hazard for hazard in hazards]
    codes = [_HAZARDS[hazard][1] for hazard in hazards if hazard in _HAZARDS]
    code = next(iter(codes), ReasonCode.POLICY_VIOLATION)
    return declined(code, ", ".join(named), category=hazards[0], **known)


def judge_answer(received: Received, inner: Callable[[Received], Finding], text: str | None) -> Finding:
    """The verdict in an answer of whichever form; a call that came to something else keeps that."""
    bare = text_at(received.body, OUTPUT)
    if isinstance(received.body, str) or bare is not None:
        return judge_verdict(bare if bare is not None else received.body, f"/{OUTPUT}" if bare else "")
    finding = inner(received)
    return judge_verdict(text or "", finding.found_at) if finding.outcome is Outcome.OK else finding


def is_moderation(body: object) -> bool:
    """Whether a body is an answer of OpenAI's moderation endpoint."""
    first = next(iter(items(body, "results")), None)
    return has(first, "flagged") and has(first, "categories")


def judge_moderation(received: Received) -> Finding:
    """Declined where anything is flagged. Scores alone decide nothing."""
    flagged: list[str] = []
    for index, result in enumerate(items(received.body, "results")):
        at = pointer("results", index, "flagged")
        named = [name.replace("_", "-") for name, hit in entries(result, "categories") if truthy(hit)]
        if not isinstance(dig(result, "flagged"), bool) or (named and not dig(result, "flagged")):
            return unknown("a moderation that says neither", found_at=at)
        if dig(result, "flagged"):
            flagged += named or ["flagged"]
    if not flagged:
        return ok(stop_reason="not flagged", found_at="/results")
    known = [name for name in _MODERATION if name in flagged]
    category = next(iter(known + flagged))
    code = _MODERATION.get(category, ReasonCode.POLICY_VIOLATION)
    detail = ", ".join(dict.fromkeys(known + flagged))
    return declined(code, detail, category=category, stop_reason="flagged", found_at="/results")


def is_tripwire(body: object) -> bool:
    """Whether a body is one result of OpenAI's guardrails."""
    return has(body, "tripwire_triggered")


def judge_tripwire(received: Received) -> Finding:
    """One guardrail's result: it stepped in, could not judge, or let pass."""
    body = received.body
    triggered = dig(body, "tripwire_triggered")
    name = text_at(body, "info", "guardrail_name") or text_at(body, "guardrail_name")
    known: dict[str, Any] = {"category": name, "found_at": "/tripwire_triggered"}
    if truthy(dig(body, "execution_failed")):
        return failed(ReasonCode.GUARDRAIL_UNAVAILABLE, True, name, **known)
    if triggered is True:
        return declined(ReasonCode.GUARDRAIL, name, stop_reason="triggered", **known)
    if triggered is False:
        return ok(stop_reason="not triggered", **known)
    return unknown("a tripwire that is neither triggered nor not", **known)


def facts(body: object) -> Facts:
    """The guard's words and model, where it tells them."""
    usage = dig(body, "usage")
    return Facts(
        text=text_at(body, OUTPUT) or (body if isinstance(body, str) else None),
        usage=usage if isinstance(usage, Mapping) else {},
        model=text_at(body, "model"),
        request_id=text_at(body, "id"),
    )
