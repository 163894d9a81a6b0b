"""Streams of a wrapped client: passed through event by event, recorded when they end, break or are closed.

An SDK's helper stream keeps a snapshot of the message so far; of a bare stream the events themselves are kept.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from refusals.wrap.raw import hear, is_raw
from refusals.wrap.recorder import Call
from refusals.wrap.standing_in import StandIn

_SNAPSHOTS = ("current_message_snapshot", "current_completion_snapshot")
# What reads a helper stream to its end by itself, past us, where the SDK keeps no snapshot.
_READERS = ("until_done", "get_final_response")


# What only those that run a model's tools can do; they yield messages, or streams of them.
_RUNNER = "generate_tool_call_response"


def _snapshot_name(stream: Any) -> str | None:
    return next((name for name in _SNAPSHOTS if hasattr(type(stream), name)), None)


def _snapshot(stream: Any) -> object:
    try:
        return getattr(stream, _snapshot_name(stream) or "")
    except AssertionError:  # the SDK's way to say that no message has begun
        return []


class _Recorded(StandIn):
    """What streams and their managers have in common: the events so far, and the ending that is told once."""

    def __init__(self, real: Any, call: Call) -> None:
        super().__init__(real)
        object.__setattr__(self, "_call", call)
        object.__setattr__(self, "_events", [])
        object.__setattr__(self, "_keeps_events", _snapshot_name(real) is None)

    def __del__(self) -> None:
        if not self._call.is_over:
            self._call.abandon(self._so_far())

    def _saw(self, event: Any) -> None:
        if self._keeps_events:
            self._events.append(event)

    def _so_far(self) -> object:
        if not self._keeps_events:
            return _snapshot(self._real)
        if self._events and hasattr(
            type(self._real), _RUNNER
        ):  # a run of several calls, which ends as its last one
            last = self._events[-1]
            return last if _snapshot_name(last) is None else _snapshot(last)
        return self._events

    def _over(self, error: BaseException | None = None) -> None:
        self._call.end(self._call.telling(error, self._so_far()))


class RecordedStream(_Recorded):
    """A stream that is iterated."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._read_by_us(found) if name in _READERS and self._keeps_events else found

    def __iter__(self) -> Iterator[Any]:
        while True:
            try:
                event = next(self)
            except StopIteration:
                return
            yield event

    def __next__(self) -> Any:
        try:
            with self._call.sending():  # a runner of tools asks as it is read
                event = next(self._real)
        except StopIteration:
            self._over()
            raise
        except BaseException as error:
            self._over(error)
            raise
        self._saw(event)
        return event

    def __enter__(self) -> Any:
        self._real.__enter__()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        try:
            return self._real.__exit__(kind, error, trace)
        finally:
            self._over(error)

    def close(self) -> None:
        try:
            self._real.close()
        finally:
            self._over()

    def _read_by_us(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def read(*args: Any, **kwargs: Any) -> Any:
            for _ in self:
                pass
            return method(*args, **kwargs)

        return read


class RecordedAsyncStream(_Recorded):
    """A stream that is iterated with `async for`."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._read_by_us(found) if name in _READERS and self._keeps_events else found

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            try:
                event = await self.__anext__()
            except StopAsyncIteration:
                return
            yield event

    async def __anext__(self) -> Any:
        try:
            with self._call.sending():
                event = await self._real.__anext__()
        except StopAsyncIteration:
            self._over()
            raise
        except BaseException as error:
            self._over(error)
            raise
        self._saw(event)
        return event

    async def __aenter__(self) -> Any:
        await self._real.__aenter__()
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        try:
            return await self._real.__aexit__(kind, error, trace)
        finally:
            self._over(error)

    async def close(self) -> None:
        try:
            await self._real.close()
        finally:
            self._over()

    def _read_by_us(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def read(*args: Any, **kwargs: Any) -> Any:
            async for _ in self:
                pass
            return await method(*args, **kwargs)

        return read


class RecordedManager(StandIn):
    """What `stream()` of an SDK gives: the call happens when it is entered."""

    def __init__(self, real: Any, call: Call) -> None:
        super().__init__(real)
        object.__setattr__(self, "_call", call)
        object.__setattr__(self, "_stream", None)

    def __enter__(self) -> Any:
        try:
            with self._call.sending():
                stream = self._real.__enter__()
        except BaseException as error:
            self._call.end(error)
            raise
        if is_raw(stream):
            hear(stream, self._call)
            return stream
        object.__setattr__(self, "_stream", RecordedStream(stream, self._call))
        return self._stream

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        try:
            return self._real.__exit__(kind, error, trace)
        finally:
            if self._stream is not None:
                self._stream._over(error)


class RecordedAsyncManager(StandIn):
    """The same for `async with`."""

    def __init__(self, real: Any, call: Call) -> None:
        super().__init__(real)
        object.__setattr__(self, "_call", call)
        object.__setattr__(self, "_stream", None)

    async def __aenter__(self) -> Any:
        try:
            with self._call.sending():
                stream = await self._real.__aenter__()
        except BaseException as error:
            self._call.end(error)
            raise
        if is_raw(stream):
            hear(stream, self._call)
            return stream
        object.__setattr__(self, "_stream", RecordedAsyncStream(stream, self._call))
        return self._stream

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        try:
            return await self._real.__aexit__(kind, error, trace)
        finally:
            if self._stream is not None:
                self._stream._over(error)
