"""Raw responses of an SDK: the caller reads them as ever, and what it reads is heard here.

Whatever way it reads (`parse`, `read`, `iter_lines`, a stream of events), the bytes come through `iter_bytes` of
the HTTP response. What is not read until the response is closed is no answer.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from refusals.signals.received import plain
from refusals.wrap.recorder import Call


def is_raw(result: object) -> bool:
    """Whether an SDK gave its answer as a raw response."""
    return hasattr(result, "http_response") and hasattr(type(result), "parse")


def hear(result: Any, call: Call) -> None:
    """Record the answer that is in a raw response, or that will be read from it."""
    response = result.http_response
    if response.is_closed:  # the SDK has read it: it was no stream
        call.end(_body(response.content), http_status=response.status_code)
    else:
        _Ear(response, call).listen()


class _Ear:
    """Hears what is read from one HTTP response. It lives as long as the response."""

    def __init__(self, response: Any, call: Call) -> None:
        self._call = call
        self._status = response.status_code
        self._heard: list[bytes] = []
        self._is_reading = False
        self._response = response
        self._iter_bytes, self._aiter_bytes = response.iter_bytes, response.aiter_bytes
        self._close, self._aclose = response.close, response.aclose

    def listen(self) -> None:
        response = self._response
        response.iter_bytes, response.aiter_bytes = self.iter_bytes, self.aiter_bytes
        response.close, response.aclose = self.close, self.aclose

    def __del__(self) -> None:
        if not self._call.is_over:
            self._call.abandon(_body(b"".join(self._heard)))

    def iter_bytes(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        self._is_reading = True
        try:
            for chunk in self._iter_bytes(*args, **kwargs):
                self._heard.append(chunk)
                self._is_reading = False
                yield chunk
                self._is_reading = True
        except Exception as error:
            self._over(error)
            raise
        else:
            self._over()

    async def aiter_bytes(self, *args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
        self._is_reading = True
        try:
            async for chunk in self._aiter_bytes(*args, **kwargs):
                self._heard.append(chunk)
                self._is_reading = False
                yield chunk
                self._is_reading = True
        except Exception as error:
            self._over(error)
            raise
        else:
            self._over()

    def close(self) -> None:
        self._close()
        if not self._is_reading:  # else it closes itself, with its last bytes still on their way to us
            self._over()

    async def aclose(self) -> None:
        await self._aclose()
        if not self._is_reading:
            self._over()

    def _over(self, error: Exception | None = None) -> None:
        if not self._call.is_over:
            told = _body(b"".join(self._heard))
            self._call.end(self._call.telling(error, told), http_status=self._status)
        self._heard.clear()


def _body(content: bytes) -> object:
    """The answer as data. A text that is none is unknown to every rule, and no plain answer."""
    body = plain(content) if content else []
    return {"not_json": body} if isinstance(body, str) else body
