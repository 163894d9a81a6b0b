"""What the sandbox model server knows of the demo: prompts → scenarios."""

from refusalhub.demo.prompts import PROMPTS, DemoPrompt
from refusalhub.sandbox.endings import Scenario

ANTHROPIC_CATEGORIES = frozenset({"cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"})


def scenarios() -> tuple[Scenario, ...]:
    """Every prompt of the demo as the sandbox plays it, whichever provider its pipeline calls."""
    return tuple(_scenario(prompt) for prompt in PROMPTS)


def _scenario(prompt: DemoPrompt) -> Scenario:
    if prompt.decline is None:
        return Scenario(opening=prompt.ask, answer=prompt.answer)
    category = prompt.decline.category
    return Scenario(
        opening=prompt.ask,
        answer=prompt.answer,
        declined=True,
        category=category if category in ANTHROPIC_CATEGORIES else None,
        explanation=prompt.decline.explanation,
        stays_declined=prompt.decline.stays_declined,
    )
