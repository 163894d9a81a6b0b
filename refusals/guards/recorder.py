"""What a guard refuses, recorded as a run: `Hub.guard` gives the recorder of one surface."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from refusals.recorded import Told, told
from refusals.reporting import Surface

if TYPE_CHECKING:
    from refusals.hub import Hub

SURFACES: tuple[Surface, ...] = get_args(Surface)
G = TypeVar("G", bound=Callable[..., Any])


class GuardRecorder:
    """Records what the guards of one surface refuse; what they let pass leaves no trace.

    Call it with a guard (any callable that returns a refusal or None) to get the same guard, recorded; or give
    it each answer with `refused`. The refusal comes back unchanged: what to do about it is the pipeline's part.
    """

    def __init__(self, hub: "Hub", surface: Surface, *, pipeline: str, task_id: Told, prompt: Told) -> None:
        if surface not in SURFACES:
            raise ValueError(f"unknown guard surface {surface!r}; known are {', '.join(SURFACES)}")
        self.surface: Surface = surface
        self._hub = hub
        self._pipeline = pipeline
        self._task_id = task_id
        self._prompt = prompt

    def refused(
        self, refusal: str | None, *, task_id: object = None, prompt: str | None = None
    ) -> str | None:
        """Record `refusal` unless it is None, and return it. `task_id` and `prompt` replace the recorder's own."""
        return self._record(refusal, task_id=task_id, prompt=prompt, args=(), kwargs={})

    def __call__(self, guard: G) -> G:
        """The guard, plain or async, of which every refusal is recorded. Also a decorator."""
        is_async = inspect.iscoroutinefunction(guard) or inspect.iscoroutinefunction(
            getattr(guard, "__call__", None)  # noqa: B004 - whether it awaits is asked, not whether it is callable
        )

        @functools.wraps(guard, updated=())
        def check(*args: Any, **kwargs: Any) -> str | None:
            return self._record(guard(*args, **kwargs), args=args, kwargs=kwargs)

        @functools.wraps(guard, updated=())
        async def check_async(*args: Any, **kwargs: Any) -> str | None:
            return self._record(await guard(*args, **kwargs), args=args, kwargs=kwargs)

        return check_async if is_async else check  # type: ignore[return-value]  # same call

    def _record(
        self,
        refusal: str | None,
        *,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        task_id: object = None,
        prompt: str | None = None,
    ) -> str | None:
        if refusal is None:
            return None
        task = told(self._task_id, args, kwargs) if task_id is None else task_id
        asked = told(self._prompt, args, kwargs) if prompt is None else prompt
        with self._hub.run(self._pipeline, task_id=task or "", prompt=asked) as run:
            run.finish(refusal=refusal, surface=self.surface)
        return refusal
