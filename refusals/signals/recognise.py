"""Whose answer is it? The caller's word for the provider, checked against the body, or the body alone."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from refusals.signals import (
    anthropic,
    azure,
    bedrock,
    frameworks,
    gemini,
    guard_models,
    openai,
    openai_responses,
)
from refusals.signals.paths import dig, entries, has, text_at
from refusals.signals.received import Received
from refusals.signals.signal import Facts, Finding


class Rules(NamedTuple):
    """How one kind of body is read: its ending, its facts, and the body that a stream of it amounts to."""

    provider: str
    judge: Callable[[Received], Finding]
    facts: Callable[[Any], Facts]
    assemble: Callable[[list[Any]], dict[str, Any]]


ANTHROPIC = Rules("anthropic", anthropic.judge, anthropic.facts, anthropic.assemble)
CHAT = Rules("openai", openai.judge, openai.facts, openai.assemble)
RESPONSES = Rules("openai", openai_responses.judge, openai_responses.facts, openai_responses.assemble)
OPENAI_ERROR = Rules("openai", openai.judge_error, openai.facts, openai.assemble)
GEMINI = Rules("gcp.gemini", gemini.judge, gemini.facts, gemini.assemble)
BEDROCK = Rules("aws.bedrock", bedrock.judge, bedrock.facts, bedrock.assemble)
LANGCHAIN = Rules("langchain", frameworks.judge_langchain, frameworks.facts, openai.assemble)
NEMO = Rules("nemoguardrails", frameworks.judge_nemo, frameworks.facts, openai.assemble)
MODERATION = Rules("openai", guard_models.judge_moderation, guard_models.facts, openai.assemble)
TRIPWIRE = Rules("openai-guardrails", guard_models.judge_tripwire, guard_models.facts, openai.assemble)
VALIDATION = Rules("guardrails-ai", frameworks.judge_validation, frameworks.facts, openai.assemble)

# The names of OpenTelemetry, and what people write in their stead.
_PROVIDERS: dict[str, str] = {
    "anthropic": "anthropic",
    "claude": "anthropic",
    "openai": "openai",
    "azure.ai.openai": "azure.ai.openai",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "gcp.gemini": "gcp.gemini",
    "gcp.gen_ai": "gcp.gen_ai",
    "gcp.vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "aws.bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "litellm": "litellm",
    "llama-guard": guard_models.LLAMA_GUARD,
    "llama_guard": guard_models.LLAMA_GUARD,
    "llamaguard": guard_models.LLAMA_GUARD,
    "otlp": "otlp",
    "otel": "otlp",
    "opentelemetry": "otlp",
}
# For bodies that tell nothing by themselves, such as an error.
_DEFAULT_RULES: dict[str, Rules] = {
    "anthropic": ANTHROPIC,
    "openai": OPENAI_ERROR,
    "azure.ai.openai": OPENAI_ERROR,
    "litellm": OPENAI_ERROR,
    "gcp.gemini": GEMINI,
    "gcp.gen_ai": GEMINI,
    "gcp.vertex_ai": GEMINI,
    "aws.bedrock": BEDROCK,
}
_MODULES: dict[str, Rules] = {
    "anthropic": ANTHROPIC,
    "openai": OPENAI_ERROR,
    "botocore": BEDROCK,
    "google": GEMINI,
    "litellm": OPENAI_ERROR,
}
_FRAMEWORKS = (
    (frameworks.is_langchain, LANGCHAIN),
    (frameworks.is_nemo, NEMO),
    (frameworks.is_validation, VALIDATION),
    (guard_models.is_moderation, MODERATION),
    (guard_models.is_tripwire, TRIPWIRE),
)
_RESPONSE_STATUSES = frozenset({"completed", "failed", "incomplete", "cancelled", "queued", "in_progress"})


def provider_name(provider: object) -> str | None:
    """The canonical name of a provider; an unknown one keeps its own."""
    if not isinstance(provider, str) or not provider.strip():
        return None
    name = provider.strip().lower()
    return _PROVIDERS.get(name, name)


def rules_for(body: object, provider: str | None, module: str = "") -> Rules | None:
    """The rules for a body: by its shape, or where that tells nothing by the provider or an SDK's package."""
    if provider == guard_models.LLAMA_GUARD:
        return _guard_rules(body)
    recognised = _by_shape(body)
    if recognised is not None:
        return recognised
    return _DEFAULT_RULES.get(provider or "") or _MODULES.get(module.partition(".")[0]) or _by_error(body)


def _guard_rules(body: object) -> Rules:
    """A guard's verdict, as bare text or in the answer of whichever service runs it."""
    inner = rules_for(body, None) or OPENAI_ERROR

    def judge(received: Received) -> Finding:
        return guard_models.judge_answer(received, inner.judge, inner.facts(received.body).text)

    def facts(body: object) -> Facts:
        bare = guard_models.facts(body)
        return bare if bare.text is not None else inner.facts(body)

    return Rules(guard_models.LLAMA_GUARD, judge, facts, inner.assemble)


def named(rules: Rules, body: object, provider: str | None) -> str:
    """The provider to record: as the caller says, else as recognised."""
    if provider:
        return provider
    return "azure.ai.openai" if rules.provider == "openai" and azure.is_azure(body) else rules.provider


def is_event_list(body: object) -> bool:
    """Whether a body is a stream's events."""
    return isinstance(body, list) and bool(body) and all(isinstance(event, Mapping) for event in body)


def stream_rules(events: list[Any], provider: str | None) -> Rules | None:
    """The rules for a stream, told by the first event that tells."""
    found = next(filter(None, map(_by_event, events)), None) or _DEFAULT_RULES.get(provider or "")
    if provider != guard_models.LLAMA_GUARD or found is None:
        return found
    return _guard_rules(found.assemble(events))._replace(assemble=found.assemble)


def _by_shape(body: object) -> Rules | None:
    for is_theirs, rules in _FRAMEWORKS:
        if is_theirs(body):
            return rules
    kind, thing = text_at(body, "type"), text_at(body, "object")
    if dig(body, bedrock.GUARDRAIL_ACTION) not in (None, "NONE"):
        return BEDROCK  # whatever the model's own form says
    if _is_anthropic(body) or (kind in ("error", "session.error") and text_at(body, "error", "type")):
        return ANTHROPIC
    if has(body, "stopReason"):
        return BEDROCK
    if has(body, "choices") or (thing or "").startswith("chat.completion"):
        return CHAT
    if thing == "response" or (has(body, "output") and text_at(body, "status") in _RESPONSE_STATUSES):
        return RESPONSES
    if has(body, "candidates", "promptFeedback", "usageMetadata", "modelVersion"):
        return GEMINI
    if has(body, "steps") and text_at(body, "status"):
        return GEMINI
    if has(body, "guardrail_status", "guardrail_information"):
        return CHAT
    if text_at(body, "action") and has(body, "assessments"):
        return BEDROCK
    return None


def _is_anthropic(body: object) -> bool:
    if text_at(body, "type") in ("message", "session.status_idle"):
        return True
    return has(body, "stop_reason") and has(body, "content")


def _by_error(body: object) -> Rules | None:
    """Whose error envelope it is, once it is known to be no answer."""
    if text_at(body, "__type") or text_at(body, "Error", "Code"):
        return BEDROCK
    if isinstance(dig(body, "error", "code"), int) and text_at(body, "error", "status"):
        return GEMINI
    if isinstance(dig(body, "error"), Mapping | str) or (has(body, "code") and has(body, "message")):
        return OPENAI_ERROR
    return None


def _by_event(event: object) -> Rules | None:
    kind = text_at(event, "type") or ""
    if kind.startswith(("message_", "content_block_")):
        return ANTHROPIC
    if kind.startswith("response."):
        return RESPONSES
    if kind == "error":
        return ANTHROPIC if dig(event, "error") is not None else RESPONSES
    if has(event, "choices"):
        return CHAT
    if has(event, "candidates", "promptFeedback", "usageMetadata"):
        return GEMINI
    names = [key for key, _ in entries(event)]
    if any(
        key in ("messageStart", "contentBlockDelta", "messageStop") or key.endswith("Exception")
        for key in names
    ):
        return BEDROCK
    return None
