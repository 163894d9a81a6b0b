"""The decorator: a function's calls are runs."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from refusals.done import DoneCondition
from refusals.recording import RunRecorder, RunVerdict

if TYPE_CHECKING:
    from refusals.hub import Hub

F = TypeVar("F", bound=Callable[..., Any])
Told = str | Callable[..., object] | None
OnVerdict = Callable[[RunVerdict], object]


def told(value: Told, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """A value, or what the caller's own function makes of the call's arguments."""
    found = value(*args, **kwargs) if callable(value) else value
    return None if found is None else str(found)


def recorded(
    hub: "Hub",
    pipeline: str,
    *,
    task_id: Told,
    prompt: Told,
    done: tuple[DoneCondition, ...],
    on_verdict: OnVerdict | None,
) -> Callable[[F], F]:
    """See `Hub.recorded`."""

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> RunRecorder:
        task = told(task_id, args, kwargs) or ""
        return hub.run(pipeline, task_id=task, prompt=told(prompt, args, kwargs), done=done)

    def end(run: RunRecorder, result: object) -> None:
        verdict = run.finish(result)
        if on_verdict is not None:
            on_verdict(verdict)

    def decorate(function: F) -> F:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator has no single ending: finish its run yourself, with hub.run")

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            run = begin(args, kwargs)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                end(run, error)
                raise
            end(run, result)
            return result

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            run = begin(args, kwargs)
            try:
                result = await function(*args, **kwargs)
            except BaseException as error:
                end(run, error)
                raise
            end(run, result)
            return result

        return call_async if inspect.iscoroutinefunction(function) else call  # type: ignore[return-value]  # same call

    return decorate
