"""What happened at a call → its signal, and the fields by which the hub is told. First half of recording.

The hub judges the same fields by the same rules, so that the verdict here and the record there agree.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from refusals.codes import ReasonCode
from refusals.endings import Outcome
from refusals.outcomes import RunResult, Verdict, judge
from refusals.parsing import parse_refusal
from refusals.plain import plain
from refusals.signals import Decline, Raw, Signal, read
from refusals.signals.guard_models import LLAMA_GUARD, OUTPUT
from refusals.signals.recognise import provider_name

Surface = Literal["tool_loop", "skill_scanner", "post_compaction", "rce_backstop", "io_guardrail"]

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
LONG_NAME, SHORT_NAME = 200, 120


@dataclass(frozen=True)
class Ending:
    """How a call ended: its signal, and the one field (with what belongs to it) that tells the hub."""

    signal: Signal
    fields: dict[str, Any]


def name_of(value: object, *, longest: int = SHORT_NAME) -> str:
    """A name as the hub takes it: printable, and where it is too long, cut and kept apart by a digest."""
    name = _UNPRINTABLE.sub("\ufffd", str(value))
    if len(name) <= longest:
        return name
    return f"{name[: longest - 17]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def answered(
    response: object, *, provider: str, http_status: int | None = None, stop_reason: str | None = None
) -> Ending:
    """A call that came back: with a plain text, with nothing (None), or with a provider's body, whose form is
    a dict, an SDK's object or a list of stream events."""
    status = http_status if http_status is not None and 100 <= http_status <= 599 else None
    beside: dict[str, Any] = {} if status is None else {"http_status": status}
    if isinstance(response, str) and provider_name(provider) == LLAMA_GUARD:
        response = {OUTPUT: response}  # a guard's words are a verdict, and no answer
    if response is None or isinstance(response, str):
        verdict = judge(RunResult(status or 200, stop_reason or "end_turn", response), min_chars=0)
        signal = _from_verdict(verdict, provider, text=response or "")
        if stop_reason is not None:
            beside["stop_reason"] = name_of(stop_reason)
        return Ending(replace(signal, raw=replace(signal.raw, **beside)), {"text": response or "", **beside})
    body = plain(response)
    return Ending(read(body, provider=provider or None, http_status=status), {"response": body, **beside})


def refused(refusal: str, *, surface: str | None, provider: str) -> Ending:
    """A guard said no, canonically or in its own words. The surface is `io_guardrail` unless it is named."""
    verdict = judge(RunResult(None, None, None, refusal=refusal))
    if parse_refusal(refusal) is None:
        verdict = Verdict(Outcome.DECLINED, ReasonCode.GUARDRAIL, refusal.strip())
    known = surface if surface in get_args(Surface) else "io_guardrail"
    return Ending(_from_verdict(verdict, provider, text=None), {"refusal": refusal, "surface": known})


def raised(error: BaseException, *, provider: str) -> Ending:
    """A call that raised. Where the exception carries the answer itself, that is what is told."""
    completion = getattr(error, "completion", None)
    if completion is not None:
        return answered(completion, provider=provider)
    signal = read(error, provider=provider or None)
    body = plain(getattr(error, "body", None))
    status = signal.raw.http_status
    facts = {
        "type": _telling_name(error, signal),
        "message": str(error),
        "http_status": status if status is not None and 100 <= status <= 599 else None,
        "body": body if isinstance(body, dict | str) else None,
        "retry_after": signal.retry_after,
    }
    signal = replace(signal, detail=signal.detail or str(error))
    return Ending(signal, {"error": {name: fact for name, fact in facts.items() if fact is not None}})


def _telling_name(error: BaseException, signal: Signal) -> str:
    """The class of the exception, or that of its bases by which the rules knew it: the hub sees no bases."""
    names = [base.__name__ for base in type(error).__mro__]
    return name_of(signal.raw.error_code if signal.raw.error_code in names else names[0])


def _from_verdict(verdict: Verdict, provider: str, *, text: str | None) -> Signal:
    declines: tuple[Decline, ...] = ()
    if verdict.outcome is Outcome.DECLINED and verdict.code is not None:
        declines = (Decline(None, None, verdict.code),)
    return Signal(
        outcome=verdict.outcome,
        code=verdict.code,
        detail=verdict.detail,
        declines=declines,
        retryable=verdict.retryable,
        text=text,
        raw=Raw(provider=provider or None),
    )
