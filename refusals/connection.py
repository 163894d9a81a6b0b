"""One kept-alive HTTP connection to the hub."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

LONGEST_RETRY_AFTER = 3600.0


class Unreachable(Exception):
    """The hub gave no answer; the text says what happened instead."""


@dataclass(frozen=True)
class Reply:
    """What the hub answered. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body read as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def detail(self) -> str:
        """What the hub says was wrong, as far as it says anything."""
        told = self.json()
        said = told.get("detail") if isinstance(told, dict) else None
        where = f", see {self.headers['location']}" if "location" in self.headers else ""
        return f"HTTP status {self.status}{where}" + (f": {said}" if said else "")

    @property
    def retry_after(self) -> float | None:
        """Seconds from `Retry-After`, be it a number or a date; an hour at most."""
        value = self.headers.get("retry-after", "").strip()
        try:
            seconds = (
                float(value)
                if value[:1].isdigit()
                else parsedate_to_datetime(value).timestamp() - time.time()
            )
        except (TypeError, ValueError):
            return None
        return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


class Connection:
    """Connects when it is first used, and again when the other side has hung up. Not for several threads."""

    def __init__(self, *, url: str, api_key: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"the hub's address must begin with http:// or https://, got {url!r}")
        if not all(text.isascii() and text.isprintable() and " " not in text for text in (url, api_key)):
            raise ValueError("the hub's address and key hold printable ASCII characters alone")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/api/v1"
        self._headers = {"Authorization": f"Bearer {api_key}", "User-Agent": "refusalhub-client"}
        self._timeout = timeout
        self._http: http.client.HTTPConnection | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Send one request and read its reply. Raises Unreachable.

        A kept connection that turns out to be closed is opened again: nothing was answered on it, and whatever
        is asked here may be asked twice.
        """
        was_open = self._http is not None
        try:
            return self._ask(method, path, body, headers or {}, timeout)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not was_open or isinstance(error, TimeoutError):
                raise Unreachable(f"{type(error).__name__}: {error}") from error
        try:
            return self._ask(method, path, body, headers or {}, timeout)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Hang up; the next request connects again."""
        if self._http is not None:
            self._http.close()
        self._http = None

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], timeout: float | None
    ) -> Reply:
        connection = self._opened(self._timeout if timeout is None else min(timeout, self._timeout))
        connection.request(method, self._path + path, body=body, headers={**self._headers, **headers})
        with connection.getresponse() as response:
            content = response.read()
        reply = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, content)
        if response.will_close:
            self.close()
        return reply

    def _opened(self, timeout: float) -> http.client.HTTPConnection:
        if self._http is None:
            kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
            self._http = kind(self._host, self._port, timeout=timeout)
        self._http.timeout = timeout
        if self._http.sock is not None:
            self._http.sock.settimeout(timeout)
        return self._http
