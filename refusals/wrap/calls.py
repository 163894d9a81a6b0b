"""One model call of a wrapped client: called as ever, its ending recorded on the way back."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from refusals.wrap.raw import hear, is_raw
from refusals.wrap.recorder import Call, CallRecorder
from refusals.wrap.streams import RecordedAsyncManager, RecordedAsyncStream, RecordedManager, RecordedStream


def record_call(function: Callable[..., Any], recorder: CallRecorder) -> Callable[..., Any]:
    """The same function, of which every call is recorded."""

    @functools.wraps(function)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        call = recorder.begin(args, kwargs)
        try:
            with call.sending():
                result = function(*args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        return _awaited(result, call) if inspect.isawaitable(result) else _passed_on(result, call)

    return recorded


async def _awaited(result: Any, call: Call) -> Any:
    try:
        with call.sending():
            answer = await result
    except BaseException as error:
        call.end(error)
        raise
    return _passed_on(answer, call)


def _passed_on(result: Any, call: Call) -> Any:
    """An answer is recorded and returned; a stream, or what opens one, is recorded when it ends."""
    kind = type(result)
    if is_raw(result):
        hear(result, call)
        return result
    if hasattr(kind, "__anext__"):
        return RecordedAsyncStream(result, call)
    if hasattr(kind, "__next__"):
        return RecordedStream(result, call)
    if hasattr(kind, "__aenter__"):
        return RecordedAsyncManager(result, call)
    if hasattr(kind, "__enter__"):
        return RecordedManager(result, call)
    call.end(result)
    return result
