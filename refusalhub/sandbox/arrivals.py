"""What has arrived at the sandbox, so that a test can count sendings and compare bodies."""

import hashlib
import json
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

KEPT = 2000
"""How many requests are remembered; older ones are forgotten."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One request: its place in the order of arrival (from 1), its ending, its body's SHA-256, two of its headers."""

    id: int
    ending: str
    model: str | None
    stream: bool
    digest: str
    idempotency_key: str | None
    betas: str | None


class Arrivals:
    """The requests since the last reset, oldest first. Safe to use from several threads."""

    def __init__(self, *, log: Path | None = None) -> None:
        self._lock = Lock()
        self._log = log
        self._forget()

    def expect(self, *, body: bytes) -> tuple[int, int]:
        """Take in a body: return its number since the last reset, and how often this very body has come."""
        with self._lock:
            self._last_id += 1
            digest = digest_of(body)
            self._seen[digest] = self._seen.get(digest, 0) + 1
            return self._last_id, self._seen[digest]

    def record(self, *, arrival: Arrival, body: bytes) -> None:
        """Remember a request, and write it to the log as one line of JSON if there is one."""
        with self._lock:
            self._kept.append((arrival, body))
            if self._log:
                with self._log.open("a") as log:
                    log.write(json.dumps(asdict(arrival)) + "\n")

    def list(self) -> list[Arrival]:
        with self._lock:
            return sorted((arrival for arrival, _ in self._kept), key=lambda arrival: arrival.id)

    def body(self, id: int) -> bytes | None:
        """The body of a request as it came, or None if no such request is remembered."""
        with self._lock:
            return next((body for arrival, body in self._kept if arrival.id == id), None)

    def reset(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._last_id = 0
        self._seen: dict[str, int] = {}
        self._kept: deque[tuple[Arrival, bytes]] = deque(maxlen=KEPT)


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
