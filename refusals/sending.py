"""From the spool to the hub: in the background, in batches, as often as it takes.

A batch may arrive twice (its answer was lost, or its sender killed): the hub knows runs by their ids and takes
each once. A row that the hub refuses is put aside with the reason, and blocks nobody.
"""

import gzip
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from refusals.aside import Aside
from refusals.connection import Connection, Reply, Unreachable
from refusals.segments import Segment
from refusals.spool import Spool
from refusals.troubles import Troubles

BATCH_BYTES = 4 * 1024 * 1024
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 60.0
_REFUSED_DELAY = 60.0  # seconds; a wrong key or address wants a person, not haste
_GLANCE = 0.05  # seconds between two looks whether another process has sent what is ours
_TAKEN = ("stored", "duplicate")
_HEADERS = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}


class _NotNow(Exception):
    """The hub takes nothing at the moment; `delay` is how many seconds to leave it alone."""

    def __init__(self, delay: float) -> None:
        self.delay = delay


class Sender:
    """Empties one spool into one hub.

    `interval` is how long runs are collected, in seconds; `collect` is called first, and may add to the spool.
    """

    def __init__(
        self,
        *,
        spool: Spool,
        connection: Connection,
        troubles: Troubles,
        batch: int,
        interval: float,
        collect: Callable[[], None],
    ) -> None:
        self._spool = spool
        self._connection = connection
        self._troubles = troubles
        self._aside = Aside(folder=spool.folder, max_bytes=spool.max_bytes, troubles=troubles)
        self._batch = self._rows = batch
        self._interval = interval
        self._collect = collect
        self._failures = 0
        self._stopped = False
        self.after_fork_in_child()

    def after_fork_in_child(self) -> None:
        """Begin anew: the thread and the connection are the parent's."""
        self._starting = threading.Lock()
        self._sending = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection.close()

    def start(self) -> None:
        """Send in the background from now on."""
        if self._stopped or self._is_running():
            return
        with self._starting:
            if not self._is_running():
                thread = threading.Thread(target=self._run, name="refusals-sender", daemon=True)
                with suppress(RuntimeError):  # the interpreter is ending: what is left is sent at its exit
                    thread.start()
                    self._thread = thread

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Send in the background no more, and hang up once nobody is sending."""
        self._stopped = True
        self._wake.set()
        if self._sending.acquire(timeout=_GLANCE):
            self._connection.close()
            self._sending.release()

    def flush(self, timeout: float) -> bool:
        """Send now; True once nothing of this process is left and the hub takes what it is sent.

        False as soon as it is clear that `timeout` seconds will not do.
        """
        deadline = time.monotonic() + timeout
        while self._sending.acquire(timeout=max(0.0, deadline - time.monotonic())):
            try:
                delay = self._attempt(deadline)
            finally:
                self._sending.release()
            if delay is None and not self._spool.has_own():
                return True
            wait = max(delay or 0.0, _GLANCE)
            if time.monotonic() + wait >= deadline:
                return False
            time.sleep(wait)
        return False

    def _run(self) -> None:
        wait = self._interval
        while not self._stopped:
            self._wake.wait(wait)
            with self._sending:
                delay = None if self._stopped else self._attempt(None)
            wait = self._interval if delay is None else max(delay, self._interval)

    def _attempt(self, deadline: float | None) -> float | None:
        """Send all there is. None when that went well, else the seconds to wait before the next attempt."""
        waits = False
        self._collect()
        try:
            for segment in self._spool.claim():
                waits |= not self._could_send(segment, deadline)
        except _NotNow as pause:
            return pause.delay
        if waits:
            return self._longer()
        self._troubles.end("disk", "The disk takes what the hub refused again.")
        return None

    def _could_send(self, segment: Segment, deadline: float | None) -> bool:
        """Send one segment; False where the disk does not play along. Raises _NotNow."""
        taken = False
        try:
            while lines := segment.batch(rows=self._rows, size=BATCH_BYTES):
                if self._take(lines, deadline):
                    segment.advance(lines)
            taken = True
        except OSError as error:
            self._troubles.begin("disk", "Some runs wait in the spool, because of its disk: %s", error)
        finally:
            self._spool.release(segment, taken=taken)
        return taken

    def _take(self, lines: Sequence[bytes], deadline: float | None) -> bool:
        """Have the hub take one batch; False when it has to be smaller. Raises _NotNow, OSError."""
        sound = [line for line in lines if line.strip() and _is_text(line)]
        if sound:
            reply = self._post(sound, deadline)
            if reply.status == 413 and len(sound) > 1:
                self._rows = len(sound) // 2
                return False
            self._settle(sound, _answers(reply, len(sound)) or self._refused(reply))
            self._rows = min(self._batch, self._rows * 2)
        for damaged in set(lines) - set(sound):
            self._put_aside(damaged, {"status": "damaged"})
        return True

    def _post(self, lines: Sequence[bytes], deadline: float | None) -> Reply:
        timeout = None if deadline is None else deadline - time.monotonic()
        if timeout is not None and timeout <= 0:
            raise _NotNow(0.0)
        body = gzip.compress(b"".join(lines), 5, mtime=0)
        try:
            reply = self._connection.ask("POST", "/runs", body=body, headers=_HEADERS, timeout=timeout)
        except Unreachable as error:
            raise self._away(str(error), None) from error
        if reply.status == 429 or reply.status >= 500:
            raise self._away(reply.detail, reply.retry_after)
        self._failures = 0
        self._troubles.end("away", "The hub answers again.")
        return reply

    def _settle(self, lines: Sequence[bytes], answers: Sequence[dict[str, Any]]) -> None:
        """Put aside what the hub did not take. Raises OSError."""
        self._troubles.end("refused", "The hub takes runs again.")
        rejected = [pair for pair in zip(lines, answers, strict=True) if pair[1]["status"] not in _TAKEN]
        for line, answer in rejected:
            self._put_aside(line, answer)
        if not rejected:
            self._troubles.end("rejected", "The hub takes every run again.")

    def _put_aside(self, line: bytes, answer: dict[str, Any]) -> None:
        status, errors = answer["status"], answer.get("errors") or []
        reasons = [f"{error.get('field')}: {error.get('message')}" for error in errors]
        told = f"{status}: {'; '.join(reasons)}" if reasons else status
        self._troubles.begin(
            "rejected", "The hub does not take every run; see %s. %s", self._aside.path, told
        )
        self._aside.put(line, status=status, reasons=reasons)

    def _away(self, why: str, retry_after: float | None) -> _NotNow:
        message = "The hub takes nothing at the moment; runs wait in %s. %s"
        self._troubles.begin("away", message, self._spool.folder, why)
        return _NotNow(max(retry_after or 0.0, self._longer()))

    def _refused(self, reply: Reply) -> NoReturn:
        self._troubles.begin(
            "refused",
            "The hub refuses to take runs, see to REFUSALHUB_URL and REFUSALHUB_API_KEY; runs wait in %s. %s",
            self._spool.folder,
            reply.detail,
        )
        raise _NotNow(_REFUSED_DELAY)

    def _longer(self) -> float:
        """A longer delay after each failure, with full jitter, so that many clients do not come back at once."""
        self._failures += 1
        most = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(self._failures, 16))
        return random.uniform(0, most)  # noqa: S311 - jitter is no secret


def _answers(reply: Reply, expected: int) -> list[dict[str, Any]] | None:
    """The hub's answer for each row; None where the reply is not one of a hub that took the batch."""
    if reply.status == 413:
        return [{"status": "refused", "errors": [{"field": "row", "message": reply.detail}]}]
    told = reply.json() if reply.status == 200 else None
    if not isinstance(told, list) or len(told) != expected:
        return None
    return told if all(isinstance(answer, dict) and "status" in answer for answer in told) else None


def _is_text(line: bytes) -> bool:
    """Whether a line is UTF-8; one that is not would have the hub refuse its whole batch."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
