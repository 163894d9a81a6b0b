"""What a wrapped client's calls have in common, and the one ending that each of them is told to have."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from refusals.asked import sent_over_the_wire
from refusals.endings import Outcome
from refusals.recorded import OnVerdict, Told, told
from refusals.recording import RunRecorder, RunVerdict
from refusals.recording_batches import BatchRecorder, Requests
from refusals.reporting import raised
from refusals.troubles import logger
from refusals.wrap.wire import listening

if TYPE_CHECKING:
    from refusals.hub import Hub

_BATCHES_KEPT = 8
# Arguments that steer the SDK, or leave as headers: no part of the request's body.
_STEERING = frozenset({"extra_headers", "extra_query", "extra_body", "timeout", "idempotency_key"})
_HEADERS = frozenset({"betas", "user_profile_id", "workspace_id"})
_RUNNING_TOOLS = frozenset({"max_iterations", "run_tools_eagerly"})
_NOT_IN_THE_BODY = _STEERING | _HEADERS | _RUNNING_TOOLS


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
        self._requests: dict[str, tuple[Requests, tuple[str, ...]]] = {}

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> "Call":
        """A call with these arguments. The caller's own `task_id` may raise.

        They are what is told of its request unless it is heard as it leaves: see `Call.sending`.
        """
        request = _body_of(kwargs)
        run = self._hub.run(
            self._pipeline,
            task_id=told(self._task_id, args, kwargs) or "",
            request=request,
            betas=betas_given(kwargs),
            model=str(request.get("model", "")),
            provider=self._provider,
        )
        return Call(self._hub, run, self._on_verdict)

    def passes_unrecorded(self, path: str) -> None:
        """Say once in the log that what this path of the client answers is not recorded."""
        self._hub.say_once(
            f"unrecorded {path}",
            "%s is called on a wrapped client, and what it answers is not recorded: finish its runs yourself.",
            path,
        )

    def remember(self, batch_id: str, requests: Requests, betas: tuple[str, ...]) -> None:
        """Keep the requests of a batch until its results are read; of the batches of late alone."""
        self._requests[batch_id] = requests, betas
        while len(self._requests) > _BATCHES_KEPT:
            self._requests.pop(next(iter(self._requests)))

    def batch(self, batch_id: str) -> "BatchRecorder":
        """Records the results of a batch, one run a line."""
        requests, betas = self._requests.get(batch_id, ({}, ()))
        return BatchRecorder(
            self._hub,
            self._pipeline,
            batch_id=batch_id,
            requests=requests,
            betas=betas,
            provider=self._provider,
            task_id=self._task_id,
        )

    def call(self, run: RunRecorder) -> "Call":
        """A call whose run has begun elsewhere."""
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

    def sending(self) -> AbstractContextManager[None]:
        """Around whatever may send the request: it is recorded as it goes over the wire."""
        return listening(self._heard)

    def _heard(self, content: bytes, beta_header: str) -> None:
        if not self.is_over and (sent := sent_over_the_wire(content, beta_header=beta_header)):
            self._run.was_sent(sent)

    def telling(self, error: BaseException | None, so_far: object) -> object:
        """What ended a call that was being read: the exception, unless it is the reader's own and not the model's."""
        if error is not None and raised(error, provider="").signal.outcome in (
            Outcome.INFRA_ERROR,
            Outcome.DECLINED,
        ):
            return error
        return so_far

    def end(self, result: object, *, http_status: int | None = None) -> None:
        """Record what the call came to. Only the caller's own `on_verdict` may raise."""
        verdict = self._recorded(result, http_status)
        if verdict is not None and self._on_verdict is not None:
            self._on_verdict(verdict)

    def abandon(self, result: object) -> None:
        """A stream was dropped before its end: record what came of it, a little later.

        For the garbage collector calls this, anywhere, also amid our own locks.
        """
        self._hub.later(lambda: self._recorded(result))

    def _recorded(self, result: object, http_status: int | None = None) -> RunVerdict | None:
        if self.is_over:
            return None
        try:
            return self._run.finish(result, http_status=http_status)
        except Exception:  # noqa: BLE001 - the one wall between our mistakes and somebody else's pipeline
            logger.exception("Run %s could not be recorded", self._run.run_id)
            return None


def _body_of(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The request's body, as far as the arguments tell; what was not given to the SDK is no part of it."""
    body = {
        name: value for name, value in kwargs.items() if name not in _NOT_IN_THE_BODY and _is_given(value)
    }
    extra = kwargs.get("extra_body")
    return {**body, **extra} if isinstance(extra, Mapping) else body


def betas_given(kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The argument `betas`, which leaves as a header."""
    betas = kwargs.get("betas")
    return tuple(map(str, betas)) if isinstance(betas, list | tuple) else ()


def _is_given(value: object) -> bool:
    return type(value).__name__ not in ("NotGiven", "Omit")
