"""Instructions in what should be data: the phrasings by which they are usually known. Searched in folded text."""

from refusals.codes import ReasonCode
from refusals.guards.rules import Rule

_EARLIER = r"(?:previous|prior|earlier|above|preceding|former|foregoing|existing|original|system|your)"
_ORDERS = r"(?:instruction|instructions|prompt|prompts|rule|rules|guideline|guidelines|directions|directives|orders)"
_ANY = r"(?:(?:all|any|every|of|the|these|those|your|my|our)\s){0,4}"


def _injection(name: str, pattern: str) -> Rule:
    return Rule(name=name, pattern=pattern, code=ReasonCode.CONTEXT_INJECTION)


INJECTIONS = (
    _injection(
        "override",
        rf"\b(?:ignore|disregard|forget|override|bypass|drop|skip)\s{_ANY}{_EARLIER}\s(?:\w{{1,20}}\s){{0,2}}{_ORDERS}\b",
    ),
    _injection(
        "override", rf"\b(?:ignore|disregard|forget)\s{_ANY}{_ORDERS}\s(?:above|before|given|so far|that)\b"
    ),
    _injection(
        "override",
        r"\b(?:ignore|disregard|forget)\s(?:everything|all|anything)\s(?:above|before|you were told|you know|so far)\b",
    ),
    _injection("override", rf"\b(?:do not|don't|never)\s(?:follow|obey|heed)\s{_ANY}{_EARLIER}\s{_ORDERS}\b"),
    _injection(
        "override", r"\bignor(?:iere|ieren sie)\s(?:\w{1,20}\s){0,3}(?:anweisungen|anweisung|regeln)\b"
    ),
    _injection(
        "override",
        r"\bignore[rz]?\s(?:\w{1,20}\s){0,3}(?:instructions|consignes)\s(?:pr[eé]c[eé]dentes|ci-dessus)\b",
    ),
    _injection("override", r"\bignor[ae]\s(?:\w{1,20}\s){0,3}instrucciones\b"),
    _injection(
        "new-orders", rf"\b(?:your|here are your)\snew\s(?:\w{{1,20}}\s)?{_ORDERS}\s(?:are|is|follow|:)"
    ),
    _injection(
        "new-orders",
        r"^\W{0,9}(?:new|updated|additional|override)\s(?:instructions|system prompt|orders)\s?:",
    ),
    _injection("new-orders", r"\bfrom now on,?\s(?:you\s(?:are|will|must|shall|may)|always|never)\b"),
    _injection("new-role", r"\byou are now\s(?:an?\s|in\s\w{1,20}\smode|the\s|no longer\s|free\s|un)"),
    _injection("new-role", r"\byou are no longer\s(?:an?\s|the\s|bound|limited|restricted)"),
    _injection(
        "new-role",
        r"\b(?:pretend|act as (?:if|though))\s(?:that\s)?you\s(?:are|have|were)\s(?:not|no|un|free)",
    ),
    _injection(
        "role-marker", r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\b"
    ),
    _injection(
        "role-marker", r"\[/?inst\]|<</?sys>>|</?(?:system|system[-_]prompt|system[-_]reminder|instructions)>"
    ),
    _injection(
        "role-marker",
        r"^#{0,6}\s?\W{0,3}(?:system|assistant|developer)(?:\s(?:prompt|message|override))?\W{0,3}:",
    ),
    _injection(
        "secrecy",
        r"\b(?:do not|don't|never)\s(?:tell|inform|mention (?:this|it) to|reveal (?:this|it) to|alert|notify)"
        r"\s(?:the|any)\s(?:user|users|human|operator|owner|reviewer)\b",
    ),
    _injection(
        "secrecy",
        r"\bwithout\s(?:telling|informing|asking|notifying)\s(?:the|any)\s(?:user|human|operator|owner)\b",
    ),
    _injection(
        "prompt-leak",
        r"\b(?:reveal|print|repeat|show|output|send)\s(?:me\s)?(?:your|the)"
        r"\s(?:\w{1,20}\s)?(?:system prompt|hidden instructions)\b",
    ),
)
