"""Properties over input of any kind: nothing raises, and nothing unknown is ok."""

import copy
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from refusals.signals import Signal, read, read_batch, read_otlp
from refusals.stop_reasons import NATURAL_ENDS, fold_stop_reason

from .test_signals_answers import ANTHROPIC, AZURE, BEDROCK, GEMINI, LITELLM, OPENAI
from .test_signals_errors import ERRORS
from .test_signals_otel import SPANS, request

KNOWN = [row[0] for row in ANTHROPIC + OPENAI + AZURE + GEMINI + BEDROCK + LITELLM] + [
    row[1] for row in ERRORS
]
KNOWN += [request(row[0]) for row in SPANS]
WORDS = sorted(
    {word for word in json.dumps(KNOWN, default=str).replace('"', " ").split() if word.isidentifier()}
)

# What guards and guardrails say of what they let pass.
PASSED = frozenset({"none", "safe", "not flagged", "not triggered"})

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=5)
    ),
    max_leaves=20,
)
odd_status = st.none() | st.integers() | st.sampled_from([200, 400, 429, 500]) | st.text()
odd_provider = (
    st.none()
    | st.text()
    | st.sampled_from(["anthropic", "openai", "azure", "gemini", "bedrock", "otlp", "llama-guard"])
)


def check(signal: Any) -> None:
    assert isinstance(signal, Signal)
    if str(signal.outcome) == "ok":
        stop = fold_stop_reason(signal.raw.stop_reason)
        assert stop in NATURAL_ENDS | PASSED, signal
    assert (signal.code is None) <= (str(signal.outcome) == "ok")
    assert not signal.retryable or str(signal.outcome) == "infra_error"


@given(anything, odd_provider, odd_status, anything)
def test_any_data_is_read(body: Any, provider: Any, status: Any, headers: Any) -> None:
    check(read(body, provider=provider, http_status=status, headers=headers))
    list(read_batch([body]))
    read_otlp(body)


@given(st.text() | st.binary(), odd_provider)
def test_any_text_is_read(text: str, provider: Any) -> None:
    check(read(text, provider=provider))
    for _, signal in read_batch(text):
        check(signal)


@st.composite
def mutated(draw: Any) -> Any:
    """A known body with one value anywhere replaced, or one key gone."""
    body = copy.deepcopy(draw(st.sampled_from(KNOWN)))
    holder, depth = body, draw(st.integers(0, 6))
    for _ in range(depth):
        inner = [entry for entry in (holder.values() if isinstance(holder, dict) else holder) if entry]
        inner = [entry for entry in inner if isinstance(entry, dict | list)]
        if not inner:
            break
        holder = draw(st.sampled_from(inner))
    if isinstance(holder, dict) and holder:
        key = draw(st.sampled_from(sorted(holder, key=str)))
        if draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(anything)
    elif isinstance(holder, list) and holder:
        holder[draw(st.integers(0, len(holder) - 1))] = draw(anything)
    return body


KNOWN = [body for body in KNOWN if isinstance(body, dict)]


@settings(max_examples=600)
@given(mutated(), odd_provider)
@example(
    body={
        "object": "response",
        "status": "completed",
        "output": [{"content": [{"type": [], "text": "Fourteen."}]}],
    },
    provider=None,
)
def test_any_mutation_of_a_known_body_is_read(body: Any, provider: Any) -> None:
    check(read(body, provider=provider))
    check(read([body, body], provider=provider))


@given(st.text(min_size=1).filter(lambda text: fold_stop_reason(text) not in NATURAL_ENDS))
def test_an_unknown_stop_reason_is_never_ok(stop: Any) -> None:
    said = [{"type": "text", "text": "Good day."}]
    for body in (
        {"type": "message", "content": said, "stop_reason": stop},
        {"choices": [{"finish_reason": stop, "message": {"content": "Good day."}}]},
        {"object": "response", "status": stop, "output": [{"type": "message", "content": said}]},
        {"candidates": [{"finishReason": stop, "content": {"parts": said}}]},
        {"stopReason": stop, "output": {"message": {"content": said}}},
    ):
        assert str(read(body).outcome) != "ok"


def test_depth_does_no_harm() -> None:
    deep = "[" * 200_000 + "]" * 200_000
    check(read(deep))
    nested: dict[str, Any] = {}
    inner = nested
    for _ in range(5_000):
        inner["trace"] = {}
        inner = inner["trace"]
    check(read({"stopReason": "guardrail_intervened", "trace": {"guardrail": nested}}))
