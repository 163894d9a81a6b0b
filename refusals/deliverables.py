"""The way back: what a person obtained for a held run, fetched from the hub."""

import asyncio
import hashlib
import math
import time
from dataclasses import dataclass, replace
from urllib.parse import quote

from refusals.connection import Connection, Reply, Unreachable

_PAUSE = 5.0  # seconds between two questions where the hub names none


class HubError(Exception):
    """The hub could not be asked, or would not answer. `status` is None where no answer came."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class DeliverableFile:
    """A file that a person gave in place of a text. `media_type` is what they said; `bytes` is its size."""

    name: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Deliverable:
    """What became of a held run.

    `state`: `held` while it waits for a person; `answered`, with the `text`; `by_hand`, with a person's own `text`
    or `file`, or neither; `upheld`, `withdrawn` or `reclassified`; `held_expired` where nobody looked in the time
    that the pipeline is set to wait (`reason` says so; what is decided later is still delivered); `expired` when
    what was delivered has been deleted by retention (`reason` says when); `none` for a run that was never held;
    `unknown` for one that the hub has not heard of (yet). A newer hub may have further ones: what you do not know
    is no answer.
    """

    run_id: str
    state: str
    text: str | None = None
    delivered_at: str | None = None
    etag: str | None = None
    retry_after: float | None = None
    reason: str | None = None
    file: DeliverableFile | None = None

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to wait for any more. Of a state that is new here, the hub says."""
        return self.state not in ("held", "unknown") and self.retry_after is None


_STATE_OF_STATUS = {404: "unknown", 409: "none", 410: "expired"}


def fetch(
    connection: Connection, run_id: str, *, wait: float = 0.0, known: Deliverable | None = None
) -> Deliverable:
    """Ask for a run's deliverable, for up to `wait` seconds until it is settled. Raises HubError.

    `known`: an earlier answer; what has not changed since is not sent again.
    """
    waiting = Waiting(connection, run_id, timeout=wait, known=known)
    found = waiting.to_the_end()
    if waiting.trouble is not None:
        raise waiting.trouble
    return found


def fetch_file(connection: Connection, found: Deliverable) -> bytes:
    """Return the content of a deliverable's file. Raises HubError, also where it is not what was announced."""
    if found.file is None:
        raise ValueError(f"the deliverable of run {found.run_id} is no file")
    try:
        reply = connection.ask("GET", f"{_address(found.run_id)}/file")
    except Unreachable as error:
        raise HubError(f"the hub cannot be reached: {error}") from error
    if reply.status != 200:
        raise HubError(reply.detail, reply.status)
    if hashlib.sha256(reply.body).hexdigest() != found.file.sha256:
        raise HubError(
            "the file is not the one that was announced: ask for the deliverable again", reply.status
        )
    return reply.body


class Waiting:
    """Asks until a run is settled or `timeout` seconds are over (None: for as long as it takes).

    Between two questions it pauses as long as the hub says, or `poll` seconds; a hub that is away or has too
    much to do is left alone for as long as it asks, whatever `poll` says. `found` is the latest answer.
    """

    def __init__(
        self,
        connection: Connection,
        run_id: str,
        *,
        timeout: float | None,
        poll: float | None = None,
        known: Deliverable | None = None,
    ) -> None:
        if poll is not None and poll <= 0:
            raise ValueError(f"poll must be more than 0 seconds, got {poll}")
        self.found = known or Deliverable(run_id=run_id, state="unknown")
        self.trouble: _Away | None = None
        self._connection, self._poll = connection, poll
        self._known = known
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def to_the_end(self) -> Deliverable:
        """Ask, and sleep, until there is no more to ask. Raises HubError."""
        while (pause := self.ask()) is not None:
            time.sleep(pause)
        return self.found

    async def to_the_end_async(self) -> Deliverable:
        """The same, awaited."""
        while (pause := await asyncio.to_thread(self.ask)) is not None:
            await asyncio.sleep(pause)
        return self.found

    def ask(self) -> float | None:
        """Ask once. Returns the seconds to pause, or None when there is no more to ask. Raises HubError."""
        last = self._left() <= 0
        try:
            self.found = self._known = _ask(self._connection, self.found.run_id, self._known)
            self.trouble = None
            pause = self._poll or self.found.retry_after or _PAUSE
        except _Away as away:
            self.trouble = away
            pause = max(self._poll or 0.0, away.retry_after or _PAUSE)
        if last or (self.trouble is None and self.found.is_settled):
            return None
        return max(0.0, min(pause, self._left()))

    def _left(self) -> float:
        return math.inf if self._deadline is None else self._deadline - time.monotonic()


class _Away(HubError):
    """It may answer later; `retry_after` is when, in seconds."""

    def __init__(self, message: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


def _ask(connection: Connection, run_id: str, known: Deliverable | None) -> Deliverable:
    headers = {"If-None-Match": known.etag} if known is not None and known.etag else {}
    try:
        reply = connection.ask("GET", _address(run_id), headers=headers)
    except Unreachable as error:
        raise _Away(f"the hub cannot be reached: {error}") from error
    if reply.status == 304 and known is not None:
        return replace(known, retry_after=reply.retry_after)
    if reply.status == 429 or reply.status >= 500:
        raise _Away(reply.detail, reply.status, reply.retry_after)
    return _read(reply, run_id)


def _address(run_id: str) -> str:
    return f"/runs/{quote(run_id, safe='')}/deliverable"


def _read(reply: Reply, run_id: str) -> Deliverable:
    told = reply.json()
    told = told if isinstance(told, dict) else {}
    state = told.get("state") or _STATE_OF_STATUS.get(reply.status)
    if not isinstance(state, str) or reply.status in (401, 403):
        raise HubError(reply.detail, reply.status)
    return Deliverable(
        run_id=run_id,
        state=state,
        text=told.get("text"),
        delivered_at=told.get("delivered_at"),
        etag=reply.headers.get("etag"),
        retry_after=reply.retry_after,
        reason=told.get("reason"),
        file=_file(told.get("file")),
    )


def _file(told: object) -> DeliverableFile | None:
    """Read what is told of a file; None where there is none, or it is told in a way that is new here."""
    if not isinstance(told, dict):
        return None
    name, media_type, size, sha256 = (told.get(key) for key in ("name", "media_type", "bytes", "sha256"))
    if not (isinstance(size, int) and all(isinstance(text, str) for text in (name, media_type, sha256))):
        return None
    return DeliverableFile(name=str(name), media_type=str(media_type), bytes=size, sha256=str(sha256))
