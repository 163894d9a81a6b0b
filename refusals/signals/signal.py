"""What a provider's answer tells, in one shape for all providers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from refusals.codes import ReasonCode
from refusals.endings import Outcome

# Stored beside every judged run. Raise it whenever a rule in this package changes what it answers.
RULES_VERSION = "2026.11.5"


@dataclass(frozen=True)
class Decline:
    """One refusal: by whom, and which model took over. `to_model` is None for a final refusal."""

    from_model: str | None
    to_model: str | None
    code: ReasonCode | str
    category: str | None = None


@dataclass(frozen=True)
class Raw:
    """The provider's own words, beside what we made of them. `found_at`: JSON pointer to the evidence."""

    provider: str | None = None
    stop_reason: str | None = None
    category: str | None = None
    error_code: str | None = None
    http_status: int | None = None
    request_id: str | None = None
    found_at: str = ""


@dataclass(frozen=True)
class Signal:
    """A judged answer.

    `code`: None for a plain ok. `declines`: every refusal in the call, hidden hops first, a final one last.
    `retry_after`: seconds. `terminal`: False when the call waits to be continued. `model`: which one served.
    """

    outcome: Outcome
    code: ReasonCode | str | None = None
    detail: str = ""
    declines: tuple[Decline, ...] = ()
    retryable: bool = False
    retry_after: float | None = None
    text: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    terminal: bool = True
    model: str | None = None
    raw: Raw = field(default_factory=Raw)
    rules: str = RULES_VERSION

    @property
    def input_tokens(self) -> int | None:
        """Tokens read, whatever the provider calls them; None where it does not say."""
        return _count(self.usage, "input_tokens", "prompt_tokens", "promptTokenCount", "inputTokens")

    @property
    def output_tokens(self) -> int | None:
        """Tokens written, whatever the provider calls them; None where it does not say."""
        return _count(
            self.usage, "output_tokens", "completion_tokens", "candidatesTokenCount", "outputTokens"
        )

    @property
    def hidden_declines(self) -> tuple[Decline, ...]:
        """The refusals that something else hid: a fallback's answer, or another choice's."""
        return self.declines[:-1] if self.outcome is Outcome.DECLINED else self.declines


def _count(usage: Mapping[str, Any], *names: str) -> int | None:
    counts = (usage.get(name) for name in names)
    return next(
        (n for n in counts if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**31), None
    )


@dataclass(frozen=True)
class Finding:
    """What one provider's rules made of a body; `read` completes it to a `Signal`."""

    outcome: Outcome
    code: ReasonCode | None = None
    detail: str = ""
    found_at: str = ""
    stop_reason: str | None = None
    category: str | None = None
    error_code: str | None = None
    hops: tuple[Decline, ...] = ()
    retryable: bool = False
    terminal: bool = True


@dataclass(frozen=True)
class Facts:
    """What stands in a body whatever its ending."""

    text: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    request_id: str | None = None


def ok(**known: Any) -> Finding:
    """A natural end with a deliverable."""
    return Finding(Outcome.OK, **known)


def declined(code: ReasonCode, detail: str | None = None, **known: Any) -> Finding:
    """An explicit refusal."""
    return Finding(Outcome.DECLINED, code, detail or "", **known)


def degraded(code: ReasonCode, detail: str | None = None, **known: Any) -> Finding:
    """An answer that cannot be relied on."""
    return Finding(Outcome.DEGRADED, code, detail or "", **known)


def incomplete(detail: str, **known: Any) -> Finding:
    """A call that waits to be continued: not an ending, and as the last word of a run half a run."""
    return degraded(ReasonCode.INCOMPLETE, detail, terminal=False, **known)


def failed(code: ReasonCode, retryable: bool, detail: str | None = None, **known: Any) -> Finding:
    """An infrastructure error."""
    return Finding(Outcome.INFRA_ERROR, code, detail or "", retryable=retryable, **known)


def unknown(detail: str, **known: Any) -> Finding:
    """A signal that nobody knows, or none."""
    return degraded(ReasonCode.UNKNOWN_SIGNAL, detail, **known)
