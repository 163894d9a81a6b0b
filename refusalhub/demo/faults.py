"""The infrastructure errors and degraded endings that the demo's providers produce, with their weights."""

from dataclasses import dataclass

from refusalhub.demo.pipelines import Provider


@dataclass(frozen=True, kw_only=True)
class DemoFault:
    """An error as the provider's SDK reports it. `status` None: no answer came. Some pipelines try again."""

    type: str
    status: int | None
    kind: str
    message: str
    weight: int
    retry_after: int | None = None
    retried: bool = True


@dataclass(frozen=True, kw_only=True)
class DemoFlaw:
    """A degraded ending: a stop reason, and how much of the answer arrives (a part of one)."""

    stop: str
    arrives: float
    weight: int
    unfiltered: bool = False


_NO_ANSWER = (
    DemoFault(type="APITimeoutError", status=None, kind="", message="Request timed out.", weight=12),
    DemoFault(type="APIConnectionError", status=None, kind="", message="Connection error.", weight=8),
)
_CHAT_FAULTS = (
    DemoFault(
        type="RateLimitError",
        status=429,
        kind="rate_limit_exceeded",
        message="Rate limit reached for requests",
        weight=40,
        retry_after=12,
    ),
    DemoFault(
        type="InternalServerError",
        status=500,
        kind="server_error",
        message="The server had an error while processing your request",
        weight=30,
    ),
    *_NO_ANSWER,
)

FAULTS: dict[Provider, tuple[DemoFault, ...]] = {
    "anthropic": (
        DemoFault(
            type="RateLimitError",
            status=429,
            kind="rate_limit_error",
            message="This request would exceed your organization's rate limit",
            weight=35,
            retry_after=7,
        ),
        DemoFault(
            type="OverloadedError", status=529, kind="overloaded_error", message="Overloaded", weight=25
        ),
        DemoFault(
            type="InternalServerError",
            status=500,
            kind="api_error",
            message="Internal server error",
            weight=12,
        ),
        DemoFault(
            type="AuthenticationError",
            status=401,
            kind="authentication_error",
            message="invalid x-api-key",
            weight=3,
            retried=False,
        ),
        *_NO_ANSWER,
    ),
    "openai": _CHAT_FAULTS,
    "azure.ai.openai": _CHAT_FAULTS,
    "gcp.gemini": (
        DemoFault(
            type="ClientError",
            status=429,
            kind="RESOURCE_EXHAUSTED",
            message="Resource has been exhausted",
            weight=3,
        ),
        DemoFault(
            type="ServerError",
            status=503,
            kind="UNAVAILABLE",
            message="The model is overloaded",
            weight=2,
        ),
    ),
}

FLAWS: dict[Provider, tuple[DemoFlaw, ...]] = {
    "anthropic": (
        DemoFlaw(stop="max_tokens", arrives=0.5, weight=5),
        DemoFlaw(stop="model_context_window_exceeded", arrives=0.3, weight=1),
        DemoFlaw(stop="end_turn", arrives=0, weight=2),
        DemoFlaw(stop="pause_turn", arrives=0.2, weight=1),
        DemoFlaw(stop="handed_over", arrives=0.8, weight=1),
    ),
    "openai": (
        DemoFlaw(stop="length", arrives=0.5, weight=3),
        DemoFlaw(stop="stop", arrives=0, weight=1),
    ),
    "azure.ai.openai": (
        DemoFlaw(stop="length", arrives=0.5, weight=2),
        DemoFlaw(stop="stop", arrives=1, weight=2, unfiltered=True),
    ),
    "gcp.gemini": (
        DemoFlaw(stop="MAX_TOKENS", arrives=0.5, weight=3),
        DemoFlaw(stop="MALFORMED_RESPONSE", arrives=0.1, weight=1),
    ),
}

REFUSAL_LIKE_ANSWERS = (
    "I'm sorry, but I can't help with this request. If this seems wrong to you, please add more detail.",
    "I cannot assist with that. I would be glad to help with a general question on the subject instead.",
    "I'm unable to assist with this request, since it may touch on sensitive information.",
    "I'm not able to provide this. Please turn to a professional who knows your situation.",
)
"""Answers with a natural end that read like a decline: no signal for a machine, a hint for a person."""
