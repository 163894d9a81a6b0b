"""The way back: what a person obtained for a held run, fetched from the hub."""

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
class Deliverable:
    """What became of a held run.

    `state`: `held` while it waits for a person; `answered`, with the `text`; `by_hand`, with a person's own
    text or none; `upheld`, `withdrawn` or `reclassified`; `expired` when the texts are gone by retention;
    `none` for a run that was never held; `unknown` for one that the hub has not heard of (yet).
    """

    run_id: str
    state: str
    text: str | None = None
    delivered_at: str | None = None
    etag: str | None = None
    retry_after: float | None = None

    @property
    def is_settled(self) -> bool:
        """Whether asking again is of no use."""
        return self.state not in ("held", "unknown")


_STATE_OF_STATUS = {404: "unknown", 409: "none", 410: "expired"}


def fetch(
    connection: Connection, run_id: str, *, wait: float = 0.0, known: Deliverable | None = None
) -> Deliverable:
    """Ask for a run's deliverable, for up to `wait` seconds until it is settled. Raises HubError.

    `known`: an earlier answer; what has not changed since is not sent again.
    """
    deadline = time.monotonic() + wait
    while True:
        found: Deliverable | _Away
        try:
            found = known = _ask(connection, run_id, known)
            if found.is_settled:
                return found
        except _Away as away:
            found = away
        pause = found.retry_after or _PAUSE
        if time.monotonic() + pause > deadline:
            if isinstance(found, _Away):
                raise found
            return found
        time.sleep(pause)


class _Away(HubError):
    """It may answer later; `retry_after` is when, in seconds."""

    def __init__(self, message: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


def _ask(connection: Connection, run_id: str, known: Deliverable | None) -> Deliverable:
    headers = {"If-None-Match": known.etag} if known is not None and known.etag else {}
    try:
        reply = connection.ask("GET", f"/runs/{quote(run_id, safe='')}/deliverable", headers=headers)
    except Unreachable as error:
        raise _Away(f"the hub cannot be reached: {error}") from error
    if reply.status == 304 and known is not None:
        return replace(known, retry_after=reply.retry_after)
    if reply.status == 429 or reply.status >= 500:
        raise _Away(reply.detail, reply.status, reply.retry_after)
    return _read(reply, run_id)


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
    )
