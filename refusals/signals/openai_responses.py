"""OpenAI's Responses API, and the filters that Azure adds to it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refusals.codes import ReasonCode
from refusals.signals import azure
from refusals.signals.openai import judge_error
from refusals.signals.paths import dig, items, pointer, text_at, truthy
from refusals.signals.received import Received
from refusals.signals.signal import Facts, Finding, declined, degraded, failed, incomplete, ok, unknown

# Items that the client has to act upon, as against tools that run at the provider.
_CLIENT_CALLS = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "computer_call",
        "local_shell_call",
        "shell_call",
        "apply_patch_call",
        "mcp_approval_request",
    }
)
# Items that are no answer, and wait for nobody. One that stands in neither list is new.
_BY_THE_WAY = frozenset(
    {
        "message",
        "reasoning",
        "compaction",
        "web_search_call",
        "file_search_call",
        "code_interpreter_call",
        "image_generation_call",
        "mcp_call",
        "mcp_list_tools",
        "tool_search_call",
        "tool_search_output",
    }
)
_TEXTS = frozenset({"output_text", "text"})
_CUT_OFF = frozenset({"max_output_tokens", "max_messages"})


def judge(received: Received) -> Finding:
    """In the order: refusal, filter, failure, cut off, waiting, empty, ok."""
    body = received.body
    status = text_at(body, "status")
    known: dict[str, Any] = {"stop_reason": status, "found_at": "/status"}
    refused = _refusal(body, known) or _filtered(body, known)
    if refused:
        return refused
    if status == "failed" or isinstance(dig(body, "error"), Mapping):
        return replace(judge_error(received), stop_reason=status)
    if status == "incomplete":
        return _incomplete(body)
    if status == "cancelled":
        return failed(ReasonCode.CANCELED, False, "the response was cancelled", **known)
    if status in ("queued", "in_progress"):
        return incomplete(f"status {status}", **known)
    if status != "completed":
        return unknown(f"status {status}", **known)
    if text_at(body, "incomplete_details", "reason"):
        return _incomplete(body)
    return _completed(body, known)


def facts(body: object) -> Facts:
    """Answer, usage and serving model of a response."""
    usage = dig(body, "usage")
    texts = [text_at(part, "text") or "" for _, _, part in _parts(body)]
    return Facts(
        text="".join(texts) or None,
        usage=usage if isinstance(usage, Mapping) else {},
        model=text_at(body, "model"),
        request_id=text_at(body, "request_id") or text_at(body, "_request_id"),
    )


def assemble(events: list[Any]) -> dict[str, Any]:
    """The response that a stream's last event carries. Without an end it counts as broken off."""
    latest: dict[str, Any] = {}
    for event in events:
        kind = text_at(event, "type")
        if kind == "error":
            return {"error": dig(event, "error") or dict(event)}
        if isinstance(dig(event, "response"), Mapping):
            latest = dict(dig(event, "response"))
            if kind in ("response.completed", "response.failed", "response.incomplete", "response.cancelled"):
                return latest
    broken = {"code": "server_error", "message": "the stream broke before the response ended"}
    return latest | {"object": "response", "status": "failed", "error": broken}


def _parts(body: object) -> list[tuple[int, int, Any]]:
    return [
        (index, place, part)
        for index, item in enumerate(items(body, "output"))
        if dig(item, "type") == "message"
        for place, part in enumerate(items(item, "content"))
    ]


def _refusal(body: object, known: dict[str, Any]) -> Finding | None:
    for index, place, part in _parts(body):
        if dig(part, "type") == "refusal":
            found_at = pointer("output", index, "content", place, "refusal")
            words = text_at(part, "refusal")
            return declined(ReasonCode.MODEL_REFUSAL, words, **{**known, "found_at": found_at})
    return None


def _filtered(body: object, known: dict[str, Any]) -> Finding | None:
    for index, report in enumerate(items(body, "content_filters")):
        if truthy(dig(report, "blocked")):
            category = azure.filtered_category(dig(report, "content_filter_results"))
            found_at = pointer("content_filters", index)
            detail = category or text_at(report, "source_type")
            known = {**known, "found_at": found_at, "category": category}
            return declined(azure.code_of(category), detail, **known)
    return None


def _incomplete(body: object) -> Finding:
    reason = text_at(body, "incomplete_details", "reason") or ""
    known: dict[str, Any] = {"stop_reason": reason or "incomplete", "found_at": "/incomplete_details/reason"}
    if reason == "content_filter":
        return declined(ReasonCode.POLICY_VIOLATION, "incomplete: content_filter", **known)
    if reason in _CUT_OFF:
        return degraded(ReasonCode.TRUNCATED, f"incomplete: {reason}", **known)
    if reason == "steered":
        return incomplete("another response follows", **known)
    return unknown(f"incomplete: {reason or 'no reason given'}", **known)


def _completed(body: object, known: dict[str, Any]) -> Finding:
    for index, item in enumerate(items(body, "output")):
        found_at = pointer("output", index)
        if items(item, "pending_safety_checks"):
            check = items(item, "pending_safety_checks")[0]
            return degraded(
                ReasonCode.UNVERIFIED_TOOL,
                text_at(check, "message") or "an action waits to be acknowledged",
                terminal=False,
                **{
                    **known,
                    "found_at": f"{found_at}/pending_safety_checks",
                    "category": text_at(check, "code"),
                },
            )
        if text_at(item, "type") in _CLIENT_CALLS:
            return incomplete(f"waits for {dig(item, 'type')}", **{**known, "found_at": found_at})
    has_text = any(
        text_at(part, "type") in _TEXTS and (text_at(part, "text") or "").strip()
        for _, _, part in _parts(body)
    )
    has_image = any(
        dig(item, "type") == "image_generation_call" and dig(item, "result") for item in items(body, "output")
    )
    if not has_text and not has_image:
        new = _new_kind(body)
        if new:
            return unknown(f"nothing but a {new}", **{**known, "found_at": "/output"})
        return degraded(ReasonCode.EMPTY_OUTPUT, "the response has no content", **known)
    results = [dig(report, "content_filter_results") for report in items(body, "content_filters")]
    if any(azure.did_not_run(result) for result in results):
        return degraded(ReasonCode.UNFILTERED, "the content filter did not run", **known)
    return ok(**known)


def _new_kind(body: object) -> str | None:
    """The type of an item, or of a part of a message, that nobody knows."""
    kinds = [text_at(item, "type") for item in items(body, "output")]
    parts = [text_at(part, "type") for _, _, part in _parts(body)]
    new = [kind for kind in kinds if kind not in _BY_THE_WAY] + [kind for kind in parts if kind not in _TEXTS]
    return next(filter(None, new), None)
