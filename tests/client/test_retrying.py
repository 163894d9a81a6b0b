"""Again after a retryable infrastructure error, and after nothing else."""

# refusals: allow-file RH001 - what is expected, or arrives from outside, is spelled out

import inspect
import itertools
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refusals import Hub
from refusals.retrying import retry, retry_async
from tests.client.conftest import finished, message, refusal, rows_in
from tests.client.test_recording import anthropic_error


class Calls:
    """A call that comes to these results, one after the other; an exception is raised."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.made = 0

    def __call__(self) -> Any:
        self.made += 1
        result = self.results[min(self.made, len(self.results)) - 1]
        if isinstance(result, BaseException):
            raise result
        return result


def no_wait(_: float) -> None:
    """Time does not pass."""


LIMIT = anthropic_error(429, "rate_limit_error")
RETRYABLE = [LIMIT, anthropic_error(529, "overloaded_error"), TimeoutError(), ConnectionError()]


@pytest.mark.parametrize("error", RETRYABLE)
def test_a_retryable_error_is_called_again(error: BaseException) -> None:
    calls = Calls(error, error, message())
    assert retry(calls, sleep=no_wait) == message()
    assert calls.made == 3


def test_a_retryable_body_is_called_again() -> None:
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "later"}}
    calls = Calls(overloaded, message())
    assert retry(calls, sleep=no_wait) == message()


@pytest.mark.parametrize(
    "result",
    [
        refusal(),
        message(stop_reason="max_tokens"),
        message(),
        "A text.",
        "REFUSED: RCE_RISK: eval",
        {"type": "error", "error": {"type": "authentication_error", "message": "no"}},
    ],
)
def test_anything_else_is_returned_at_once(result: Any) -> None:
    calls = Calls(result)
    assert retry(calls, sleep=no_wait) is result
    assert calls.made == 1


class ContentPolicyViolationError(Exception):
    """A verdict that a gateway raises; it looks like an error."""

    status_code = 429


@pytest.mark.parametrize(
    "error", [ContentPolicyViolationError(), KeyError("x"), anthropic_error(400, "invalid_request_error")]
)
def test_anything_else_is_raised_at_once(error: Exception) -> None:
    calls = Calls(error)
    with pytest.raises(type(error)) as caught:
        retry(calls, sleep=no_wait)
    assert (caught.value, calls.made) == (error, 1)


def test_the_last_error_is_raised() -> None:
    calls = Calls(LIMIT)
    with pytest.raises(anthropic.RateLimitError):
        retry(calls, attempts=3, sleep=no_wait)
    assert calls.made == 3


def test_nobody_can_say_what_is_retried() -> None:
    for function in (retry, retry_async):
        names = list(inspect.signature(function).parameters)
        assert names == ["call", "attempts", "base", "cap", "sleep", "rng"]


@given(st.floats(0, 1), st.integers(2, 40))
def test_the_pause_grows_and_is_bounded(chance: float, attempts: int) -> None:
    pauses: list[float] = []
    with pytest.raises(TimeoutError):
        retry(Calls(TimeoutError()), attempts=attempts, sleep=pauses.append, rng=lambda: chance)
    assert len(pauses) == attempts - 1
    assert all(pause == chance * min(30, 0.5 * 2**n) for n, pause in enumerate(pauses))


def test_the_provider_says_how_long_at_least() -> None:
    pauses: list[float] = []
    retry(Calls(LIMIT, message()), sleep=pauses.append, rng=lambda: 0.1)
    assert pauses == [7.0]


def test_attempts_are_numbered_and_only_the_last_is_final(absent_hub: Hub) -> None:
    results = itertools.chain([LIMIT, LIMIT], itertools.repeat(message()))

    def call() -> Any:
        with absent_hub.run("p", prompt="p") as run:
            result = next(results)
            if isinstance(result, Exception):
                raise result
            run.finish(result)
            return result

    absent_hub.retry(call, sleep=no_wait)
    assert [(row["attempt"], row["final"]) for row in rows_in(absent_hub)] == [
        (1, False),
        (2, False),
        (3, True),
    ]


def test_the_last_of_all_attempts_is_final_too(absent_hub: Hub) -> None:
    def call() -> Any:
        with absent_hub.run("p", prompt="p"):
            raise LIMIT

    with pytest.raises(anthropic.RateLimitError):
        absent_hub.retry(call, attempts=2, sleep=no_wait)
    assert [(row["attempt"], row["final"]) for row in rows_in(absent_hub)] == [(1, False), (2, True)]


def awaited(calls: Calls) -> Callable[[], Any]:
    async def call() -> Any:
        return calls()

    return call


def test_what_is_awaited_is_retried_the_same_way() -> None:
    async def no_wait_async(_: float) -> None:
        """Time does not pass."""

    calls = Calls(LIMIT, message())
    assert finished(retry_async(awaited(calls), sleep=no_wait_async)) == message()
    declined = Calls(refusal())
    assert finished(retry_async(awaited(declined), sleep=no_wait_async)) == refusal()
    assert (calls.made, declined.made) == (2, 1)
