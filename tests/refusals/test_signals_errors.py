"""Error bodies, statuses and exceptions: the SDKs' real ones, and others of the same shape."""

from typing import Any

import anthropic
import httpx2
import openai
import pytest

from refusals.signals import read

BAD = "Rejected."
SAFETY = "This prompt was flagged as potentially violating our usage policy."


def anthropic_error(kind: Any, *, code: Any = None, message: Any = BAD) -> Any:
    error = {"type": kind, "message": message} | ({"details": {"error_code": code}} if code else {})
    return {"type": "error", "error": error, "request_id": "req_1"}


def openai_error(
    code: Any = None, *, kind: Any = "invalid_request_error", message: Any = BAD, **more: Any
) -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code, **more}}


def google_error(number: Any, status: Any) -> Any:
    return {"error": {"code": number, "message": BAD, "status": status, "details": []}}


def session_error(kind: Any, retries: Any) -> Any:
    error = {"type": kind, "message": BAD, "retry_status": {"type": retries}}
    return {"id": "evt_1", "type": "session.error", "error": error, "processed_at": "2026-11-20T12:00:00Z"}


AZURE_PROMPT = {
    "code": "ResponsibleAIPolicyViolation",
    "content_filter_result": {"hate": {"filtered": False}, "jailbreak": {"filtered": True, "detected": True}},
}
ERRORS = [
    (400, anthropic_error("invalid_request_error"), "infra_error", "INVALID_REQUEST", False),
    (401, anthropic_error("authentication_error"), "infra_error", "AUTH", False),
    (402, anthropic_error("billing_error"), "infra_error", "BILLING", False),
    (403, anthropic_error("permission_error"), "infra_error", "AUTH", False),
    (404, anthropic_error("not_found_error"), "infra_error", "INVALID_REQUEST", False),
    (409, anthropic_error("conflict_error"), "infra_error", "PROVIDER_ERROR", True),
    (413, anthropic_error("request_too_large"), "infra_error", "INVALID_REQUEST", False),
    (429, anthropic_error("rate_limit_error"), "infra_error", "RATE_LIMIT", True),
    (500, anthropic_error("api_error"), "infra_error", "PROVIDER_ERROR", True),
    (504, anthropic_error("timeout_error"), "infra_error", "TIMEOUT", True),
    (529, anthropic_error("overloaded_error"), "infra_error", "OVERLOADED", True),
    (200, anthropic_error("overloaded_error"), "infra_error", "OVERLOADED", True),
    (500, anthropic_error("brand_new_error"), "infra_error", "PROVIDER_ERROR", True),
    (None, anthropic_error("brand_new_error"), "degraded", "UNKNOWN_SIGNAL", False),
    (None, session_error("model_overloaded_error", "exhausted"), "infra_error", "OVERLOADED", True),
    (None, session_error("model_overloaded_error", "terminal"), "infra_error", "OVERLOADED", False),
    (None, session_error("model_overloaded_error", "retrying"), "degraded", "INCOMPLETE", False),
    (None, session_error("model_rate_limited_error", "exhausted"), "infra_error", "RATE_LIMIT", True),
    (None, session_error("model_request_failed_error", "exhausted"), "infra_error", "PROVIDER_ERROR", True),
    (None, session_error("mcp_connection_failed_error", "exhausted"), "infra_error", "NETWORK", True),
    (None, session_error("mcp_authentication_failed_error", "terminal"), "infra_error", "AUTH", False),
    (None, session_error("billing_error", "terminal"), "infra_error", "BILLING", False),
    (None, session_error("brand_new_error", "exhausted"), "degraded", "UNKNOWN_SIGNAL", False),
    (
        400,
        anthropic_error("invalid_request_error", code="organization_on_hold"),
        "declined",
        "ACCOUNT_HOLD",
        False,
    ),
    (
        400,
        anthropic_error("invalid_request_error", message="Output blocked by content filtering policy"),
        "declined",
        "POLICY_VIOLATION",
        False,
    ),
    (
        400,
        anthropic_error("invalid_request_error", code="workspace_policy_violation"),
        "infra_error",
        "CONFIG",
        False,
    ),
    (
        429,
        anthropic_error("rate_limit_error", code="contract_spend_limit_reached"),
        "infra_error",
        "BILLING",
        False,
    ),
    (
        429,
        anthropic_error("rate_limit_error", code="enforced_spend_limit_reached"),
        "infra_error",
        "BILLING",
        False,
    ),
    (
        402,
        anthropic_error("billing_error", code="linked_organization_spend_limit_reached"),
        "infra_error",
        "BILLING",
        False,
    ),
    (429, anthropic_error("rate_limit_error", code="ramp_limit_exceeded"), "infra_error", "RATE_LIMIT", True),
    (400, anthropic_error("invalid_request_error", code="cmek_key_disabled"), "infra_error", "CONFIG", False),
    (503, anthropic_error("api_error", code="cmek_unreachable"), "infra_error", "PROVIDER_ERROR", True),
    (400, openai_error("content_policy_violation"), "declined", "POLICY_VIOLATION", False),
    (400, openai_error("moderation_blocked"), "declined", "POLICY_VIOLATION", False),
    (400, openai_error("cyber_policy"), "declined", "CYBER", False),
    (400, openai_error("bio_policy"), "declined", "BIO", False),
    (400, openai_error("invalid_prompt", message=SAFETY), "declined", "POLICY_VIOLATION", False),
    (400, openai_error("invalid_prompt"), "infra_error", "INVALID_REQUEST", False),
    (400, openai_error("content_filter", innererror=AZURE_PROMPT), "declined", "JAILBREAK", False),
    (400, openai_error("content_filter", innererror=AZURE_PROMPT)["error"], "declined", "JAILBREAK", False),
    (400, openai_error("content_filter"), "declined", "POLICY_VIOLATION", False),
    (400, openai_error("brand_new"), "infra_error", "INVALID_REQUEST", False),
    (401, openai_error("invalid_api_key"), "infra_error", "AUTH", False),
    (403, openai_error(), "infra_error", "AUTH", False),
    (422, openai_error(), "infra_error", "INVALID_REQUEST", False),
    (429, openai_error("rate_limit_exceeded", kind="requests"), "infra_error", "RATE_LIMIT", True),
    (429, openai_error("insufficient_quota"), "infra_error", "BILLING", False),
    (429, openai_error(None, kind="insufficient_quota"), "infra_error", "BILLING", False),
    (None, openai_error("429", kind="None"), "infra_error", "RATE_LIMIT", True),
    (503, openai_error("server_error", kind="server_error"), "infra_error", "PROVIDER_ERROR", True),
    (400, google_error(400, "INVALID_ARGUMENT"), "infra_error", "INVALID_REQUEST", False),
    (400, google_error(400, "FAILED_PRECONDITION"), "infra_error", "INVALID_REQUEST", False),
    (403, google_error(403, "PERMISSION_DENIED"), "infra_error", "AUTH", False),
    (404, google_error(404, "NOT_FOUND"), "infra_error", "INVALID_REQUEST", False),
    (None, google_error(429, "RESOURCE_EXHAUSTED"), "infra_error", "RATE_LIMIT", True),
    (499, google_error(499, "CANCELLED"), "infra_error", "CANCELED", False),
    (500, google_error(500, "INTERNAL"), "infra_error", "PROVIDER_ERROR", True),
    (503, google_error(503, "UNAVAILABLE"), "infra_error", "OVERLOADED", True),
    (504, google_error(504, "DEADLINE_EXCEEDED"), "infra_error", "TIMEOUT", True),
    *[
        (status, {"__type": f"com.amazon.coral#{name}", "message": BAD}, "infra_error", code, retryable)
        for status, name, code, retryable in [
            (429, "ThrottlingException", "RATE_LIMIT", True),
            (429, "ModelNotReadyException", "OVERLOADED", True),
            (503, "ServiceUnavailableException", "PROVIDER_ERROR", True),
            (500, "InternalServerException", "PROVIDER_ERROR", True),
            (408, "ModelTimeoutException", "TIMEOUT", True),
            (424, "ModelErrorException", "PROVIDER_ERROR", False),
            (424, "ModelStreamErrorException", "PROVIDER_ERROR", False),
            (403, "AccessDeniedException", "AUTH", False),
            (404, "ResourceNotFoundException", "INVALID_REQUEST", False),
            (400, "ValidationException", "INVALID_REQUEST", False),
            (400, "ServiceQuotaExceededException", "RATE_LIMIT", True),
        ]
    ],
    (502, "<html>Bad gateway</html>", "infra_error", "PROVIDER_ERROR", True),
    (404, "", "infra_error", "INVALID_REQUEST", False),
    (
        500,
        {"type": "message", "stop_reason": "end_turn", "content": [{"type": "text", "text": "x"}]},
        "infra_error",
        "PROVIDER_ERROR",
        True,
    ),
]


@pytest.mark.parametrize(("status", "body", "outcome", "code", "retryable"), ERRORS)
def test_an_error_is_read_by_its_code_before_its_status(
    status: Any, body: Any, outcome: Any, code: Any, retryable: Any
) -> None:
    signal = read(body, http_status=status)
    assert (str(signal.outcome), str(signal.code), signal.retryable) == (outcome, code, retryable)
    assert signal.raw.http_status == status


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ([(b"retry-after-ms", b"1500"), ("retry-after", "9")], 1.5),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        (None, None),
        (7, None),
    ],
)
def test_the_wait_that_a_provider_asks_for_is_read(headers: Any, seconds: Any) -> None:
    assert read(anthropic_error("rate_limit_error"), http_status=429, headers=headers).retry_after == seconds


def test_googles_retry_info_is_read() -> None:
    body = google_error(429, "RESOURCE_EXHAUSTED")
    body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "31s"}]
    assert read(body).retry_after == 31.0


def test_a_provider_may_forbid_the_retry() -> None:
    signal = read(anthropic_error("overloaded_error"), http_status=529, headers={"x-should-retry": "false"})
    assert not signal.retryable


def anthropic_client(answer: Any) -> Any:
    transport = httpx2.MockTransport(lambda request: answer)
    return anthropic.Anthropic(
        api_key="test",
        base_url="http://127.0.0.1:9",
        max_retries=0,
        http_client=httpx2.Client(transport=transport),
    )


def openai_client(answer: Any) -> Any:
    transport = httpx2.MockTransport(lambda request: answer)
    return openai.OpenAI(
        api_key="test",
        base_url="http://127.0.0.1:9",
        max_retries=0,
        http_client=httpx2.Client(transport=transport),
    )


ASK = {"model": "m", "messages": [{"role": "user", "content": "Summarise the tickets."}]}


def ask_anthropic(status: Any, body: Any, headers: Any = None) -> Any:
    with anthropic_client(httpx2.Response(status, json=body, headers=headers)) as client:
        return client.messages.create(**ASK, max_tokens=10)


def ask_openai(status: Any, body: Any, headers: Any = None) -> Any:
    with openai_client(httpx2.Response(status, json=body, headers=headers)) as client:
        return client.chat.completions.create(**ASK)


def test_anthropics_own_exception_is_read_with_its_headers() -> None:
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask_anthropic(429, anthropic_error("rate_limit_error"), {"retry-after": "3", "request-id": "req_9"})
    signal = read(caught.value)
    assert (str(signal.code), signal.retry_after, signal.retryable) == ("RATE_LIMIT", 3.0, True)
    assert (signal.raw.http_status, signal.raw.request_id, signal.raw.provider) == (429, "req_1", "anthropic")


def test_an_account_on_hold_is_a_decline_in_an_exception_too() -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask_anthropic(400, anthropic_error("invalid_request_error", code="organization_on_hold"))
    assert str(read(caught.value).code) == "ACCOUNT_HOLD"


def test_openais_exception_shows_only_the_inner_error_and_is_read() -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask_openai(400, openai_error("content_filter", innererror=AZURE_PROMPT))
    signal = read(caught.value, provider="azure")
    assert (str(signal.outcome), str(signal.code), signal.raw.category) == (
        "declined",
        "JAILBREAK",
        "jailbreak",
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "AUTH"), (404, "INVALID_REQUEST"), (500, "PROVIDER_ERROR"), (429, "RATE_LIMIT")],
)
def test_an_exception_without_a_telling_body_is_read_by_its_status(status: Any, code: Any) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        ask_openai(status, "gone")
    assert str(read(caught.value).code) == code


def test_connection_errors_and_timeouts_are_read_by_their_class() -> None:
    request = httpx2.Request("POST", "http://127.0.0.1:9")
    assert str(read(anthropic.APIConnectionError(request=request)).code) == "NETWORK"
    assert str(read(anthropic.APITimeoutError(request=request)).code) == "TIMEOUT"
    assert str(read(openai.APIConnectionError(request=request)).code) == "NETWORK"
    assert str(read(openai.APITimeoutError(request=request)).code) == "TIMEOUT"
    assert str(read(TimeoutError()).code) == "TIMEOUT"
    assert str(read(ConnectionResetError()).code) == "NETWORK"


def completion(finish: Any) -> Any:
    message = {"role": "assistant", "content": "half an ans", "refusal": None}
    choice = {"index": 0, "finish_reason": finish, "message": message, "logprobs": None}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def test_a_filtered_or_cut_off_completion_that_a_helper_raised_is_an_answer() -> None:
    filtered = openai.ContentFilterFinishReasonError(completion=ask_openai(200, completion("content_filter")))
    assert (str(read(filtered).outcome), str(read(filtered).code)) == ("declined", "POLICY_VIOLATION")
    cut_off = openai.LengthFinishReasonError(completion=ask_openai(200, completion("length")))
    assert (str(read(cut_off).outcome), str(read(cut_off).code)) == ("degraded", "TRUNCATED")


def foreign(name: str, **attributes: Any) -> Any:
    kind = type(name, (Exception,), {})
    error = kind("blocked")
    for key, value in attributes.items():
        setattr(error, key, value)
    return error


class Verdict:
    def __init__(self, failed: Any) -> None:
        self.execution_failed = failed


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (foreign("ContentPolicyViolationError"), "declined", "POLICY_VIOLATION"),
        (
            foreign("ContentPolicyViolationError", body={"code": "cyber_policy", "message": "x"}),
            "declined",
            "CYBER",
        ),
        (
            foreign("GuardrailRaisedException", guardrail_name="g", blocked_content=True),
            "declined",
            "GUARDRAIL",
        ),
        (foreign("GuardrailRaisedException", blocked_content=False), "infra_error", "GUARDRAIL_UNAVAILABLE"),
        (foreign("GuardrailTripwireTriggered", guardrail_result=Verdict(False)), "declined", "GUARDRAIL"),
        (
            foreign("GuardrailTripwireTriggered", guardrail_result=Verdict(True)),
            "infra_error",
            "GUARDRAIL_UNAVAILABLE",
        ),
        (foreign("BlockedPiiEntityError"), "declined", "PII"),
        (foreign("RejectedRequestError"), "declined", "GUARDRAIL"),
        (foreign("ModifyResponseException"), "declined", "GUARDRAIL"),
        (foreign("BudgetExceededError"), "infra_error", "BILLING"),
        (foreign("MidStreamFallbackError"), "infra_error", "PROVIDER_ERROR"),
        (foreign("SomeTimeoutProblem"), "infra_error", "TIMEOUT"),
        (
            foreign(
                "ClientError",
                response={
                    "Error": {"Code": "ThrottlingException"},
                    "ResponseMetadata": {"HTTPStatusCode": 429},
                },
            ),
            "infra_error",
            "RATE_LIMIT",
        ),
        (
            foreign("ClientError", code=429, details=google_error(429, "RESOURCE_EXHAUSTED")),
            "infra_error",
            "RATE_LIMIT",
        ),
        (foreign("BrandNewError"), "degraded", "UNKNOWN_SIGNAL"),
        (KeyError("x"), "degraded", "UNKNOWN_SIGNAL"),
    ],
)
def test_an_exception_is_known_by_what_it_is_called_and_carries(error: Any, outcome: Any, code: Any) -> None:
    signal = read(error)
    assert (str(signal.outcome), str(signal.code)) == (outcome, code)


def test_an_exception_that_cannot_even_be_printed_is_unknown() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert str(read(Mute()).code) == "UNKNOWN_SIGNAL"


def test_sdk_objects_are_read_as_they_come() -> None:
    refused: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": "refusal",
        "stop_sequence": None,
        "stop_details": {"type": "refusal", "category": "brand_new", "explanation": None},
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    signal = read(ask_anthropic(200, refused))
    assert (str(signal.code), signal.raw.category) == ("POLICY_VIOLATION", "brand_new")
    assert str(read(ask_openai(200, completion("stop"))).outcome) == "ok"
    hop = {
        "type": "fallback",
        "from": {"model": "a"},
        "to": {"model": "b"},
        "trigger": {"type": "refusal", "category": "bio"},
    }
    served = refused | {
        "stop_reason": "end_turn",
        "stop_details": None,
        "content": [hop, {"type": "text", "text": "Done."}],
    }
    with anthropic_client(httpx2.Response(200, json=served)) as client:
        answer = client.beta.messages.create(**ASK, max_tokens=10)
    assert read(answer).hidden_declines == read(answer.model_dump()).hidden_declines == read(served).declines
    assert read(answer).hidden_declines[0].from_model == "a"
