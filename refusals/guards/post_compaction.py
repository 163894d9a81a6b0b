"""The post-compaction guard: a shortened context still says what it must, and no instruction slipped in."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from refusals.codes import ReasonCode
from refusals.guards.arguments import fold
from refusals.guards.injections import INJECTIONS
from refusals.guards.rules import Rule, first_broken
from refusals.parsing import format_refusal


@dataclass(frozen=True, kw_only=True)
class CompactionPolicy:
    """What has to survive, each under a name, which is all that a refusal tells.

    `invariants`: sentences that stand in the context, whatever their spacing and case. `facts`: values that stand
    there as a whole ("400" is not in "1,400"). `digests`: SHA-256, as `paragraph_digest` gives it, of paragraphs
    that stand there letter by letter. `injections`: what must not stand there, outside of the invariants.
    A context of more than `max_chars` characters is refused unread. ValueError for an empty text, or no digest.
    """

    invariants: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    injections: tuple[Rule, ...] = INJECTIONS
    max_chars: int = 2_000_000

    def __post_init__(self) -> None:
        empty = [name for name, text in [*self.invariants.items(), *self.facts.items()] if not fold(text)]
        if empty:
            raise ValueError(f"an empty text survives everything: {', '.join(empty)}")
        wrong = [name for name, digest in self.digests.items() if not re.fullmatch("[0-9a-f]{64}", digest)]
        if wrong:
            raise ValueError(f"not the SHA-256 of a paragraph, in lower-case hex: {', '.join(wrong)}")


class PostCompactionGuard:
    """Asked with the context that compaction made, before the pipeline goes on with it."""

    def __init__(self, policy: CompactionPolicy | None = None) -> None:
        self.policy = policy or CompactionPolicy()
        self._invariants = {
            name: " ".join(fold(text).split()) for name, text in self.policy.invariants.items()
        }

    def __call__(self, context: object) -> str | None:
        """CONTEXT_INJECTION with rule and line, INTEGRITY_FAILURE with the names of what is lost, or None."""
        if not isinstance(context, str):
            return format_refusal(ReasonCode.INTEGRITY_FAILURE, "the context is not text")
        if len(context) > self.policy.max_chars:
            detail = f"the context has more than {self.policy.max_chars} characters, unread"
            return format_refusal(ReasonCode.INTEGRITY_FAILURE, detail)
        return self._injected(context) or self._lost(context)

    def _injected(self, context: str) -> str | None:
        text = fold(context)
        for words in self._invariants.values():  # an invariant may well say what a reader has to ignore
            text = _spelled(words).sub(lambda match: "\n" * match.group().count("\n"), text)
        broken = first_broken(self.policy.injections, text)
        if broken is None:
            return None
        rule, place = broken
        line = text.count("\n", 0, place - 1) + 1
        return format_refusal(rule.code, f"{rule.name}, line {line} of those that are not blank")

    def _lost(self, context: str) -> str | None:
        lost = list(self._losses(context))
        if not lost:
            return None
        return format_refusal(ReasonCode.INTEGRITY_FAILURE, f"lost: {', '.join(lost)}")

    def _losses(self, context: str) -> Iterator[str]:
        text = " ".join(fold(context).split())
        yield from (f"invariant {name}" for name, words in self._invariants.items() if words not in text)
        yield from (
            f"fact {name}" for name, value in self.policy.facts.items() if not _stands_in(value, text)
        )
        if self.policy.digests:
            kept = {paragraph_digest(paragraph) for paragraph in _paragraphs(context)}
            yield from (
                f"paragraph {name}" for name, digest in self.policy.digests.items() if digest not in kept
            )


def paragraph_digest(paragraph: str) -> str:
    """SHA-256, in hex, of a paragraph: lines without a blank one among them. Blanks at the ends of lines count not."""
    lines = "\n".join(line.rstrip() for line in paragraph.strip().splitlines())
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()


def _paragraphs(context: str) -> Iterator[str]:
    lines: list[str] = []
    for line in [*context.splitlines(), ""]:
        if line.strip():
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []


def _spelled(words: str) -> re.Pattern[str]:
    """The words as they stand in folded text, lines broken anywhere."""
    return re.compile(r"\s".join(map(re.escape, words.split())))


def _stands_in(value: str, text: str) -> bool:
    """Whether the value stands there as a whole: no letter or digit beside it, and no longer number around it."""
    words = re.escape(" ".join(fold(value).split()))
    return re.search(rf"(?<!\w)(?<!\d[.,]){words}(?!\w)(?![.,]\d)", text) is not None
