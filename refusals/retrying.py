"""Calling again after a retryable infrastructure error, and after nothing else.

There is no way to have a decline retried: what may be retried is read from the answer, never asked of the caller.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from refusals.reporting import answered, raised
from refusals.signals import Signal

T = TypeVar("T")

# Which attempt is going on, of how many: what is recorded meanwhile says so.
_attempt: ContextVar[tuple[int, int]] = ContextVar("refusals_attempt", default=(1, 1))


def current_attempt() -> tuple[int, int]:
    """The number of the attempt that is going on here, and how many there may be; (1, 1) outside of a retry."""
    return _attempt.get()


def retry(
    call: Callable[[], T],
    *,
    attempts: int = 5,
    base: float = 0.5,
    cap: float = 30.0,
    sleep: Callable[[float], object] = time.sleep,
    rng: Callable[[], float] = random.random,
) -> T:
    """What `call` returns, or raises, in the end.

    It is called again, `attempts` times in all, while what it comes to is a retryable infrastructure error. The
    pause before is random between 0 and `base` doubled with each attempt (`cap` seconds at most), and never
    shorter than the provider's `Retry-After`.
    """
    for attempt in range(1, attempts):
        with _as_attempt(attempt, attempts):
            try:
                result = call()
                signal = answered(result, provider="").signal
            except Exception as error:
                signal = raised(error, provider="").signal
                if not signal.retryable:
                    raise
            else:
                if not signal.retryable:
                    return result
        sleep(_pause(signal, attempt, base, cap, rng))
    with _as_attempt(attempts, attempts):
        return call()


async def retry_async(
    call: Callable[[], Awaitable[T]],
    *,
    attempts: int = 5,
    base: float = 0.5,
    cap: float = 30.0,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    rng: Callable[[], float] = random.random,
) -> T:
    """The same for a call that is awaited; see `retry`."""
    for attempt in range(1, attempts):
        with _as_attempt(attempt, attempts):
            try:
                result = await call()
                signal = answered(result, provider="").signal
            except Exception as error:
                signal = raised(error, provider="").signal
                if not signal.retryable:
                    raise
            else:
                if not signal.retryable:
                    return result
        await sleep(_pause(signal, attempt, base, cap, rng))
    with _as_attempt(attempts, attempts):
        return await call()


@contextmanager
def _as_attempt(number: int, attempts: int) -> Iterator[None]:
    token = _attempt.set((number, attempts))
    try:
        yield
    finally:
        _attempt.reset(token)


def _pause(signal: Signal, attempt: int, base: float, cap: float, rng: Callable[[], float]) -> float:
    backoff = rng() * min(cap, base * 2.0 ** min(attempt - 1, 32))
    return max(backoff, signal.retry_after or 0.0)
