"""Google Gemini: blocked prompts, candidates, errors, and the newer Interactions API."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refusals.codes import ReasonCode
from refusals.endings import Outcome
from refusals.signals.errors import by_status
from refusals.signals.openai import over_choices
from refusals.signals.paths import dig, entries, has, items, pointer, text_at, truthy
from refusals.signals.received import Received
from refusals.signals.signal import Facts, Finding, declined, degraded, failed, incomplete, ok, unknown
from refusals.statuses import Trouble
from refusals.stop_reasons import DECLINES, DEGRADES

_BLOCK_REASONS: dict[str, ReasonCode] = {
    "JAILBREAK": ReasonCode.JAILBREAK,
    "BLOCKLIST": ReasonCode.BLOCKLIST,
    "MODEL_ARMOR": ReasonCode.GUARDRAIL,
}
_HARM_CATEGORIES: dict[str, ReasonCode] = {
    "HARASSMENT": ReasonCode.HATE,
    "HATE_SPEECH": ReasonCode.HATE,
    "SEXUALLY_EXPLICIT": ReasonCode.SEXUAL,
    "DANGEROUS_CONTENT": ReasonCode.DANGEROUS,
    "JAILBREAK": ReasonCode.JAILBREAK,
    "IMAGE_HATE": ReasonCode.HATE,
    "IMAGE_HARASSMENT": ReasonCode.HATE,
    "IMAGE_SEXUALLY_EXPLICIT": ReasonCode.SEXUAL,
    "IMAGE_DANGEROUS_CONTENT": ReasonCode.DANGEROUS,
}
_ERROR_STATUSES: dict[str, Trouble] = {
    "INVALID_ARGUMENT": Trouble(ReasonCode.INVALID_REQUEST, False),
    "FAILED_PRECONDITION": Trouble(ReasonCode.INVALID_REQUEST, False),
    "NOT_FOUND": Trouble(ReasonCode.INVALID_REQUEST, False),
    "UNAUTHENTICATED": Trouble(ReasonCode.AUTH, False),
    "PERMISSION_DENIED": Trouble(ReasonCode.AUTH, False),
    "RESOURCE_EXHAUSTED": Trouble(ReasonCode.RATE_LIMIT, True),
    "CANCELLED": Trouble(ReasonCode.CANCELED, False),
    "INTERNAL": Trouble(ReasonCode.PROVIDER_ERROR, True),
    "UNAVAILABLE": Trouble(ReasonCode.OVERLOADED, True),
    "DEADLINE_EXCEEDED": Trouble(ReasonCode.TIMEOUT, True),
}
_FEEDBACK = frozenset(
    {
        "blockReason",
        "block_reason",
        "blockReasonMessage",
        "block_reason_message",
        "safetyRatings",
        "safety_ratings",
    }
)
_WAITING = frozenset({"in_progress", "queued", "requires_action", "requires_continuation"})


def judge(received: Received) -> Finding:
    """In the order: error, blocked prompt, candidates."""
    body = received.body
    if isinstance(dig(body, "error"), Mapping) or received.is_error_status or received.exception:
        return _judge_error(received)
    if not has(body, "candidates") and has(body, "steps"):
        return _judge_interaction(received)
    candidates = items(body, "candidates")
    block_reason = text_at(body, "promptFeedback", "blockReason")
    if not candidates and (block_reason or _causes(items(body, "promptFeedback", "safetyRatings"))):
        return _blocked_prompt(body, block_reason)
    if not candidates and _is_new_feedback(dig(body, "promptFeedback")):
        return unknown("feedback on the prompt that nobody knows", found_at="/promptFeedback")
    if not candidates:
        return degraded(ReasonCode.EMPTY_OUTPUT, "no candidates", found_at="/candidates")
    findings = [
        replace(finding, found_at=pointer("candidates", index) + finding.found_at)
        for index, candidate in enumerate(candidates)
        for finding in [_judge_candidate(candidate)]
    ]
    finding = over_choices(findings, text_at(body, "modelVersion"))
    if block_reason and finding.outcome is Outcome.OK:
        return unknown(
            f"an answer beside a blocked prompt: {block_reason}", found_at="/promptFeedback/blockReason"
        )
    return finding


def facts(body: object) -> Facts:
    """Answer (of the first candidate, without its thoughts), usage, serving model and response id."""
    usage = dig(body, "usageMetadata") or dig(body, "usage")
    parts = items(body, "candidates", 0, "content", "parts") or _step_parts(body)
    texts = [text_at(part, "text") or "" for part in parts if not truthy(dig(part, "thought"))]
    return Facts(
        text="".join(texts) or None,
        usage=usage if isinstance(usage, Mapping) else {},
        model=text_at(body, "modelVersion") or text_at(body, "model"),
        request_id=text_at(body, "responseId"),
    )


def assemble(chunks: list[Any]) -> dict[str, Any]:
    """The answer that a stream's chunks amount to: parts strung together, the last finish reason kept."""
    whole: dict[str, Any] = {}
    candidates: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        if dig(chunk, "error"):
            return dict(chunk)
        for key in ("promptFeedback", "modelVersion", "responseId", "usageMetadata"):
            if dig(chunk, key):
                whole[key] = dig(chunk, key)
        for part in items(chunk, "candidates"):
            index = dig(part, "index")
            index = index if isinstance(index, int) else 0
            candidate = candidates.setdefault(index, {"index": index, "content": {"parts": []}})
            candidate["content"]["parts"] += items(part, "content", "parts")
            for key in ("finishReason", "finishMessage", "safetyRatings"):
                if dig(part, key):
                    candidate[key] = dig(part, key)
    return whole | {"candidates": list(candidates.values())}


def _is_new_feedback(feedback: object) -> bool:
    return any(key not in _FEEDBACK and value for key, value in entries(feedback))


def _blocked_prompt(body: object, block_reason: str | None) -> Finding:
    # Whatever its reason, known or not, a blocked prompt is an explicit refusal.
    code = _BLOCK_REASONS.get((block_reason or "").upper(), ReasonCode.POLICY_VIOLATION)
    code, category = _refine(code, items(body, "promptFeedback", "safetyRatings"))
    return declined(
        code,
        text_at(body, "promptFeedback", "blockReasonMessage")
        or f"prompt blocked: {block_reason or category}",
        stop_reason=block_reason,
        category=category,
        found_at="/promptFeedback/blockReason",
    )


def _judge_candidate(candidate: object) -> Finding:
    finish = text_at(candidate, "finishReason")
    known: dict[str, Any] = {"stop_reason": finish, "found_at": "/finishReason"}
    if finish is None:
        return incomplete("still generating", **known)
    folded = finish.lower()
    detail = text_at(candidate, "finishMessage") or f"finish reason {finish}"
    if folded in DECLINES:
        code, category = _refine(DECLINES[folded], items(candidate, "safetyRatings"))
        return declined(code, detail, category=category, **known)
    if folded in DEGRADES:
        return degraded(DEGRADES[folded], detail, **known)
    if folded == "continuation":
        return incomplete("the answer goes on with a continuation token", **known)
    if folded != "stop":
        return unknown(detail, **known)
    causes = _causes(items(candidate, "safetyRatings"))
    if causes:
        return unknown(f"a natural end, and blocked: {causes[0]}", **{**known, "found_at": "/safetyRatings"})
    parts = items(candidate, "content", "parts")
    if any(dig(part, "functionCall") for part in parts):
        return incomplete("waits for a function call", **known)
    if not any(_is_content(part) for part in parts):
        return degraded(ReasonCode.EMPTY_OUTPUT, "the candidate has no content", **known)
    return ok(**known)


def _refine(code: ReasonCode, ratings: list[Any]) -> tuple[ReasonCode, str | None]:
    """A general code narrowed by the rating that was the cause."""
    category = next(iter(_causes(ratings)), None)
    if code is not ReasonCode.POLICY_VIOLATION or category is None:
        return code, category
    return _HARM_CATEGORIES.get(category.upper().removeprefix("HARM_CATEGORY_"), code), category


def _causes(ratings: list[Any]) -> list[str]:
    return [text_at(rating, "category") or "" for rating in ratings if truthy(dig(rating, "blocked"))]


def _is_content(part: object) -> bool:
    if truthy(dig(part, "thought")):
        return False
    text = text_at(part, "text")
    return bool(text and text.strip()) or any(
        dig(part, key) for key in ("inlineData", "fileData", "executableCode", "codeExecutionResult")
    )


def _judge_error(received: Received) -> Finding:
    body = received.body
    error, at = (dig(body, "error"), "/error") if isinstance(dig(body, "error"), Mapping) else (body, "")
    status = text_at(error, "status") or ""
    number = dig(error, "code")
    message = text_at(error, "message") or received.message
    known: dict[str, Any] = {"error_code": status or None, "found_at": f"{at}/status" if status else at}
    if status in _ERROR_STATUSES:
        return failed(*_ERROR_STATUSES[status], message, **known)
    if isinstance(number, int) and not received.is_error_status:
        received = replace(received, http_status=number)
    if received.http_status == 503:
        return failed(ReasonCode.OVERLOADED, True, message, **known)
    return by_status(received, message, **known)


def _step_parts(body: object) -> list[Any]:
    steps = [step for step in items(body, "steps") if dig(step, "type") == "model_output"]
    return [part for step in steps for part in items(step, "content")]


def _judge_interaction(received: Received) -> Finding:
    """An interaction by its status; no typed safety field is known for it."""
    body = received.body
    status = text_at(body, "status")
    known: dict[str, Any] = {"stop_reason": status, "found_at": "/status"}
    if status == "failed":
        errors = [dig(step, "error") for step in items(body, "steps") if dig(step, "error")]
        return _judge_error(replace(received, body={"error": next(iter(errors), None)}))
    if status == "cancelled":
        return failed(ReasonCode.CANCELED, False, "the interaction was cancelled", **known)
    if status in _WAITING:
        return incomplete(f"status {status}", **known)
    if status in ("incomplete", "budget_exceeded"):
        return degraded(ReasonCode.TRUNCATED, f"status {status}", **known)
    if status != "completed":
        return unknown(f"status {status}", **known)
    if not any((text_at(part, "text") or "").strip() for part in _step_parts(body)):
        return degraded(ReasonCode.EMPTY_OUTPUT, "the interaction has no output", **known)
    return ok(**known)
