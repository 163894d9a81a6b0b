"""What a wrapped client really sends: heard at the SDK's own HTTP client, as the last thing before it leaves.

The arguments of an SDK's method are not the body of its request: some steer the SDK, some become headers, some are
written anew. A hook stands on the HTTP client once, and tells whoever listens in the same context.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# Told the body's bytes and the header `anthropic-beta`, empty where there is none.
Heard = Callable[[bytes, str], None]

_listener: ContextVar[Heard | None] = ContextVar("refusals_wire", default=None)


@contextmanager
def listening(heard: Heard) -> Iterator[None]:
    """Have `heard` called with each request that is sent inside the block."""
    token = _listener.set(heard)
    try:
        yield
    finally:
        _listener.reset(token)


def tap(client: object) -> None:
    """Put the hook on an SDK client's HTTP client, once; a client that has no such thing is left as it is."""
    http = getattr(client, "_client", None)
    hooks = getattr(http, "event_hooks", None)
    if isinstance(hooks, dict) and isinstance(asked := hooks.get("request"), list):
        hook = _hear_async if hasattr(http, "aclose") else _hear
        if hook not in asked:
            asked.append(hook)


def _hear(request: Any) -> None:
    heard = _listener.get()
    if heard is None:
        return
    try:
        content = request.content
    except (RuntimeError, AttributeError):
        return  # a body that is streamed out, such as a file's: no question to a model
    heard(content, request.headers.get("anthropic-beta", ""))


async def _hear_async(request: Any) -> None:
    _hear(request)
