"""The results of a batch, recorded: one run for each line, named by its batch and the caller's id."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from refusals.recorded import Told, told
from refusals.recording import RunRecorder, RunVerdict
from refusals.signals import batches

if TYPE_CHECKING:
    from refusals.hub import Hub

Requests = Mapping[str, Mapping[str, Any]]


class Result(NamedTuple):
    """One line: its run, and what that is to be finished with."""

    custom_id: str | None
    run: RunRecorder
    body: object
    http_status: int | None


class BatchRecorder:
    """Begins a run for each line of one batch.

    `requests`: what was asked, by the caller's id, where known; `betas`: the header that all of them left with.
    """

    def __init__(
        self,
        hub: "Hub",
        pipeline: str,
        *,
        batch_id: str,
        requests: Requests,
        provider: str,
        task_id: Told,
        betas: tuple[str, ...] = (),
    ) -> None:
        self._hub = hub
        self._pipeline = pipeline
        self._batch_id = batch_id
        self._requests = requests
        self._betas = betas
        self._provider = provider
        self._task_id = task_id

    def begin(self, line: object) -> Result:
        """The run of one line, which is text, a dict or an SDK's object. The caller's `task_id` may raise."""
        known = batches.plain_line(line)
        custom_id = batches.custom_id(known)
        request = self._requests.get(custom_id or "")
        run = self._hub.run(
            self._pipeline,
            task_id=self._task_of(custom_id or "", request),
            request=request,
            betas=self._betas if request is not None else (),
            model=str((request or {}).get("model", "")),
            provider=self._provider,
            # Read again, a line is the same run: the hub knows it, and counts it once.
            run_id=f"{self._batch_id}:{custom_id}" if self._batch_id and custom_id else "",
            timed=False,
        )
        body, _, status = batches.answer(known)
        if not isinstance(body, Mapping):  # a text is no plain answer here: the line itself is judged
            body, status = known if isinstance(known, Mapping) else {"not_a_line": known}, None
        return Result(custom_id, run, body, status)

    def _task_of(self, custom_id: str, request: Mapping[str, Any] | None) -> str:
        """The caller's id, below the caller's task: the lines of a batch are as many tasks."""
        if callable(self._task_id) and request is None:
            return custom_id  # there are no arguments to call it with
        task = told(self._task_id, (), dict(request or {}))
        return f"{task}/{custom_id}" if task else custom_id


def record_lines(recorder: BatchRecorder, lines: object) -> Iterator[tuple[str | None, RunVerdict]]:
    """See `Hub.record_batch`."""
    for line in batches.lines_of(lines):
        result = recorder.begin(line)
        yield result.custom_id, result.run.finish(result.body, http_status=result.http_status)


def requests_by_id(requests: object) -> dict[str, Mapping[str, Any]]:
    """What each entry of a new batch asks, by its id. An iterator is left to the SDK, which alone may read it."""
    entries = requests if isinstance(requests, list | tuple) else ()
    pairs = [(entry.get("custom_id"), entry.get("params")) for entry in entries if isinstance(entry, Mapping)]
    return {str(name): params for name, params in pairs if name is not None and isinstance(params, Mapping)}
