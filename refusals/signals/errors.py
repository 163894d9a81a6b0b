"""Errors that look alike everywhere: what an exception's name, or a bare HTTP status, tells."""

from typing import Any

from refusals.codes import ReasonCode
from refusals.signals.paths import dig, truthy
from refusals.signals.received import Received
from refusals.signals.signal import Finding, declined, failed, unknown
from refusals.statuses import Trouble, trouble_of

# Exceptions that are verdicts. Class names, whatever package they come from.
DECLINING_EXCEPTIONS: dict[str, ReasonCode] = {
    "ContentPolicyViolationError": ReasonCode.POLICY_VIOLATION,
    "ContentFilterFinishReasonError": ReasonCode.POLICY_VIOLATION,
    "GuardrailRaisedException": ReasonCode.GUARDRAIL,
    "GuardrailTripwireTriggered": ReasonCode.GUARDRAIL,
    "InputGuardrailTripwireTriggered": ReasonCode.GUARDRAIL,
    "OutputGuardrailTripwireTriggered": ReasonCode.GUARDRAIL,
    "BlockedPiiEntityError": ReasonCode.PII,
    "RejectedRequestError": ReasonCode.GUARDRAIL,
    "ModifyResponseException": ReasonCode.GUARDRAIL,
    "OpenAIRefusalError": ReasonCode.MODEL_REFUSAL,
}

_RETRY, _NO_RETRY = True, False

# Exceptions that are failures, from the SDKs of all providers, the gateways and Python itself.
FAILING_EXCEPTIONS: dict[str, Trouble] = {
    "RateLimitError": Trouble(ReasonCode.RATE_LIMIT, _RETRY),
    "ThrottlingException": Trouble(ReasonCode.RATE_LIMIT, _RETRY),
    "ServiceQuotaExceededException": Trouble(ReasonCode.RATE_LIMIT, _RETRY),
    "ResourceExhausted": Trouble(ReasonCode.RATE_LIMIT, _RETRY),
    "OverloadedError": Trouble(ReasonCode.OVERLOADED, _RETRY),
    "ModelNotReadyException": Trouble(ReasonCode.OVERLOADED, _RETRY),
    "APITimeoutError": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "GatewayTimeoutError": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "RequestTimeoutError": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "ModelTimeoutException": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "Timeout": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "TimeoutError": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "TimeoutException": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "ReadTimeoutError": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "DeadlineExceeded": Trouble(ReasonCode.TIMEOUT, _RETRY),
    "APIConnectionError": Trouble(ReasonCode.NETWORK, _RETRY),
    "ConnectionError": Trouble(ReasonCode.NETWORK, _RETRY),
    "TransportError": Trouble(ReasonCode.NETWORK, _RETRY),
    "NetworkError": Trouble(ReasonCode.NETWORK, _RETRY),
    "EndpointConnectionError": Trouble(ReasonCode.NETWORK, _RETRY),
    "IncompleteRead": Trouble(ReasonCode.NETWORK, _RETRY),
    "InternalServerError": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "InternalServerException": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "ServiceUnavailableError": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "ServiceUnavailableException": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "BadGatewayError": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "ServerError": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "MidStreamFallbackError": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "ConflictError": Trouble(ReasonCode.PROVIDER_ERROR, _RETRY),
    "ModelErrorException": Trouble(ReasonCode.PROVIDER_ERROR, _NO_RETRY),
    "ModelStreamErrorException": Trouble(ReasonCode.PROVIDER_ERROR, _NO_RETRY),
    "AuthenticationError": Trouble(ReasonCode.AUTH, _NO_RETRY),
    "PermissionDeniedError": Trouble(ReasonCode.AUTH, _NO_RETRY),
    "AccessDeniedException": Trouble(ReasonCode.AUTH, _NO_RETRY),
    "PaymentRequiredError": Trouble(ReasonCode.BILLING, _NO_RETRY),
    "BudgetExceededError": Trouble(ReasonCode.BILLING, _NO_RETRY),
    "BadRequestError": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "NotFoundError": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "ContentTooLargeError": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "UnprocessableEntityError": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "ContextWindowExceededError": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "ValidationException": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "ResourceNotFoundException": Trouble(ReasonCode.INVALID_REQUEST, _NO_RETRY),
    "CancelledError": Trouble(ReasonCode.CANCELED, _NO_RETRY),
}


def declining_exception(received: Received) -> Finding | None:
    """The verdict that an exception's class tells of, unless its guardrail says that it could not judge."""
    name = next((name for name in received.exception if name in DECLINING_EXCEPTIONS), None)
    if name is None:
        return None
    result = received.attributes.get("guardrail_result")
    failed_to_judge = received.attributes.get("blocked_content") is False or truthy(
        dig(result, "execution_failed") or getattr(result, "execution_failed", None)
    )
    if failed_to_judge:
        return failed(ReasonCode.GUARDRAIL_UNAVAILABLE, True, received.message, error_code=name)
    guardrail = received.attributes.get("guardrail_name")
    detail = f"{guardrail}: {received.message}" if guardrail else received.message
    return declined(DECLINING_EXCEPTIONS[name], detail, error_code=name)


def failing_exception(received: Received) -> Finding | None:
    """The failure that an exception's class tells of, the most specific class first."""
    for name in received.exception:
        trouble = FAILING_EXCEPTIONS.get(name)
        if trouble is None and "timeout" in name.lower():
            trouble = Trouble(ReasonCode.TIMEOUT, _RETRY)
        if trouble:
            return failed(*trouble, received.message, error_code=name)
    return None


def by_status(received: Received, detail: str | None, **known: Any) -> Finding:
    """The last resort for an error: its HTTP status, then its exception's class, then unknown."""
    if received.is_error_status:
        trouble = trouble_of(received.http_status)
        if trouble:
            return failed(*trouble, detail or f"HTTP status {received.http_status}", **known)
    return failing_exception(received) or unknown(detail or "an error that nobody knows", **known)
