"""A client that records: it stands in for the real one, and puts recorded calls in the place of its model calls."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from refusals.recorded import OnVerdict, Told
from refusals.wrap.calls import record_call
from refusals.wrap.recorder import CallRecorder
from refusals.wrap.standing_in import StandIn

if TYPE_CHECKING:
    from refusals.hub import Hub

T = TypeVar("T")

_CALL = "a model call"
_CLIENT = "makes another client"
_Tree = Mapping[str, Any]

# Which attributes of a client lead to its model calls, by the package it comes from.
_MESSAGES: _Tree = {"create": _CALL, "parse": _CALL, "stream": _CALL}
_TREES: dict[str, _Tree] = {
    "anthropic": {
        "messages": _MESSAGES,
        "beta": {"messages": _MESSAGES},
        "with_options": _CLIENT,
        "copy": _CLIENT,
    },
    "openai": {
        "chat": {"completions": {"create": _CALL, "parse": _CALL, "stream": _CALL}},
        "responses": {"create": _CALL, "parse": _CALL, "stream": _CALL},
        "with_options": _CLIENT,
        "copy": _CLIENT,
    },
}


def wrap(hub: "Hub", client: T, pipeline: str, *, task_id: Told, on_verdict: OnVerdict | None) -> T:
    """See `Hub.wrap`."""
    packages = (base.__module__.partition(".")[0] for base in type(client).__mro__)
    package = next((name for name in packages if name in _TREES), None)
    if package is None:
        raise TypeError(f"hub.wrap takes clients of {' and '.join(_TREES)}, not {type(client).__qualname__}")
    recorder = CallRecorder(hub, pipeline, provider=package, task_id=task_id, on_verdict=on_verdict)
    wrapped: Any = _Resource(client, _TREES[package], recorder)
    return wrapped  # type: ignore[no-any-return]  # it stands in for a T


class _Resource(StandIn):
    """A client, or a part of one."""

    def __init__(self, real: Any, tree: _Tree, recorder: CallRecorder) -> None:
        super().__init__(real)
        object.__setattr__(self, "_tree", tree)
        object.__setattr__(self, "_recorder", recorder)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        branch = self._tree.get(name)
        if branch is None:
            return found
        if branch is _CALL:
            return record_call(found, self._recorder)
        if branch is _CLIENT:
            return self._making_clients(found)
        return _Resource(found, branch, self._recorder)

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
        def made(*args: Any, **kwargs: Any) -> Any:
            return _Resource(make(*args, **kwargs), self._tree, self._recorder)

        return made
