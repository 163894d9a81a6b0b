"""What providers say when a model stops: one table of every value known, folded to lower case.

A value that stands in no table here is unknown, and unknown never means ok.
"""

from refusals.codes import ReasonCode

NATURAL_ENDS = frozenset({"end_turn", "stop_sequence", "stop", "completed"})

# The provider, or its guardrail, declined.
DECLINES: dict[str, ReasonCode] = {
    "refusal": ReasonCode.POLICY_VIOLATION,
    "content_filter": ReasonCode.POLICY_VIOLATION,
    "content_filtered": ReasonCode.POLICY_VIOLATION,
    "guardrail_intervened": ReasonCode.GUARDRAIL,
    "safety": ReasonCode.POLICY_VIOLATION,
    "prohibited_content": ReasonCode.POLICY_VIOLATION,
    "escalation": ReasonCode.POLICY_VIOLATION,
    "blocklist": ReasonCode.BLOCKLIST,
    "spii": ReasonCode.PII,
    "recitation": ReasonCode.COPYRIGHT,
    "image_safety": ReasonCode.POLICY_VIOLATION,
    "image_prohibited_content": ReasonCode.POLICY_VIOLATION,
    "image_recitation": ReasonCode.COPYRIGHT,
    "model_armor": ReasonCode.GUARDRAIL,
    "jailbreak": ReasonCode.JAILBREAK,
    "pup_limited_disabled": ReasonCode.ACCOUNT_HOLD,
}

# The answer is there, and cannot be relied on.
DEGRADES: dict[str, ReasonCode] = {
    "max_tokens": ReasonCode.TRUNCATED,
    "length": ReasonCode.TRUNCATED,
    "max_output_tokens": ReasonCode.TRUNCATED,
    "max_messages": ReasonCode.TRUNCATED,
    "model_context_window_exceeded": ReasonCode.CONTEXT_EXCEEDED,
    "malformed_model_output": ReasonCode.MALFORMED_OUTPUT,
    "malformed_tool_use": ReasonCode.MALFORMED_OUTPUT,
    "malformed_function_call": ReasonCode.MALFORMED_OUTPUT,
    "malformed_response": ReasonCode.MALFORMED_OUTPUT,
    "unexpected_tool_call": ReasonCode.MALFORMED_OUTPUT,
    "missing_thought_signature": ReasonCode.MALFORMED_OUTPUT,
    "too_many_tool_calls": ReasonCode.LOOP_DETECTED,
    "no_image": ReasonCode.EMPTY_OUTPUT,
}

# The call waits to be continued; as the last word of a run that is half a run.
PAUSES = frozenset(
    {
        "tool_use",
        "tool_calls",
        "tool_call",
        "function_call",
        "pause_turn",
        "compaction",
        "continuation",
        "requires_action",
        "requires_continuation",
        "queued",
        "in_progress",
        "steered",
    }
)


def fold_stop_reason(stop_reason: object) -> str:
    """The value as the tables spell it; an empty string for none, or for what is no text."""
    return stop_reason.strip().lower() if isinstance(stop_reason, str) else ""
