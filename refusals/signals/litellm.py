"""LiteLLM: what its mapping to OpenAI's shape loses, read from where the raw values survive."""

from typing import Any

from refusals.codes import ReasonCode
from refusals.signals import anthropic
from refusals.signals.paths import dig, items, text_at
from refusals.signals.signal import Finding, declined, failed, incomplete, unknown
from refusals.stop_reasons import DECLINES, DEGRADES, NATURAL_ENDS, PAUSES, fold_stop_reason

_PASSED = frozenset({None, "success", "guardrail_flagged", "not_run"})
_BLOCKED, _DID_NOT_ANSWER = "guardrail_intervened", "guardrail_failed_to_respond"


def raw_stop(choice: object) -> Finding | None:
    """The stop reason of Anthropic that hides behind a mapped `finish_reason`, if it says more."""
    kept = dig(choice, "message", "provider_specific_fields")
    stop = text_at(kept, "stop_reason")
    known: dict[str, Any] = {
        "stop_reason": stop,
        "found_at": "/message/provider_specific_fields/stop_reason",
    }
    if stop == "refusal" or text_at(kept, "stop_details", "type") == "refusal":
        return anthropic.refused(dig(kept, "stop_details"), **{**known, "stop_reason": "refusal"})
    if stop in ("pause_turn", "compaction"):
        return incomplete(f"stop reason {stop}", **known)
    folded = fold_stop_reason(stop)
    if folded and folded not in NATURAL_ENDS | PAUSES and folded not in DEGRADES and folded not in DECLINES:
        return unknown(f"stop reason {stop}", **known)
    return None


def guardrail(body: object) -> Finding | None:
    """The verdict of LiteLLM's own guardrails, from its logging payload."""
    told = dig(body, "guardrail_information")
    reports = [body, *(items(body, "guardrail_information") or [told])]
    statuses = {text_at(report, "guardrail_status"): report for report in reports}
    if _BLOCKED in statuses:
        report = statuses[_BLOCKED]
        categories = [entry for entry in items(report, "violation_categories") if isinstance(entry, str)]
        return declined(
            ReasonCode.GUARDRAIL,
            ", ".join(categories) or text_at(report, "guardrail_name"),
            category=categories[0] if categories else None,
            stop_reason=_BLOCKED,
            found_at="/guardrail_status",
        )
    if _DID_NOT_ANSWER in statuses:
        return failed(ReasonCode.GUARDRAIL_UNAVAILABLE, True, "a guardrail did not respond")
    new = next((status for status in statuses if status not in _PASSED), None)
    return unknown(f"guardrail status {new}", stop_reason=new, found_at="/guardrail_status") if new else None
