"""Anthropic's Messages API: messages, streams, errors, and how the sessions of its managed agents end."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refusals.codes import ReasonCode
from refusals.signals.errors import by_status
from refusals.signals.paths import dig, has, items, pointer, text_at
from refusals.signals.received import Received
from refusals.signals.signal import (
    Decline,
    Facts,
    Finding,
    declined,
    degraded,
    failed,
    incomplete,
    ok,
    unknown,
)
from refusals.statuses import Trouble
from refusals.stop_reasons import DEGRADES, PAUSES

CATEGORIES: dict[str, ReasonCode] = {
    "cyber": ReasonCode.CYBER,
    "bio": ReasonCode.BIO,
    "frontier_llm": ReasonCode.FRONTIER_LLM,
    "reasoning_extraction": ReasonCode.REASONING_EXTRACTION,
    "general_harms": ReasonCode.GENERAL_HARMS,
}
_ERROR_TYPES: dict[str, Trouble] = {
    "invalid_request_error": Trouble(ReasonCode.INVALID_REQUEST, False),
    "authentication_error": Trouble(ReasonCode.AUTH, False),
    "billing_error": Trouble(ReasonCode.BILLING, False),
    "permission_error": Trouble(ReasonCode.AUTH, False),
    "not_found_error": Trouble(ReasonCode.INVALID_REQUEST, False),
    "conflict_error": Trouble(ReasonCode.PROVIDER_ERROR, True),
    "request_too_large": Trouble(ReasonCode.INVALID_REQUEST, False),
    "rate_limit_error": Trouble(ReasonCode.RATE_LIMIT, True),
    "api_error": Trouble(ReasonCode.PROVIDER_ERROR, True),
    "timeout_error": Trouble(ReasonCode.TIMEOUT, True),
    "overloaded_error": Trouble(ReasonCode.OVERLOADED, True),
    # Of managed agents, in `session.error`.
    "model_overloaded_error": Trouble(ReasonCode.OVERLOADED, True),
    "model_rate_limited_error": Trouble(ReasonCode.RATE_LIMIT, True),
    "model_request_failed_error": Trouble(ReasonCode.PROVIDER_ERROR, True),
    "mcp_connection_failed_error": Trouble(ReasonCode.NETWORK, True),
    "mcp_authentication_failed_error": Trouble(ReasonCode.AUTH, False),
}
_ERROR_CODES: dict[str, Trouble] = {
    "contract_spend_limit_reached": Trouble(ReasonCode.BILLING, False),
    "enforced_spend_limit_reached": Trouble(ReasonCode.BILLING, False),
    "linked_organization_spend_limit_reached": Trouble(ReasonCode.BILLING, False),
    "ramp_limit_exceeded": Trouble(ReasonCode.RATE_LIMIT, True),
    "workspace_policy_violation": Trouble(ReasonCode.CONFIG, False),  # an administrator's rule, not safety
}
# A message match, since the provider offers nothing else here.
_FILTERED = "content filtering policy"
_NATURAL = frozenset({"end_turn", "stop_sequence"})
# Blocks that are no answer by themselves, and those that are; of tools there are many, and all are named so.
_NOT_CONTENT = frozenset({"text", "thinking", "redacted_thinking", "fallback", "compaction"})
_CONTENT = frozenset({"image", "document", "container_upload"})


def judge(received: Received) -> Finding:
    """The ending of a message, an error or an idle event."""
    body = received.body
    if text_at(body, "type") == "session.status_idle":
        return _judge_idle(body)
    if text_at(body, "type") == "session.error":
        return _judge_session_error(received)
    if not has(body, "stop_reason"):
        return _judge_error(received)
    return judge_message(body)


def judge_message(body: Mapping[str, Any]) -> Finding:
    """The ending of one message, in the order: refusal, fallback, cut off, empty, waiting, ok."""
    found = hops(body)
    stop = dig(body, "stop_reason")
    known = {
        "hops": found,
        "stop_reason": stop if isinstance(stop, str) else None,
        "found_at": "/stop_reason",
    }
    if stop == "refusal":
        return refused(dig(body, "stop_details"), **known)
    if stop is None:
        return failed(ReasonCode.NETWORK, True, "the stream broke before the model stopped", **known)
    if not isinstance(stop, str):
        return unknown("the stop reason is no text", **known)
    if stop in DEGRADES:
        return degraded(DEGRADES[stop], f"stop reason {stop}", **known)
    if stop in PAUSES:
        return incomplete(f"stop reason {stop}", **known)
    if stop not in _NATURAL:
        return unknown(f"stop reason {stop}", **known)
    if dig(body, "stop_details") is not None:
        return unknown("details of a stop that was a natural end", **{**known, "found_at": "/stop_details"})
    if not any(_is_content(block) for block in items(body, "content")):
        return _without_content(body, known)
    served_at = served_by_fallback(body)
    if served_at is None:
        return ok(**known)
    return ok(code=ReasonCode.FALLBACK_SERVED, detail=_chain(found), **{**known, "found_at": served_at})


def refused(details: object, **known: Any) -> Finding:
    """A refusal with its `stop_details`. Without a known category it stays a plain policy violation."""
    category = text_at(details, "category")
    code = CATEGORIES.get(category or "", ReasonCode.POLICY_VIOLATION)
    return declined(code, text_at(details, "explanation") or category, category=category, **known)


def facts(body: object) -> Facts:
    """Answer, usage, serving model and request id of a message or an error."""
    usage = dig(body, "usage")
    texts = [text_at(block, "text") or "" for block in items(body, "content") if dig(block, "type") == "text"]
    return Facts(
        text="".join(texts) if has(body, "content") else None,
        usage=usage if isinstance(usage, Mapping) else {},
        model=text_at(body, "model"),
        request_id=text_at(body, "request_id") or text_at(body, "_request_id"),
    )


def assemble(events: list[Any]) -> dict[str, Any]:
    """The message, or the error, that a stream's events amount to. A stream cut off has no stop reason."""
    message: dict[str, Any] = {"type": "message", "stop_reason": None}
    blocks: dict[Any, dict[str, Any]] = {}
    for event in events:
        kind = dig(event, "type")
        if kind == "error":
            return dict(event)
        if kind == "message_start" and isinstance(dig(event, "message"), Mapping):
            message |= dig(event, "message")
        elif kind == "content_block_start" and isinstance(dig(event, "content_block"), Mapping):
            blocks[str(dig(event, "index"))] = dict(dig(event, "content_block"))
        elif kind == "content_block_delta" and text_at(event, "delta", "text"):
            block = blocks.setdefault(str(dig(event, "index")), {"type": "text"})
            block["text"] = (text_at(block, "text") or "") + event["delta"]["text"]
        elif kind == "message_delta":
            message |= {key: value for key, value in _entries(event, "delta") if value is not None}
            message["usage"] = dict(_entries(message, "usage")) | dict(_entries(event, "usage"))
    if blocks:
        message["content"] = list(blocks.values())
    return message


def _entries(value: object, key: str) -> list[tuple[Any, Any]]:
    found = dig(value, key)
    return list(found.items()) if isinstance(found, Mapping) else []


def _is_content(block: object) -> bool:
    kind = text_at(block, "type")
    if kind == "text":
        return bool((text_at(block, "text") or "").strip())
    return kind is not None and (kind in _CONTENT or "tool" in kind)


def _without_content(body: Mapping[str, Any], known: dict[str, Any]) -> Finding:
    kinds = [text_at(block, "type") for block in items(body, "content")]
    new = next((kind for kind in kinds if kind not in _NOT_CONTENT), None)
    if new:
        return unknown(f"nothing but a block of type {new}", **{**known, "found_at": "/content"})
    return degraded(ReasonCode.EMPTY_OUTPUT, "the message has no content", **known)


def hops(body: object) -> tuple[Decline, ...]:
    """The declines that a fallback hid: its blocks tell, or else the attempts that were counted."""
    blocks = [block for block in items(body, "content") if dig(block, "type") == "fallback"]
    if blocks:
        return tuple(map(_hop, blocks))
    attempts = items(body, "usage", "iterations")
    served = [dig(attempt, "model") for attempt in attempts if dig(attempt, "type") == "fallback_message"]
    if not served:
        return ()
    tried = [text_at(attempt, "model") for attempt in attempts if dig(attempt, "type") == "message"]
    to_model = served[0] if isinstance(served[0], str) else None
    return tuple(Decline(model, to_model, ReasonCode.POLICY_VIOLATION) for model in tried)


def _hop(block: object) -> Decline:
    category = text_at(block, "trigger", "category")
    code = CATEGORIES.get(category or "", ReasonCode.POLICY_VIOLATION)
    return Decline(text_at(block, "from", "model"), text_at(block, "to", "model"), code, category)


def served_by_fallback(body: object) -> str | None:
    """Where it stands that a fallback answered. A turn routed straight to it has no block that says so."""
    for index, block in enumerate(items(body, "content")):
        if dig(block, "type") == "fallback":
            return pointer("content", index)
    for index, attempt in enumerate(items(body, "usage", "iterations")):
        if dig(attempt, "type") == "fallback_message":
            return pointer("usage", "iterations", index)
    return None


def _chain(hops: tuple[Decline, ...]) -> str:
    return "; ".join(f"{hop.from_model} declined ({hop.code}), {hop.to_model} answered" for hop in hops)


def _judge_error(received: Received) -> Finding:
    body = received.body
    error, at = (dig(body, "error"), "/error") if has(body, "error") else (body, "")
    kind = text_at(error, "type") or text_at(received.attributes, "type")
    code = text_at(error, "details", "error_code")
    message = text_at(error, "message") or received.message
    known: dict[str, Any] = {
        "error_code": code or kind,
        "found_at": f"{at}/details/error_code" if code else f"{at}/type",
    }
    if code == "organization_on_hold":
        appeal = text_at(error, "details", "appeal_url")
        return declined(ReasonCode.ACCOUNT_HOLD, f"{message} {appeal}" if appeal else message, **known)
    if kind == "invalid_request_error" and _FILTERED in (message or "").lower():
        return declined(ReasonCode.POLICY_VIOLATION, message, **{**known, "found_at": f"{at}/message"})
    if code in _ERROR_CODES:
        return failed(*_ERROR_CODES[code], message, **known)
    if code and code.startswith("cmek_"):
        is_down = received.http_status == 503 or kind == "api_error"
        return failed(ReasonCode.PROVIDER_ERROR if is_down else ReasonCode.CONFIG, is_down, message, **known)
    if kind in _ERROR_TYPES:
        return failed(*_ERROR_TYPES[kind], message, **known)
    return by_status(received, message, **known)


def _judge_session_error(received: Received) -> Finding:
    """An error within a session, which goes on as long as the provider itself retries."""
    retries = text_at(received.body, "error", "retry_status", "type")
    if retries == "retrying":
        return incomplete("the provider is retrying", found_at="/error/retry_status/type")
    finding = _judge_error(received)
    return replace(finding, retryable=False) if retries == "terminal" else finding


_IDLE_FAILURES: dict[str, Trouble] = {"retries_exhausted": Trouble(ReasonCode.PROVIDER_ERROR, False)}


def _judge_idle(body: Mapping[str, Any]) -> Finding:
    """Why an agent's session came to rest; its answer came in earlier events."""
    stop = text_at(body, "stop_reason", "type") or ""
    known: dict[str, Any] = {"stop_reason": stop, "found_at": "/stop_reason/type"}
    if stop == "refusal":
        details = dig(body, "stop_details") or dig(body, "stop_reason", "stop_details")
        return refused(details or dig(body, "stop_reason"), **known)
    if stop == "end_turn":
        return ok(**known)
    if stop == "requires_action":
        return incomplete("the session waits for an action", **known)
    if stop == "budget_reached":
        return degraded(ReasonCode.TRUNCATED, "the session's budget is used up", **known)
    if stop in _IDLE_FAILURES:
        return failed(*_IDLE_FAILURES[stop], "the session gave up after its retries", **known)
    return unknown(f"session stop reason {stop}", **known)
