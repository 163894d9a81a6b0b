"""Azure OpenAI's content filters: which of them stepped in, and whether they ran at all."""

from typing import Any

from refusals.codes import ReasonCode
from refusals.signals.paths import dig, entries, items, truthy

CATEGORIES: dict[str, ReasonCode] = {
    "jailbreak": ReasonCode.JAILBREAK,
    "indirect_attack": ReasonCode.CONTEXT_INJECTION,
    "self_harm": ReasonCode.SELF_HARM,
    "sexual": ReasonCode.SEXUAL,
    "violence": ReasonCode.VIOLENCE,
    "hate": ReasonCode.HATE,
    "protected_material_text": ReasonCode.COPYRIGHT,
    "protected_material_code": ReasonCode.COPYRIGHT,
    "profanity": ReasonCode.BLOCKLIST,
    "custom_blocklists": ReasonCode.BLOCKLIST,
    "task_adherence": ReasonCode.MISALIGNED_ACTION,
    "purview": ReasonCode.PII,
    "ungrounded_material": ReasonCode.INTEGRITY_FAILURE,
    "groundedness": ReasonCode.INTEGRITY_FAILURE,
}


def filtered_category(results: object) -> str | None:
    """The category that a filter stopped, the first of our table's order. A severity alone stops nothing."""
    stopped = [name for name, result in entries(results) if _stopped(result)]
    known = [name for name in CATEGORIES if name in stopped]
    return next(iter(known + stopped), None)


def code_of(category: str | None) -> ReasonCode:
    """The code of a category; a blocklist of the customer's own bears any name."""
    if category is None:
        return ReasonCode.POLICY_VIOLATION
    named = ReasonCode.BLOCKLIST if "blocklist" in category else ReasonCode.POLICY_VIOLATION
    return CATEGORIES.get(category, named)


def did_not_run(results: object) -> bool:
    """Whether the filter failed, so that what it annotates is unchecked."""
    return dig(results, "error") is not None


def unfiltered_prompt(body: object) -> bool:
    """Whether the prompt went through unchecked."""
    prompts: list[Any] = items(body, "prompt_filter_results")
    return any(did_not_run(dig(prompt, "content_filter_results")) for prompt in prompts)


def is_azure(body: object) -> bool:
    """Whether a body bears the annotations that only Azure adds."""
    if items(body, "prompt_filter_results") or items(body, "content_filters"):
        return True
    return any(dig(choice, "content_filter_results") is not None for choice in items(body, "choices"))


def _stopped(result: object) -> bool:
    if isinstance(result, list):  # custom blocklists come as a list of their own
        return any(_stopped(entry) for entry in result)
    return truthy(dig(result, "filtered"))
