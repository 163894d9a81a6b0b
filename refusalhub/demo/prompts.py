"""The prompts of the demo with their answers, read from `texts/SLUG-OF-THE-PIPELINE.toml`.

A prompt is an `ask`, a sentence that no other prompt contains and by which the sandbox knows it, and a
`material` with slots in braces. `{number}` is a slot of all prompts and makes each variation one of a kind.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import tomllib

from refusalhub.demo.pipelines import PIPELINES


@dataclass(frozen=True, kw_only=True)
class DemoDecline:
    """How the provider declines a prompt that comes bare.

    `category` in the words of the pipeline's provider: for Anthropic a refusal category or "" for null; for
    OpenAI `content_filter`, `refusal` or the error code `cyber_policy`; for Azure a filter; for Gemini a harm
    category. `partial` is what the model had written before it stopped.
    """

    category: str
    explanation: str
    stays_declined: bool = False
    partial: str = ""


@dataclass(frozen=True, kw_only=True)
class DemoPrompt:
    """One prompt template with a good answer (Markdown). `decline` is None for one that is never declined."""

    pipeline: str
    slug: str
    ask: str
    material: str
    answer: str
    slots: dict[str, list[str]]
    decline: DemoDecline | None = None

    def text(self, variation: int) -> str:
        """The whole prompt in its `variation` (from 0); no two variations are the same."""
        filling = {name: values[variation % len(values)] for name, values in self.slots.items()}
        return f"{self.ask}\n\n{self.material.strip()}\n".format(number=1001 + 7 * variation, **filling)


def _load(pipeline: str) -> list[DemoPrompt]:
    content = (files("refusalhub.demo") / "texts" / f"{pipeline}.toml").read_text(encoding="utf-8")
    return [_prompt(pipeline, row) for row in tomllib.loads(content)["prompt"]]


def _prompt(pipeline: str, row: dict[str, Any]) -> DemoPrompt:
    decline = DemoDecline(**row.pop("decline")) if "decline" in row else None
    return DemoPrompt(pipeline=pipeline, decline=decline, **row)


PROMPTS: tuple[DemoPrompt, ...] = tuple(prompt for pipeline in PIPELINES for prompt in _load(pipeline.slug))
