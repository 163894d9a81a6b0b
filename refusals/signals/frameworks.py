"""Frameworks around a model: LangChain's messages, NeMo Guardrails' results, Guardrails AI's validations."""

from dataclasses import replace
from typing import Any

from refusals.codes import ReasonCode
from refusals.signals import anthropic, openai
from refusals.signals.paths import dig, has, items, text_at, truthy
from refusals.signals.received import Received
from refusals.signals.signal import Facts, Finding, declined, degraded, ok, unknown

_RAIL_STATUSES = frozenset({"passed", "modified", "blocked"})


def is_langchain(body: object) -> bool:
    """Whether a body is a LangChain message, which keeps the provider's fields in `response_metadata`."""
    return has(body, "response_metadata") and has(body, "content")


def is_nemo(body: object) -> bool:
    """Whether a body is a result of NeMo Guardrails that tells what its rails did; by default it does not."""
    return (
        isinstance(dig(body, "log", "activated_rails"), list)
        or (text_at(body, "status") in _RAIL_STATUSES and has(body, "rail"))
        or _rail_exception(body) is not None
    )


def is_validation(body: object) -> bool:
    """Whether a body is a validation outcome of Guardrails AI."""
    return has(body, "validationPassed")


def judge_langchain(received: Received) -> Finding:
    """By the provider's own fields, as LangChain kept them."""
    body = received.body
    metadata = dig(body, "response_metadata")
    content = dig(body, "content")
    if has(metadata, "stop_reason"):
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        told = {"stop_reason": dig(metadata, "stop_reason"), "stop_details": dig(metadata, "stop_details")}
        finding = anthropic.judge_message({"content": blocks, "usage": dig(metadata, "usage"), **told})
        return replace(finding, found_at="/response_metadata/stop_reason")
    refusal = text_at(body, "additional_kwargs", "refusal") or _refusal_block(content)
    message = {"content": content, "refusal": refusal, "tool_calls": dig(body, "tool_calls")}
    finish = dig(metadata, "finish_reason")
    choice = {"message": message, "finish_reason": finish.lower() if isinstance(finish, str) else finish}
    finding = openai.judge(Received({"choices": [choice]}))
    found_at = "/additional_kwargs/refusal" if refusal else "/response_metadata/finish_reason"
    return replace(finding, found_at=found_at)


def judge_nemo(received: Received) -> Finding:
    """A rail that stopped the answer declined it; canned text alone would tell nothing."""
    body = received.body
    raised = _rail_exception(body)
    if raised:
        return declined(ReasonCode.GUARDRAIL, raised, category=raised, found_at="/content/type")
    status = text_at(body, "status")
    rails = items(body, "log", "activated_rails")
    stopping = next((rail for rail in rails if truthy(dig(rail, "stop"))), None)
    known: dict[str, Any] = {
        "stop_reason": status,
        "found_at": "/status" if status else "/log/activated_rails",
    }
    if status == "blocked" or stopping is not None:
        rail = text_at(stopping, "name") or text_at(body, "rail")
        return declined(ReasonCode.GUARDRAIL, rail, category=rail, **known)
    if status == "modified":
        return degraded(ReasonCode.MASKED_OUTPUT, text_at(body, "rail"), **known)
    if not (facts(body).text or "").strip():
        return degraded(ReasonCode.EMPTY_OUTPUT, "the rails' answer is empty", **known)
    return ok(**known)


def _rail_exception(body: object) -> str | None:
    """The exception that a rail gave in the place of an answer, if it was told to."""
    turns = [body, *items(body, "response")]
    kinds = [text_at(turn, "content", "type") or "" for turn in turns if dig(turn, "role") == "exception"]
    return next((kind for kind in kinds if kind.endswith("RailException")), None)


def judge_validation(received: Received) -> Finding:
    """Validators mostly check format: what fails them is an integrity failure, no safety finding."""
    body = received.body
    passed = dig(body, "validationPassed")
    known: dict[str, Any] = {"stop_reason": str(passed).lower(), "found_at": "/validationPassed"}
    if not isinstance(passed, bool):
        return unknown("a validation that neither passed nor failed", **known)
    if not passed:
        failures = [text_at(summary, "failureReason") for summary in items(body, "validationSummaries")]
        reasons = "; ".join(filter(None, failures)) or text_at(body, "error")
        return declined(ReasonCode.INTEGRITY_FAILURE, reasons, **known)
    raw, validated = dig(body, "rawLlmOutput"), dig(body, "validatedOutput")
    if not validated:
        return degraded(ReasonCode.EMPTY_OUTPUT, "the validated output is empty", **known)
    if isinstance(raw, str) and isinstance(validated, str) and raw != validated:
        return degraded(ReasonCode.MASKED_OUTPUT, "a validator changed the output", **known)
    return ok(**known)


def facts(body: object) -> Facts:
    """Answer, usage and serving model, where a framework tells them."""
    content = dig(body, "content")
    parts = content if isinstance(content, list) else items(body, "response")
    texts = [text_at(part, "text") or text_at(part, "content") or "" for part in parts]
    usage = dig(body, "usageMetadata")
    answers = (content, dig(body, "validatedOutput"), dig(body, "response"), "".join(texts))
    return Facts(
        text=next((answer for answer in answers if isinstance(answer, str) and answer), None),
        usage=usage if isinstance(usage, dict) else {},
        model=text_at(body, "response_metadata", "model_name") or text_at(body, "response_metadata", "model"),
    )


def _refusal_block(content: object) -> str | None:
    blocks = content if isinstance(content, list) else []
    return next((text_at(block, "refusal") for block in blocks if dig(block, "type") == "refusal"), None)
