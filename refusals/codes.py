"""Every reason code there is: the one vocabulary that guards, pipelines and reports share.

The enum holds the codes we know of; an organisation adds its own through `registry`. Since members cannot be
added to an enum at run time, the type of a code is `ReasonCode | str`, and `KNOWN_CODES` shows both at once.
"""

from collections.abc import Iterable, Iterator, Set
from enum import Enum
from typing import NamedTuple

from refusals.endings import Outcome

_OK, _INFRA, _DECLINED, _DEGRADED = Outcome.OK, Outcome.INFRA_ERROR, Outcome.DECLINED, Outcome.DEGRADED


class ReasonCode(str, Enum):
    """Why a run did not simply end well. `str(code)` is the bare code, as stored and sent."""

    meaning: str
    usual_outcome: Outcome

    # The defaults are for type checkers: a member always has all three, a look-up `ReasonCode("CYBER")` gives one.
    def __new__(cls, code: str, meaning: str = "", usual_outcome: Outcome = _DECLINED) -> "ReasonCode":
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.usual_outcome = usual_outcome
        return member

    __str__ = str.__str__

    # The base codes, which a pipeline's own guards use most.
    POLICY_VIOLATION = (
        "POLICY_VIOLATION",
        "A policy forbids the request; no narrower reason was given.",
        _DECLINED,
    )
    RATE_LIMIT = "RATE_LIMIT", "Too many requests for now; try again later.", _INFRA
    UNVERIFIED_TOOL = "UNVERIFIED_TOOL", "A tool or action was asked for that nobody has verified.", _DECLINED
    RCE_RISK = "RCE_RISK", "The action could run code that nobody has approved.", _DECLINED
    LOOP_DETECTED = "LOOP_DETECTED", "The same steps were repeating without progress.", _DECLINED
    INTEGRITY_FAILURE = "INTEGRITY_FAILURE", "A check of integrity or grounding failed.", _DECLINED
    CONTEXT_INJECTION = (
        "CONTEXT_INJECTION",
        "Instructions were found in content that should be data.",
        _DECLINED,
    )

    # Declines, mostly a provider's.
    CYBER = "CYBER", "Declined under safeguards for computer security.", _DECLINED
    BIO = "BIO", "Declined under safeguards for biology.", _DECLINED
    FRONTIER_LLM = "FRONTIER_LLM", "Declined under safeguards for building frontier models.", _DECLINED
    REASONING_EXTRACTION = (
        "REASONING_EXTRACTION",
        "Declined: it seemed to extract a model's reasoning.",
        _DECLINED,
    )
    GENERAL_HARMS = "GENERAL_HARMS", "Declined under safeguards for harms of a general kind.", _DECLINED
    DANGEROUS = "DANGEROUS", "Declined as dangerous content.", _DECLINED
    VIOLENCE = "VIOLENCE", "Declined as violent content.", _DECLINED
    HATE = "HATE", "Declined as hate, harassment or insult.", _DECLINED
    SEXUAL = "SEXUAL", "Declined as sexual content.", _DECLINED
    CHILD_SAFETY = "CHILD_SAFETY", "Declined for the protection of children.", _DECLINED
    SELF_HARM = "SELF_HARM", "Declined as touching on self-harm.", _DECLINED
    PII = "PII", "Declined for personal data.", _DECLINED
    COPYRIGHT = "COPYRIGHT", "Declined as protected material or recitation.", _DECLINED
    JAILBREAK = "JAILBREAK", "The request was taken for an attack on the safeguards.", _DECLINED
    DENIED_TOPIC = "DENIED_TOPIC", "The topic is on the list of a guardrail.", _DECLINED
    BLOCKLIST = "BLOCKLIST", "A word is on the list of a filter.", _DECLINED
    GUARDRAIL = "GUARDRAIL", "A guardrail stepped in without saying why.", _DECLINED
    MODEL_REFUSAL = "MODEL_REFUSAL", "The model itself refused, in words.", _DECLINED
    MISALIGNED_ACTION = (
        "MISALIGNED_ACTION",
        "An agent's action seemed to be other than what was asked.",
        _DECLINED,
    )
    DATA_EXFIL = "DATA_EXFIL", "The action could carry data out, or reach data it should not.", _DECLINED
    ACCOUNT_HOLD = "ACCOUNT_HOLD", "The provider has put the account on hold.", _DECLINED

    # Infrastructure.
    OVERLOADED = "OVERLOADED", "The provider has no capacity at the moment.", _INFRA
    PROVIDER_ERROR = "PROVIDER_ERROR", "The provider failed.", _INFRA
    TIMEOUT = "TIMEOUT", "No answer within the time allowed.", _INFRA
    NETWORK = "NETWORK", "No answer, or the connection broke.", _INFRA
    AUTH = "AUTH", "The key is wrong, or may not do this.", _INFRA
    BILLING = "BILLING", "Credit or quota is used up, or a spending limit is reached.", _INFRA
    INVALID_REQUEST = "INVALID_REQUEST", "The provider does not accept the request as it is formed.", _INFRA
    CONFIG = "CONFIG", "A setting of the workspace or account forbids it.", _INFRA
    CANCELED = "CANCELED", "The request was cancelled before it was answered.", _INFRA
    EXPIRED = "EXPIRED", "The request was not taken up in time.", _INFRA
    GUARDRAIL_UNAVAILABLE = "GUARDRAIL_UNAVAILABLE", "A guardrail could not judge.", _INFRA

    # Served after all.
    FALLBACK_SERVED = "FALLBACK_SERVED", "A model declined, and the provider's fallback answered.", _OK

    # Degraded.
    DONE_CONDITION_FAILED = (
        "DONE_CONDITION_FAILED",
        "The answer lacks something the deliverable needs.",
        _DEGRADED,
    )
    TOO_SHORT = "TOO_SHORT", "The answer is shorter than the deliverable can be.", _DEGRADED
    MASKED_OUTPUT = "MASKED_OUTPUT", "A guardrail masked or replaced part of the answer.", _DEGRADED
    UNFILTERED = "UNFILTERED", "The content filter did not run, so the answer is unchecked.", _DEGRADED
    TRUNCATED = "TRUNCATED", "The answer was cut off at the output limit.", _DEGRADED
    CONTEXT_EXCEEDED = "CONTEXT_EXCEEDED", "The answer was cut off because the context was full.", _DEGRADED
    EMPTY_OUTPUT = "EMPTY_OUTPUT", "The call ended well and brought nothing.", _DEGRADED
    MALFORMED_OUTPUT = (
        "MALFORMED_OUTPUT",
        "The provider says that what the model wrote is malformed.",
        _DEGRADED,
    )
    INCOMPLETE = "INCOMPLETE", "The call stopped half-way, waiting to be continued.", _DEGRADED
    UNKNOWN_SIGNAL = (
        "UNKNOWN_SIGNAL",
        "The answer carries a signal that nobody knows yet, or none.",
        _DEGRADED,
    )


class CodeInfo(NamedTuple):
    """What a code stands for, be it ours or an organisation's own."""

    code: "ReasonCode | str"
    meaning: str
    usual_outcome: Outcome


# Written by `registry` alone. Kept here, so that a look-up of a code needs one module.
CODES: dict[str, CodeInfo] = {
    str(member): CodeInfo(member, member.meaning, member.usual_outcome) for member in ReasonCode
}


def describe(code: "ReasonCode | str") -> CodeInfo:
    """What `code` means and how a run with it usually ends. ValueError for a code nobody registered."""
    info = CODES.get(code)
    if info is None:
        raise ValueError(f"unknown reason code {code!r}")
    return info


class _KnownCodes(Set[str]):
    """A live view: a code registered later shows up in it at once."""

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in CODES

    def __iter__(self) -> Iterator[str]:
        return iter(CODES)

    def __len__(self) -> int:
        return len(CODES)

    @classmethod
    def _from_iterable(cls, codes: Iterable[object]) -> Set[str]:  # type: ignore[override]  # a plain set, not a view
        return frozenset(code for code in codes if isinstance(code, str))

    def __repr__(self) -> str:
        return f"KNOWN_CODES({', '.join(CODES)})"


KNOWN_CODES: Set[str] = _KnownCodes()
