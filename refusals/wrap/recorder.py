"""What a wrapped client's calls have in common, and the one ending that each of them is told to have."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from refusals.recorded import OnVerdict, Told, told
from refusals.recording import RunRecorder, RunVerdict
from refusals.troubles import logger

if TYPE_CHECKING:
    from refusals.hub import Hub

# Arguments that steer the SDK and are no part of the request's body.
_STEERING = frozenset({"extra_headers", "extra_query", "extra_body", "timeout", "idempotency_key"})


class CallRecorder:
    """Begins a run for each call of one wrapped client."""

    def __init__(
        self, hub: "Hub", pipeline: str, *, provider: str, task_id: Told, on_verdict: OnVerdict | None
    ) -> None:
        self._hub = hub
        self._pipeline = pipeline
        self._provider = provider
        self._task_id = task_id
        self._on_verdict = on_verdict

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> "Call":
        """A call with these arguments. The caller's own `task_id` may raise."""
        request = _body_of(kwargs)
        run = self._hub.run(
            self._pipeline,
            task_id=told(self._task_id, args, kwargs) or "",
            request=request,
            model=str(request.get("model", "")),
            provider=self._provider,
        )
        return Call(self._hub, run, self._on_verdict)


class Call:
    """One call on its way. Its ending is recorded once; what is told later is not heard."""

    def __init__(self, hub: "Hub", run: RunRecorder, on_verdict: OnVerdict | None) -> None:
        self._hub = hub
        self._run = run
        self._on_verdict = on_verdict

    @property
    def is_over(self) -> bool:
        """Whether its ending has been told."""
        return self._run.verdict is not None

    def end(self, result: object) -> None:
        """Record what the call came to. Only the caller's own `on_verdict` may raise."""
        verdict = self._recorded(result)
        if verdict is not None and self._on_verdict is not None:
            self._on_verdict(verdict)

    def abandon(self, result: object) -> None:
        """A stream was dropped before its end: record what came of it, a little later.

        For the garbage collector calls this, anywhere, also amid our own locks.
        """
        self._hub.later(lambda: self._recorded(result))

    def _recorded(self, result: object) -> RunVerdict | None:
        if self.is_over:
            return None
        try:
            return self._run.finish(result)
        except Exception:  # noqa: BLE001 - the one wall between our mistakes and somebody else's pipeline
            logger.exception("Run %s could not be recorded", self._run.run_id)
            return None


def _body_of(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The request's body as it goes out; what was not given to the SDK is no part of it."""
    body = {name: value for name, value in kwargs.items() if name not in _STEERING and _is_given(value)}
    extra = kwargs.get("extra_body")
    return {**body, **extra} if isinstance(extra, Mapping) else body


def _is_given(value: object) -> bool:
    return type(value).__name__ not in ("NotGiven", "Omit")
