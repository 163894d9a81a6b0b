"""OpenAI's Chat Completions and their errors, with what Azure and LiteLLM add to them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refusals.codes import ReasonCode
from refusals.endings import Outcome
from refusals.signals import azure, litellm
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
from refusals.statuses import Trouble, trouble_of

DECLINING_CODES: dict[str, ReasonCode] = {
    "content_policy_violation": ReasonCode.POLICY_VIOLATION,
    "moderation_blocked": ReasonCode.POLICY_VIOLATION,
    "image_content_policy_violation": ReasonCode.POLICY_VIOLATION,
    "cyber_policy": ReasonCode.CYBER,
    "bio_policy": ReasonCode.BIO,
    "misalignment_policy_violation": ReasonCode.MISALIGNED_ACTION,
    "content_filter": ReasonCode.POLICY_VIOLATION,
}
_FAILING_CODES: dict[str, Trouble] = {
    "insufficient_quota": Trouble(ReasonCode.BILLING, False),
    "billing_hard_limit_reached": Trouble(ReasonCode.BILLING, False),
    "rate_limit_exceeded": Trouble(ReasonCode.RATE_LIMIT, True),
    "server_error": Trouble(ReasonCode.PROVIDER_ERROR, True),
    "vector_store_timeout": Trouble(ReasonCode.TIMEOUT, True),
    "data_residency_mismatch": Trouble(ReasonCode.CONFIG, False),
    "invalid_prompt": Trouble(ReasonCode.INVALID_REQUEST, False),
    "invalid_api_key": Trouble(ReasonCode.AUTH, False),
    "model_not_found": Trouble(ReasonCode.INVALID_REQUEST, False),
    "context_length_exceeded": Trouble(ReasonCode.INVALID_REQUEST, False),
    "batch_expired": Trouble(ReasonCode.EXPIRED, False),
    "batch_cancelled": Trouble(ReasonCode.CANCELED, False),
    "authentication_error": Trouble(ReasonCode.AUTH, False),
    "invalid_request_error": Trouble(ReasonCode.INVALID_REQUEST, False),
}
# A message match, since `invalid_prompt` alone does not say which kind it is.
_SAFETY_WORDS = ("flagged as potentially violating", "limited access to this content for safety")
_EXFILTRATION = ("potentially_unintended_data_transfer", "potentially_unintended_data_access")


def judge(received: Received) -> Finding:
    """The ending of a chat completion, over all its choices."""
    body = received.body
    if has(body, "error") and dig(body, "error") is not None:
        return judge_error(received)
    blocked = litellm.guardrail(body)
    if blocked:
        return blocked
    if not isinstance(dig(body, "choices"), list | tuple):
        return unknown("a chat completion without choices")
    findings = [
        replace(finding, found_at=pointer("choices", index) + finding.found_at)
        for index, choice in enumerate(items(body, "choices"))
        for finding in [_judge_choice(choice)]
    ]
    finding = over_choices(findings, text_at(body, "model"))
    if finding.outcome is Outcome.OK and azure.unfiltered_prompt(body):
        return degraded(
            ReasonCode.UNFILTERED, "the prompt was not filtered", found_at="/prompt_filter_results"
        )
    return finding


def over_choices(findings: list[Finding], model: str | None) -> Finding:
    """One finding for all choices: declined if all are; degraded if one is, or is not well otherwise."""
    if not findings:
        return degraded(ReasonCode.EMPTY_OUTPUT, "no choices")
    refused = [finding for finding in findings if finding.outcome is Outcome.DECLINED]
    if len(refused) == len(findings):
        return refused[0]
    if refused:
        declines = tuple(
            Decline(model, None, finding.code or ReasonCode.POLICY_VIOLATION, finding.category)
            for finding in refused
        )
        detail = f"{len(refused)} of {len(findings)} choices declined"
        return replace(refused[0], outcome=Outcome.DEGRADED, detail=detail, hops=declines)
    return next((finding for finding in findings if finding.outcome is not Outcome.OK), findings[0])


def facts(body: object) -> Facts:
    """Answer (of the first choice), usage and serving model of a chat completion."""
    usage = dig(body, "usage")
    content = dig(body, "choices", 0, "message", "content")
    parts = [text_at(part, "text") or "" for part in content] if isinstance(content, list) else []
    return Facts(
        text=content if isinstance(content, str) else "".join(parts) or None,
        usage=usage if isinstance(usage, Mapping) else {},
        model=text_at(body, "model"),
        request_id=text_at(body, "request_id") or text_at(body, "_request_id"),
    )


def assemble(chunks: list[Any]) -> dict[str, Any]:
    """The completion that a stream's chunks amount to. A choice cut off keeps no finish reason."""
    choices: dict[int, dict[str, Any]] = {}
    whole: dict[str, Any] = {"object": "chat.completion"}
    for chunk in chunks:
        if has(chunk, "error") and dig(chunk, "error") is not None:
            return dict(chunk)
        kept = ("id", "model", "usage", "prompt_filter_results")
        whole |= {key: chunk[key] for key in kept if isinstance(chunk, Mapping) and chunk.get(key)}
        for part in items(chunk, "choices"):
            index = dig(part, "index")
            index = index if isinstance(index, int) else 0
            choice = choices.setdefault(index, {"index": index, "finish_reason": None, "message": {}})
            _add_delta(choice, part)
    whole["choices"] = [choices[index] for index in sorted(choices)]
    return whole | {"streamed": True}


def _add_delta(choice: dict[str, Any], part: object) -> None:
    message = choice["message"]
    for key in ("content", "refusal"):
        more = text_at(part, "delta", key)
        if more:
            message[key] = message.get(key, "") + more
    for key in ("tool_calls", "function_call", "audio", "provider_specific_fields"):
        if dig(part, "delta", key):
            message[key] = dig(part, "delta", key)
    for key in ("finish_reason", "content_filter_results"):
        if dig(part, key):
            choice[key] = dig(part, key)
    choice["streamed"] = True


def _judge_choice(choice: object) -> Finding:
    """In the order: refusal, filter, cut off, waiting, empty, unfiltered, ok."""
    finish = dig(choice, "finish_reason")
    known: dict[str, Any] = {
        "stop_reason": finish if isinstance(finish, str) else None,
        "found_at": "/finish_reason",
    }
    raw = litellm.raw_stop(choice)
    if raw:
        return raw
    refusal = dig(choice, "message", "refusal") or _refusal_part(choice)
    if refusal and not isinstance(refusal, str):
        return unknown("a refusal that is no text", **{**known, "found_at": "/message/refusal"})
    if refusal and refusal.strip():
        return declined(ReasonCode.MODEL_REFUSAL, refusal, **{**known, "found_at": "/message/refusal"})
    results = dig(choice, "content_filter_results")
    category = azure.filtered_category(results)
    if category:
        found_at = pointer("content_filter_results", category)
        return declined(
            azure.code_of(category), category, category=category, **{**known, "found_at": found_at}
        )
    if finish == "content_filter":
        return declined(ReasonCode.POLICY_VIOLATION, "finish reason content_filter", **known)
    if finish == "length":
        return degraded(ReasonCode.TRUNCATED, "finish reason length", **known)
    if finish in ("tool_calls", "function_call"):
        return incomplete(f"finish reason {finish}", **known)
    if finish != "stop":
        return _without_finish(choice, finish, known)
    if not _has_content(dig(choice, "message")):
        return degraded(ReasonCode.EMPTY_OUTPUT, "the message has no content", **known)
    if azure.did_not_run(results):
        found_at = "/content_filter_results/error"
        return degraded(
            ReasonCode.UNFILTERED, "the content filter did not run", **{**known, "found_at": found_at}
        )
    return ok(**known)


def _refusal_part(choice: object) -> str | None:
    parts = items(choice, "message", "content")
    return next((text_at(part, "refusal") for part in parts if dig(part, "type") == "refusal"), None)


def _without_finish(choice: object, finish: object, known: dict[str, Any]) -> Finding:
    if finish is None and dig(choice, "streamed"):
        return failed(ReasonCode.NETWORK, True, "the stream broke before the model stopped", **known)
    return unknown(f"finish reason {finish}" if isinstance(finish, str) else "no finish reason", **known)


def _has_content(message: object) -> bool:
    content = dig(message, "content")
    if isinstance(content, str) and content.strip():
        return True
    if isinstance(content, list) and any(text_at(part, "text") or dig(part, "image_url") for part in content):
        return True
    return any(dig(message, key) for key in ("tool_calls", "function_call", "audio", "images"))


def judge_error(received: Received) -> Finding:
    """An error body, whole or only its inner object, as SDK exceptions show it."""
    body = received.body
    error, at = (dig(body, "error"), "/error") if has(body, "error") else (body, "")
    code, kind = text_at(error, "code"), text_at(error, "type")
    message = text_at(error, "message") or (error if isinstance(error, str) else None) or received.message
    known: dict[str, Any] = {"error_code": code or kind, "found_at": f"{at}/code" if code else at}
    verdict = _declining(error, code or kind, message, known)
    if verdict:
        return verdict
    for name in (code, kind):
        if name in _FAILING_CODES:
            is_general = name == "invalid_request_error" and received.is_error_status
            if not is_general:
                return failed(*_FAILING_CODES[name], message, **known)
    if code and code.isdigit() and not received.is_error_status:  # gateways put the status here
        trouble = trouble_of(code)
        if trouble:
            return failed(*trouble, message, **known)
    return by_status(received, message, **known)


def _declining(error: object, code: str | None, message: str | None, known: dict[str, Any]) -> Finding | None:
    if code == "invalid_prompt" and any(words in (message or "").lower() for words in _SAFETY_WORDS):
        return declined(ReasonCode.POLICY_VIOLATION, message, **known)
    inner = text_at(error, "innererror", "code")
    if code == "content_filter" or inner == "ResponsibleAIPolicyViolation":
        results = dig(error, "innererror", "content_filter_result")
        category = azure.filtered_category(results or dig(error, "innererror", "content_filter_results"))
        return declined(azure.code_of(category), message, category=category, **known)
    if code not in DECLINING_CODES:
        return None
    category = text_at(error, "misalignment", "error_type")
    declining = ReasonCode.DATA_EXFIL if category in _EXFILTRATION else DECLINING_CODES[code]
    detail = text_at(error, "misalignment", "detailed_explanation") or message
    return declined(declining, detail, category=category, **known)
