"""Batches of a wrapped client: a run for each result, recorded as the caller reads it."""

import functools
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from refusals.asked import betas_of
from refusals.recording_batches import BatchRecorder, Requests, requests_by_id
from refusals.wrap.recorder import CallRecorder, betas_given
from refusals.wrap.standing_in import StandIn
from refusals.wrap.wire import listening


def remember_requests(create: Callable[..., Any], recorder: CallRecorder) -> Callable[..., Any]:
    """The same function; what it was asked is kept for the runs of its results."""

    def note(batch: Any, asked: _Asked) -> Any:
        recorder.remember(str(getattr(batch, "id", "")), asked.requests, asked.betas)
        return batch

    async def noted(made: Any, asked: _Asked) -> Any:
        with listening(asked.heard):
            batch = await made
        return note(batch, asked)

    @functools.wraps(create)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        asked = _Asked(kwargs)
        with listening(asked.heard):
            made = create(*args, **kwargs)
        return noted(made, asked) if inspect.isawaitable(made) else note(made, asked)

    return remembered


class _Asked:
    """What a batch asks: as it went over the wire, or as far as the arguments tell."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.requests: Requests = requests_by_id(kwargs.get("requests"))
        self.betas = betas_given(kwargs)

    def heard(self, content: bytes, beta_header: str) -> None:
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            return
        if isinstance(body, dict) and (requests := requests_by_id(body.get("requests"))):
            self.requests, self.betas = requests, betas_of(beta_header)


def record_results(results: Callable[..., Any], recorder: CallRecorder) -> Callable[..., Any]:
    """The same function; each line of what it gives is recorded when it is read."""

    async def awaited(lines: Any, batch: BatchRecorder) -> Any:
        return _AsyncResults(await lines, batch, recorder)

    @functools.wraps(results)
    def read(*args: Any, **kwargs: Any) -> Any:
        batch = recorder.batch(str(args[0] if args else kwargs.get("message_batch_id", "")))
        lines = results(*args, **kwargs)
        return awaited(lines, batch) if inspect.isawaitable(lines) else _Results(lines, batch, recorder)

    return read


class _Recorded(StandIn):
    """The lines of a batch's results."""

    def __init__(self, real: Any, batch: BatchRecorder, recorder: CallRecorder) -> None:
        super().__init__(real)
        object.__setattr__(self, "_batch", batch)
        object.__setattr__(self, "_recorder", recorder)

    def _saw(self, line: Any) -> Any:
        result = self._batch.begin(line)
        self._recorder.call(result.run).end(result.body, http_status=result.http_status)
        return line


class _Results(_Recorded):
    def __next__(self) -> Any:
        return self._saw(next(self._real))

    def __iter__(self) -> Iterator[Any]:
        for line in self._real:
            yield self._saw(line)


class _AsyncResults(_Recorded):
    async def __anext__(self) -> Any:
        return self._saw(await self._real.__anext__())

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for line in self._real:
            yield self._saw(line)
