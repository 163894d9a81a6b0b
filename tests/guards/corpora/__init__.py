"""What each guard was tried on, one module a guard. All of it is harmless: texts that nothing runs or sends.

A module holds `run` (the guard's word on one example) and four collections. `CATCHES` and `PASSES`: what it
refuses and lets pass, rightly. `MISSES` and `FALSE_ALARMS`: what it gets wrong, each with why, so that the tests
say it when one is mended. `ABOUT` names the guard.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

from refusals import ReasonCode
from tests.guards.corpora import io_guardrail, post_compaction, rce_backstop, skill_scanner, tool_loop


class Corpus(Protocol):
    """The shape of these modules."""

    ABOUT: str
    CATCHES: Mapping[ReasonCode, Iterable[Any]]
    PASSES: list[Any]
    MISSES: dict[str, Any]
    FALSE_ALARMS: dict[str, Any]
    run: Callable[[Any], str | None]


CORPORA: dict[str, Corpus] = {
    "tool_loop": cast(Corpus, tool_loop),
    "skill_scanner": cast(Corpus, skill_scanner),
    "post_compaction": cast(Corpus, post_compaction),
    "rce_backstop": cast(Corpus, rce_backstop),
    "io_guardrail": cast(Corpus, io_guardrail),
}
