"""AWS Bedrock: Converse, InvokeModel and ApplyGuardrail, their guardrails' traces, and their exceptions.

The visible text of a blocked answer is the guardrail's own sentence: text is no evidence of success here.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from refusals.codes import ReasonCode
from refusals.signals import anthropic
from refusals.signals.errors import FAILING_EXCEPTIONS, by_status
from refusals.signals.paths import dig, entries, has, items, text_at, walk
from refusals.signals.received import Received
from refusals.signals.signal import Facts, Finding, declined, degraded, failed, incomplete, ok, unknown
from refusals.stop_reasons import DEGRADES

GUARDRAIL_ACTION, TRACE = "amazon-bedrock-guardrailAction", "amazon-bedrock-trace"

_CONTENT_FILTERS: dict[str, ReasonCode] = {
    "PROMPT_ATTACK": ReasonCode.JAILBREAK,
    "HATE": ReasonCode.HATE,
    "INSULTS": ReasonCode.HATE,
    "SEXUAL": ReasonCode.SEXUAL,
    "VIOLENCE": ReasonCode.VIOLENCE,
    "MISCONDUCT": ReasonCode.GENERAL_HARMS,
}
# Where several block, the first of these gives the code.
_ORDER = (
    ReasonCode.JAILBREAK,
    ReasonCode.HATE,
    ReasonCode.SEXUAL,
    ReasonCode.VIOLENCE,
    ReasonCode.GENERAL_HARMS,
    ReasonCode.DENIED_TOPIC,
    ReasonCode.BLOCKLIST,
    ReasonCode.PII,
    ReasonCode.INTEGRITY_FAILURE,
    ReasonCode.GUARDRAIL,
)
# Policy, its list, the code, and the field that names an entry; never `match`, the text itself.
_POLICIES: tuple[tuple[str, str, ReasonCode | None, str], ...] = (
    ("contentPolicy", "filters", None, "type"),
    ("topicPolicy", "topics", ReasonCode.DENIED_TOPIC, "name"),
    ("wordPolicy", "customWords", ReasonCode.BLOCKLIST, "type"),
    ("wordPolicy", "managedWordLists", ReasonCode.BLOCKLIST, "type"),
    ("sensitiveInformationPolicy", "piiEntities", ReasonCode.PII, "type"),
    ("sensitiveInformationPolicy", "regexes", ReasonCode.PII, "name"),
    ("contextualGroundingPolicy", "filters", ReasonCode.INTEGRITY_FAILURE, "type"),
)
_LISTS: frozenset[str | int] = frozenset(policy for policy, *_ in _POLICIES)
_KNOWN_ACTIONS = frozenset({"BLOCKED", "ANONYMIZED", "NONE"})
_NATURAL = frozenset({"end_turn", "stop_sequence"})


class _Action(NamedTuple):
    action: str
    code: ReasonCode
    name: str


def judge(received: Received) -> Finding:
    """In the order: error, guardrail, then what the model said itself."""
    body = received.body
    if received.is_error_status or received.exception or _exception_name(received):
        return _judge_error(received)
    action = text_at(body, GUARDRAIL_ACTION)
    if action not in (None, "NONE", "INTERVENED"):
        return unknown(f"guardrail action {action}", stop_reason=action, found_at=f"/{GUARDRAIL_ACTION}")
    if action == "INTERVENED":
        return _intervened(dig(body, TRACE), f"/{GUARDRAIL_ACTION}", "INTERVENED")
    if text_at(body, "action") and has(body, "assessments"):
        return _judge_apply_guardrail(body)
    if has(body, "stop_reason"):  # InvokeModel answers in the model's own form
        return anthropic.judge(received)
    return _judge_converse(body)


def facts(body: object) -> Facts:
    """Answer and usage of a Converse answer; of the model's own form where InvokeModel was used."""
    if has(body, "stop_reason"):
        return anthropic.facts(body)
    parts = items(body, "output", "message", "content") or items(body, "outputs")
    usage = dig(body, "usage")
    return Facts(
        text="".join(text_at(part, "text") or "" for part in parts) or None,
        usage=usage if isinstance(usage, Mapping) else {},
        model=text_at(body, "trace", "promptRouter", "invokedModelId"),
        request_id=text_at(body, "ResponseMetadata", "RequestId"),
    )


def assemble(events: list[Any]) -> dict[str, Any]:
    """The Converse answer that a stream's events amount to; an exception among them is its ending."""
    texts: list[str] = []
    whole: dict[str, Any] = {}
    for event in events:
        name = next((key for key, _ in entries(event) if key.endswith("Exception")), None)
        if name:
            return {"__type": name[:1].upper() + name[1:], "message": text_at(event, name, "message")}
        texts.append(text_at(event, "contentBlockDelta", "delta", "text") or "")
        if isinstance(dig(event, "messageStop"), Mapping):
            whole |= dig(event, "messageStop")
        if isinstance(dig(event, "metadata"), Mapping):
            whole |= dig(event, "metadata")
    broken = {"__type": "ModelStreamBroken", "message": "the stream broke before the model stopped"}
    if not has(whole, "stopReason"):
        return broken
    return whole | {"output": {"message": {"content": [{"text": "".join(texts)}]}}}


def _judge_converse(body: object) -> Finding:
    stop = text_at(body, "stopReason")
    known: dict[str, Any] = {"stop_reason": stop, "found_at": "/stopReason"}
    native = dig(body, "additionalModelResponseFields")
    if dig(native, "stop_reason") == "refusal":
        return anthropic.refused(dig(native, "stop_details"), **known)
    trace = dig(body, "trace", "guardrail")
    if stop == "guardrail_intervened":
        return _intervened(trace, "/stopReason", stop)
    actions = _actions(trace)
    if any(action.action == "BLOCKED" for action in actions):
        return _intervened(trace, "/trace/guardrail", stop)
    if stop == "content_filtered":
        return declined(ReasonCode.POLICY_VIOLATION, "stop reason content_filtered", **known)
    if any(action.action == "ANONYMIZED" for action in actions):
        return _intervened(trace, "/trace/guardrail", stop)
    new = next((action.action for action in actions if action.action not in _KNOWN_ACTIONS), None)
    if new:
        return unknown(f"guardrail action {new}", **{**known, "found_at": "/trace/guardrail"})
    if stop in DEGRADES:
        return degraded(DEGRADES[stop], f"stop reason {stop}", **known)
    if stop == "tool_use":
        return incomplete("stop reason tool_use", **known)
    if stop not in _NATURAL:
        return unknown(f"stop reason {stop}" if stop else "no stop reason", **known)
    own = text_at(native, "stop_reason")
    if own and own not in _NATURAL:
        return unknown(f"stop reason {own} of the model itself", **known)
    if not any(_is_content(part) for part in items(body, "output", "message", "content")):
        return degraded(ReasonCode.EMPTY_OUTPUT, "the message has no content", **known)
    return ok(**known)


def _is_content(part: object) -> bool:
    if (text_at(part, "text") or "").strip():
        return True
    return any(key not in ("text", "reasoningContent", "cachePoint") for key, value in entries(part) if value)


def _judge_apply_guardrail(body: object) -> Finding:
    action = text_at(body, "action")
    if action == "GUARDRAIL_INTERVENED":
        return _intervened(dig(body, "assessments"), "/action", action)
    acted = [acted for acted in _actions(dig(body, "assessments")) if acted.action != "NONE"]
    if action == "NONE" and not acted:
        return ok(stop_reason=action, found_at="/action")
    return unknown(f"guardrail action {action}", stop_reason=action, found_at="/action")


def _intervened(trace: object, found_at: str, stop: str | None) -> Finding:
    """A guardrail stepped in: its actions, not the stop reason, say whether it blocked or only masked."""
    actions = _actions(trace)
    blocked = sorted(
        (action for action in actions if action.action == "BLOCKED"),
        key=lambda action: _ORDER.index(action.code),
    )
    if blocked:
        names = list(dict.fromkeys(action.name for action in blocked))
        return declined(
            blocked[0].code, ", ".join(names), category=names[0], stop_reason=stop, found_at=found_at
        )
    masked = list(dict.fromkeys(action.name for action in actions if action.action == "ANONYMIZED"))
    if masked:
        detail = f"masked: {', '.join(masked)}"
        return degraded(ReasonCode.MASKED_OUTPUT, detail, stop_reason=stop, found_at=found_at)
    reasoned = any(items(found, "automatedReasoningPolicy", "findings") for _, found in walk(trace))
    code = ReasonCode.INTEGRITY_FAILURE if reasoned else ReasonCode.GUARDRAIL
    return declined(code, "a guardrail intervened", stop_reason=stop, found_at=found_at)


def _actions(trace: object) -> list[_Action]:
    """What every policy in a trace did, wherever its assessment stands; of new ones the action alone is known."""
    known = [
        _Action(
            text_at(entry, "action") or "NONE", code or _content_code(entry), text_at(entry, name) or policy
        )
        for _, assessment in walk(trace)
        for policy, entries_at, code, name in _POLICIES
        for entry in items(assessment, policy, entries_at)
    ]
    new = [
        _Action(str(found["action"]), ReasonCode.GUARDRAIL, text_at(found, "type") or str(path[-2]))
        for path, found in walk(trace)
        if text_at(found, "action") and len(path) > 1 and not _LISTS.intersection(path)
    ]
    return known + new


def _content_code(entry: object) -> ReasonCode:
    return _CONTENT_FILTERS.get(text_at(entry, "type") or "", ReasonCode.GUARDRAIL)


def _exception_name(received: Received) -> str | None:
    """The name of AWS's exception, from a body, a client error or a stream."""
    body = received.body
    name = (
        text_at(body, "__type") or text_at(body, "Error", "Code") or received.headers.get("x-amzn-errortype")
    )
    return name.split(":")[0].rpartition("#")[2] if name else None


def _judge_error(received: Received) -> Finding:
    body = received.body
    name = _exception_name(received)
    message = text_at(body, "message") or text_at(body, "Error", "Message") or received.message
    if name in FAILING_EXCEPTIONS:
        return failed(*FAILING_EXCEPTIONS[name], message, error_code=name, found_at="/__type")
    if name == "ModelStreamBroken":
        return failed(ReasonCode.NETWORK, True, message)
    return by_status(received, message, error_code=name)
