"""OpenTelemetry: model calls as spans of the GenAI conventions, of OpenInference and of OpenLLMetry.

Telemetry is weaker evidence than a body: a span without any reason to stop is never taken for a success.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from refusals.codes import ReasonCode
from refusals.signals import anthropic, azure
from refusals.signals.errors import DECLINING_EXCEPTIONS, failing_exception
from refusals.signals.paths import dig, entries, items, pointer, text_at, truthy
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
from refusals.statuses import trouble_of
from refusals.stop_reasons import DECLINES, DEGRADES, NATURAL_ENDS, PAUSES, fold_stop_reason

_CALLS = frozenset({"chat", "generate_content", "text_completion", "completion", "messages", "responses"})
_FINISH_KEYS = (
    "gen_ai.response.finish_reasons",
    "gen_ai.response.finish_reason",
    "gen_ai.response.stop_reason",
    "llm.response.finish_reason",
    "llm.response.stop_reason",
    "llm.finish_reason",
)
_ERROR_STATUS = (2, "2", "STATUS_CODE_ERROR")
_OUTPUT_PREFIXES = ("gen_ai.completion", "llm.output_messages")


class Span:
    """One span with its attributes as plain values."""

    def __init__(self, span: Mapping[str, Any], place: tuple[str | int, ...]) -> None:
        self.place = place
        self.attributes = attributes(span)
        self.status = dig(span, "status", "code")
        self.status_message = text_at(span, "status", "message")
        self.events = [(text_at(event, "name"), attributes(event)) for event in items(span, "events")]

    def get(self, *names: str) -> Any:
        """The first of these attributes that is set."""
        return next((self.attributes[name] for name in names if self.attributes.get(name) is not None), None)

    def text(self, *names: str) -> str | None:
        """The first of these attributes, if it is a text."""
        return text_at({"value": self.get(*names)}, "value")

    def parsed(self, *names: str) -> Any:
        """The first of these attributes, with JSON in a text read."""
        value = self.get(*names)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None

    @property
    def is_model_call(self) -> bool:
        """Whether the span is one call of a model, not an agent, a chain or a tool around it."""
        kind = self.text("openinference.span.kind", "traceloop.span.kind")
        if kind:
            return kind.upper() == "LLM"
        operation = self.text("gen_ai.operation.name", "llm.request.type")
        if operation:
            return operation.lower() in _CALLS
        return self.get("gen_ai.request.model", *_FINISH_KEYS) is not None


def attributes(holder: object) -> dict[str, Any]:
    """OTLP's list of key and typed value as a plain dict."""
    return {
        str(dig(entry, "key")): _value(dig(entry, "value"), 0)
        for entry in items(holder, "attributes")
        if dig(entry, "key") is not None
    }


def _value(value: object, depth: int) -> Any:
    kind, found = next(iter(entries(value)), (None, None))
    if depth > 20:
        return None
    if kind == "arrayValue":
        return [_value(entry, depth + 1) for entry in items(found, "values")]
    if kind == "kvlistValue":
        pairs = [(dig(entry, "key"), dig(entry, "value")) for entry in items(found, "values")]
        return {str(key): _value(entry, depth + 1) for key, entry in pairs}
    if kind == "intValue" and isinstance(found, str):
        return int(found) if found.lstrip("-").isdecimal() and len(found) < 21 else None
    return found


def spans(body: object) -> Iterator[Span]:
    """The spans of model calls in an OTLP trace request, in their order."""
    for resource, resource_spans in enumerate(items(body, "resourceSpans")):
        for scope, scope_spans in enumerate(items(resource_spans, "scopeSpans")):
            for index, found in enumerate(items(scope_spans, "spans")):
                if isinstance(found, Mapping):
                    place = ("resourceSpans", resource, "scopeSpans", scope, "spans", index)
                    span = Span(found, place)
                    if span.is_model_call:
                        yield span


def judge(span: Span) -> Finding:
    """In the order: refusal, fallback, error, cut off, waiting, ok; a span that says nothing is unknown."""
    stops = _stops(span)
    stop = stops[0] if stops else None
    known: dict[str, Any] = {"stop_reason": stop, "found_at": pointer(*span.place, "attributes")}
    folded = [fold_stop_reason(entry) for entry in stops]
    refusing = next((entry for entry in folded if entry in DECLINES), None)
    hops = _hops(span)
    if refusing:
        return _declined(span, refusing, {**known, "hops": hops})
    filtered = _filtered(span, {**known, "hops": hops or ()})
    if filtered:
        return filtered
    errored = _error(span, known)
    if errored:
        return errored
    if hops is not None and folded and folded[0] in NATURAL_ENDS:
        return ok(code=ReasonCode.FALLBACK_SERVED, hops=hops, detail="served by a fallback", **known)
    known["hops"] = hops or ()
    cut = next((entry for entry in folded if entry in DEGRADES), None)
    if cut:
        return degraded(DEGRADES[cut], f"finish reason {cut}", **known)
    if any(entry in PAUSES for entry in folded):
        return incomplete(f"finish reason {stop}", **known)
    if "error" in folded:
        return failed(ReasonCode.PROVIDER_ERROR, True, span.status_message, **known)
    if not folded or any(entry not in NATURAL_ENDS for entry in folded):
        return unknown(f"finish reason {stop}" if stop else "no finish reason: perhaps a decline", **known)
    if _is_empty(span):
        return degraded(ReasonCode.EMPTY_OUTPUT, "the span has no output", **known)
    return ok(**known)


def facts(span: Span) -> Facts:
    """Answer (where content is captured), usage and serving model of a span."""
    prefixes = ("gen_ai.usage.", "llm.token_count.", "llm.usage.")
    usage = {key: value for key, value in span.attributes.items() if key.startswith(prefixes)}
    models = ("gen_ai.response.model", "llm.response.model_name", "llm.model_name", "gen_ai.request.model")
    return Facts(
        text=_text(span), usage=usage, model=span.text(*models), request_id=span.text("gen_ai.response.id")
    )


def _stops(span: Span) -> list[str]:
    found = span.get(*_FINISH_KEYS)
    if isinstance(found, str):
        parsed = span.parsed(*_FINISH_KEYS) if found.startswith("[") else None
        found = parsed if isinstance(parsed, list) else [found]
    stops = [entry for entry in found if isinstance(entry, str) and entry] if isinstance(found, list) else []
    if stops:
        return stops
    messages = span.parsed("gen_ai.output.messages")
    reasons = (
        [text_at(message, "finish_reason") for message in messages] if isinstance(messages, list) else []
    )
    return [reason for reason in reasons if reason]


def _output(span: Span) -> Any:
    """The response body that OpenInference keeps in `output.value`."""
    return span.parsed("output.value")


def _declined(span: Span, refusing: str, known: dict[str, Any]) -> Finding:
    own = span.text("refusalhub.decline.category")
    metadata = span.parsed("metadata")
    details = (
        {"category": own} if own else dig(metadata, "stop_details") or dig(_output(span), "stop_details")
    )
    known["hops"] = known["hops"] or ()
    if refusing == "refusal" or own:
        return anthropic.refused(details, **known)
    return declined(DECLINES[refusing], f"finish reason {refusing}", **known)


def _filtered(span: Span, known: dict[str, Any]) -> Finding | None:
    """The filters of Azure, whose list Foundry's traces carry as an attribute."""
    reports = span.parsed("microsoft.foundry.content_filter.results")
    blocking = (
        (report for report in reports if truthy(dig(report, "blocked"))) if isinstance(reports, list) else ()
    )
    for report in blocking:
        category = azure.filtered_category(dig(report, "content_filter_results"))
        return declined(azure.code_of(category), category or "content filter", category=category, **known)
    return None


def _hops(span: Span) -> tuple[Decline, ...] | None:
    """The declines a fallback hid; None where no fallback answered, empty where its hops are not told."""
    output = _output(span)
    iterations = dig(span.parsed("metadata"), "usage_iterations")
    kinds = [text_at({"kind": value}, "kind") for key, value in span.attributes.items() if _is_part_type(key)]
    body = {
        "content": items(output, "content"),
        "usage": {"iterations": iterations or items(output, "usage", "iterations")},
    }
    hops = anthropic.hops(body)
    own = span.text("refusalhub.decline.from_model")
    if not hops and own:
        category = span.text("refusalhub.decline.category")
        code = anthropic.CATEGORIES.get(category or "", ReasonCode.POLICY_VIOLATION)
        return (Decline(own, span.text("gen_ai.response.model"), code, category),)
    if hops or "fallback" in kinds or anthropic.served_by_fallback(body) is not None:
        return hops or tuple(_told_in_text(span))
    return None


def _is_part_type(key: str) -> bool:
    return key.startswith("llm.output_messages.") and key.endswith(".message_content.type")


def _told_in_text(span: Span) -> Iterator[Decline]:
    """Hops as OpenInference writes them into a part of type `fallback`: "A -> B (refusal: bio)"."""
    for key, kind in span.attributes.items():
        if not _is_part_type(key) or kind != "fallback":
            continue
        told = span.text(key.removesuffix(".type") + ".text") or ""
        models, _, trigger = told.partition(" (")
        source, _, target = models.partition(" -> ")
        category = trigger.rstrip(")").partition(": ")[2] or None
        code = anthropic.CATEGORIES.get(category or "", ReasonCode.POLICY_VIOLATION)
        yield Decline(source or None, target or None, code, category)


def _error(span: Span, known: dict[str, Any]) -> Finding | None:
    """The error of a span that failed; a content filter's exception is a decline."""
    raised = [found for name, found in span.events if name == "exception"]
    names = [span.text("error.type"), *(text_at(found, "exception.type") for found in raised)]
    messages = [text_at(found, "exception.message") for found in raised]
    if span.status not in _ERROR_STATUS and not any(names):
        return None
    kinds = tuple(name.rpartition(".")[2] for name in names if name)
    message = next((entry for entry in messages if entry), None) or span.status_message or ""
    declining = next((kind for kind in kinds if kind in DECLINING_EXCEPTIONS), None)
    if declining:
        return declined(DECLINING_EXCEPTIONS[declining], message, error_code=declining, **known)
    number = next((int(kind) for kind in kinds if kind.isdecimal() and len(kind) == 3), None)
    received = Received(None, number, {}, kinds, message)
    error_code = kinds[0] if kinds else None
    found = _by_number(received) or failing_exception(received)
    if found is None:
        return failed(ReasonCode.PROVIDER_ERROR, True, message, error_code=error_code, **known)
    return failed(
        found.code or ReasonCode.PROVIDER_ERROR, found.retryable, message, error_code=error_code, **known
    )


def _by_number(received: Received) -> Finding | None:
    trouble = trouble_of(received.http_status) if received.is_error_status else None
    return failed(*trouble) if trouble else None


def _text(span: Span) -> str | None:
    messages = span.parsed("gen_ai.output.messages")
    if isinstance(messages, list):
        parts = [part for message in messages for part in items(message, "parts")]
        return (
            "".join(text_at(part, "content") or "" for part in parts if dig(part, "type") == "text") or None
        )
    texts = [
        value
        for key, value in sorted(span.attributes.items())
        if key.startswith(_OUTPUT_PREFIXES) and key.endswith((".content", ".text")) and isinstance(value, str)
    ]
    if texts:
        return "".join(texts)
    return span.text("gen_ai.completion") or anthropic.facts(_output(span)).text


def _is_empty(span: Span) -> bool:
    """Whether the answer is empty. Where content is not captured nobody can tell: it counts as not empty."""
    messages = span.parsed("gen_ai.output.messages")
    if not isinstance(messages, list):
        return False
    parts = [part for message in messages for part in items(message, "parts")]
    return not any(
        text_at(part, "content") or dig(part, "type") not in ("text", "reasoning") for part in parts
    )
