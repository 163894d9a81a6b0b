"""The client of a RefusalHub: `from refusals import Hub`.

    hub = Hub()
    with hub.run("nightly-digest", task_id=day, prompt=prompt, done=[min_headings(2)]) as run:
        verdict = run.finish(client.messages.create(...))

A run is judged here and at once, kept in the spool before `finish` returns, and sent in the background. What the
hub or the disk does is never the pipeline's trouble: it is said in the log (`refusals.hub`), once.
"""

import atexit
import hashlib
import os
import queue
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from refusals import retrying
from refusals.connection import Connection
from refusals.deliverables import Deliverable, Waiting, fetch, fetch_file
from refusals.done import DoneCondition
from refusals.guards.recorder import GuardRecorder
from refusals.outcomes import MIN_CHARS
from refusals.recorded import OnVerdict, Told, recorded
from refusals.recording import About, RunRecorder, RunVerdict
from refusals.recording_batches import BatchRecorder, Requests, record_lines
from refusals.reporting import Surface
from refusals.sending import Sender
from refusals.spool import Spool
from refusals.troubles import Troubles
from refusals.wrap import wrap

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

MAX_SPOOL_BYTES = 256 * 1024 * 1024
_AT_EXIT = 2.0  # seconds that the end of a process may take longer


class Hub:
    """One hub, as one pipeline's key knows it. Safe under threads, and in forked children.

    `url` and `api_key` are `REFUSALHUB_URL` and `REFUSALHUB_API_KEY` unless given. `spool` is the folder where
    runs wait (`REFUSALHUB_SPOOL`, else the user's state directory); in it each hub and key has a folder of its
    own, which may hold `max_spool_bytes`. `batch` runs at most are sent at a time, `flush_interval` seconds apart.
    Raises ValueError where address, key or folder is missing.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        spool: str | os.PathLike[str] | None = None,
        max_spool_bytes: int = MAX_SPOOL_BYTES,
        batch: int = 500,
        flush_interval: float = 1.0,
        timeout: float = 30.0,
    ) -> None:
        if batch < 1:
            raise ValueError(f"batch must be 1 or more, got {batch}")
        self.url = _setting("REFUSALHUB_URL", url)
        self._api_key = _setting("REFUSALHUB_API_KEY", api_key)
        self._timeout = timeout
        self._troubles = Troubles()
        self._later: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._spool = Spool(self._folder(spool), max_bytes=max_spool_bytes)
        self._sender = Sender(
            spool=self._spool,
            connection=self._connection(),
            troubles=self._troubles,
            batch=batch,
            interval=flush_interval,
            collect=self._collect,
        )
        _hubs.add(self)

    @property
    def spool(self) -> Path:
        """The folder in which this hub's runs wait."""
        return self._spool.folder

    def run(
        self,
        pipeline: str,
        *,
        task_id: object = "",
        prompt: str | None = None,
        request: Mapping[str, Any] | None = None,
        betas: Iterable[str] = (),
        done: Iterable[DoneCondition] = (),
        min_chars: int = MIN_CHARS,
        run_id: str = "",
        model: str = "",
        provider: str = "",
        topic: str = "",
        attempt: int | None = None,
        final: bool = True,
        timed: bool = True,
    ) -> RunRecorder:
        """A run that begins now; finish it inside `with`.

        What is left without `finish` is recorded as degraded, and an exception that leaves the block is recorded
        and goes on its way. `request` is the body as it was sent, `betas` the values of its header `anthropic-beta`:
        with them, a person can send it again. Without `run_id` one is made. `attempt` counts from 1; `final` is
        False for one that is followed by another. `timed` is False for what happened elsewhere, and at no time that
        is known here.
        """
        number, attempts = retrying.current_attempt() if attempt is None else (attempt, 1)
        about = About(
            pipeline=pipeline,
            task_id=str(task_id),
            prompt=prompt,
            request=request,
            betas=tuple(betas),
            done=tuple(done),
            min_chars=min_chars,
            run_id=run_id,
            model=model,
            provider=provider,
            topic=topic,
            attempt=number,
            attempts=attempts,
            final=final,
            timed=timed,
        )
        return RunRecorder(about, self._keep)

    def recorded(
        self,
        pipeline: str,
        *,
        task_id: Told = "",
        prompt: Told = None,
        done: Iterable[DoneCondition] = (),
        on_verdict: OnVerdict | None = None,
    ) -> Callable[[F], F]:
        """A decorator: every call of the function is a run, and what it returns or raises is its ending.

        `task_id` and `prompt` are values, or are called with the function's own arguments. `on_verdict` is called
        with each `RunVerdict`. For plain and for async functions.
        """
        return recorded(
            self, pipeline, task_id=task_id, prompt=prompt, done=tuple(done), on_verdict=on_verdict
        )

    def wrap(self, client: T, pipeline: str, *, task_id: Told = "", on_verdict: OnVerdict | None = None) -> T:
        """The same client of `anthropic` or `openai`, of which every model call is recorded.

        It returns and raises what the client does, streams included. `task_id` is a value, or is called with the
        arguments of the model call. Raises TypeError for another kind of client.
        """
        return wrap(self, client, pipeline, task_id=task_id, on_verdict=on_verdict)

    def record_batch(
        self,
        pipeline: str,
        lines: object,
        *,
        batch_id: str = "",
        requests: Requests | None = None,
        provider: str = "",
        task_id: str = "",
    ) -> Iterator[tuple[str | None, RunVerdict]]:
        """Record a batch's results, one run a line, while the caller goes through them: `custom_id` and verdict.

        `lines` is what `read_batch` takes. `requests` are the bodies asked, by `custom_id`. With `batch_id` the same
        results can be recorded again, and count once.
        """
        recorder = BatchRecorder(
            self, pipeline, batch_id=batch_id, requests=requests or {}, provider=provider, task_id=task_id
        )
        return record_lines(recorder, lines)

    def guard(
        self, surface: Surface, *, pipeline: str, task_id: Told = "", prompt: Told = None
    ) -> GuardRecorder:
        """Records what the guards of one surface refuse; see `refusals.guards`.

        `task_id` and `prompt` are values, or are called with the guard's own arguments. ValueError for a surface
        that nobody knows.
        """
        return GuardRecorder(self, surface, pipeline=pipeline, task_id=task_id, prompt=prompt)

    # Again after retryable infrastructure errors, and never after a decline.
    retry = staticmethod(retrying.retry)
    retry_async = staticmethod(retrying.retry_async)

    def deliverable(self, run_id: str, *, wait: float = 0.0, known: Deliverable | None = None) -> Deliverable:
        """What a person obtained for a held run; asks for up to `wait` seconds. Raises HubError.

        `known` is an earlier answer of this method, so that nothing is sent twice.
        """
        with closing(self._connection()) as connection:
            return fetch(connection, run_id, wait=wait, known=known)

    def wait_for_deliverable(
        self, run_id: str, *, timeout: float | None = None, poll: float | None = None
    ) -> Deliverable:
        """Wait until a held run is settled, and return what became of it: for a pipeline that goes on unattended.

        Sleeps between two questions, as long as the hub says or `poll` seconds. After `timeout` seconds (None: no
        end) it returns how things stand, `held` say. A hub that is away is waited for like a person; one that
        does not take the key is a HubError.
        """
        with closing(self._connection()) as connection:
            return Waiting(connection, run_id, timeout=timeout, poll=poll).to_the_end()

    async def wait_for_deliverable_async(
        self, run_id: str, *, timeout: float | None = None, poll: float | None = None
    ) -> Deliverable:
        """The same, awaited; see `wait_for_deliverable`. Other tasks go on meanwhile, and cancelling ends it."""
        with closing(self._connection()) as connection:
            return await Waiting(connection, run_id, timeout=timeout, poll=poll).to_the_end_async()

    def file_of(self, found: Deliverable) -> bytes:
        """The content of the file that a person gave. Raises HubError, and ValueError where there is no file."""
        with closing(self._connection()) as connection:
            return fetch_file(connection, found)

    def later(self, step: Callable[[], object]) -> None:
        """Have `step` done before the next sending: for what must not be done where it is noticed."""
        self._later.put(step)

    def say_once(self, kind: str, message: str, *arguments: object) -> None:
        """Write a warning into the log `refusals.hub`, once for each `kind`."""
        self._troubles.say_once(kind, message, *arguments)

    def flush(self, timeout: float = 10.0) -> bool:
        """Send what waits; True once nothing of this process is left to send."""
        return self._sender.flush(timeout)

    def waiting(self) -> int:
        """How many runs wait in the spool, whoever wrote them."""
        return self._spool.count()

    def close(self, timeout: float = _AT_EXIT) -> None:
        """Send what waits, for `timeout` seconds at most. What is left stays in the spool for the next one."""
        self._sender.stop()
        self._sender.flush(timeout)
        self._spool.seal()
        self._sender.stop()
        _hubs.discard(self)

    def __enter__(self) -> "Hub":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _keep(self, line: bytes) -> bool:
        """Put a run into the spool; False where that is impossible, which the log says once."""
        try:
            self._spool.append(line)
        except OSError as error:
            self._troubles.begin("spool", "Runs are not recorded, for the spool takes none: %s", error)
            return False
        self._troubles.end("spool", "The spool takes runs again.")
        self._sender.start()
        return True

    def _collect(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._later.get_nowait()()

    def _connection(self) -> Connection:
        return Connection(url=self.url, api_key=self._api_key, timeout=self._timeout)

    def _folder(self, spool: str | os.PathLike[str] | None) -> Path:
        # Apart by hub and key: a key says whose runs they are, and nobody else's may go out under it.
        name = hashlib.sha256(f"{self.url.rstrip('/')}\n{self._api_key}".encode()).hexdigest()[:16]
        return Path(spool or os.environ.get("REFUSALHUB_SPOOL") or _state_directory()).absolute() / name

    def _at_exit(self) -> None:
        self._collect()
        if not self._troubles:  # a hub that is known to be away is not waited for
            self._sender.flush(_AT_EXIT)
        self._spool.seal()


def _setting(name: str, given: str | None) -> str:
    value = given or os.environ.get(name)
    if not value:
        raise ValueError(f"the hub needs {name}, or the argument in its place")
    return value


def _state_directory() -> Path:
    told = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        base = Path(told) if told else Path.home() / ".local" / "state"
    except RuntimeError as error:
        raise ValueError("there is no home directory for the spool: set REFUSALHUB_SPOOL") from error
    return base / "refusalhub" / "spool"


_hubs: "weakref.WeakSet[Hub]" = weakref.WeakSet()


@atexit.register
def _send_at_exit() -> None:
    for hub in list(_hubs):
        hub._at_exit()


_forking: list[Hub] = []


def _before_fork() -> None:
    _forking[:] = _hubs
    for hub in _forking:
        hub._spool.before_fork()


def _after_fork_in_parent() -> None:
    for hub in _forking:
        hub._spool.after_fork(in_child=False)


def _after_fork_in_child() -> None:
    for hub in _forking:
        hub._spool.after_fork(in_child=True)
        hub._troubles.after_fork_in_child()
        hub._later = queue.SimpleQueue()
        hub._sender.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
