"""A client that records: it stands in for the real one, and puts recorded calls in the place of its model calls."""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from refusals.recorded import OnVerdict, Told
from refusals.wrap.batches import record_results, remember_requests
from refusals.wrap.calls import record_call
from refusals.wrap.paths import LOOKING_AFTER, TREES, Leaf, Tree
from refusals.wrap.recorder import CallRecorder
from refusals.wrap.standing_in import StandIn
from refusals.wrap.wire import tap

if TYPE_CHECKING:
    from refusals.hub import Hub

T = TypeVar("T")


def wrap(hub: "Hub", client: T, pipeline: str, *, task_id: Told, on_verdict: OnVerdict | None) -> T:
    """See `Hub.wrap`."""
    packages = (base.__module__.partition(".")[0] for base in type(client).__mro__)
    package = next((name for name in packages if name in TREES), None)
    if package is None:
        raise TypeError(f"hub.wrap takes clients of {' and '.join(TREES)}, not {type(client).__qualname__}")
    tap(client)
    recorder = CallRecorder(hub, pipeline, provider=package, task_id=task_id, on_verdict=on_verdict)
    wrapped: Any = _Resource(client, TREES[package], recorder, package)
    return wrapped  # type: ignore[no-any-return]  # it stands in for a T


class _Resource(StandIn):
    """A client, or a part of one. `path`: how the log names it."""

    def __init__(self, real: Any, tree: Tree, recorder: CallRecorder, path: str) -> None:
        super().__init__(real)
        object.__setattr__(self, "_tree", tree)
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_path", path)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        branch = self._tree.get(name) or _by_kind(name, found)
        if isinstance(branch, Mapping):
            return _Resource(found, branch, self._recorder, f"{self._path}.{name}")
        match branch:
            case Leaf.CALL | Leaf.RUNNER:
                return record_call(found, self._recorder)
            case Leaf.BATCH:
                return remember_requests(found, self._recorder)
            case Leaf.RESULTS:
                return record_results(found, self._recorder)
            case Leaf.CLIENT:
                return self._making_clients(found)
            case Leaf.UNRECORDED:
                return self._said_once(found, f"{self._path}.{name}")
        return found

    def __enter__(self) -> Any:
        self._real.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._real.__exit__(*error)

    async def __aenter__(self) -> Any:
        await self._real.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._real.__aexit__(*error)

    def _making_clients(self, make: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(make)
        def made(*args: Any, **kwargs: Any) -> Any:
            client = make(*args, **kwargs)
            tap(client)
            return _Resource(client, self._tree, self._recorder, self._path)

        return made

    def _said_once(self, function: Callable[..., Any], path: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def passed(*args: Any, **kwargs: Any) -> Any:
            self._recorder.passes_unrecorded(path)
            return function(*args, **kwargs)

        return passed


def _by_kind(name: str, found: Any) -> Leaf | Tree:
    """What an attribute is that no table names: a resource of the SDK, a call of one, or anything else."""
    if name.startswith("_") or name in LOOKING_AFTER:
        return Leaf.HARMLESS
    if ".resources." in type(found).__module__:
        return {}
    owner = getattr(found, "__self__", None)  # a raw response's call is a function that wraps a method
    owner = getattr(getattr(found, "__wrapped__", None), "__self__", None) if owner is None else owner
    return Leaf.UNRECORDED if ".resources." in type(owner).__module__ else Leaf.HARMLESS
