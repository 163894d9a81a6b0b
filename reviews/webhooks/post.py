"""Posting a message to an address outside: no proxy, no redirect, no answer without end.

Sockets rather than a client library, because the connection has to go to the address that was checked,
while certificate and `Host` are those of the name.
"""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from pipelines.storable import storable
from reviews.models import Failure
from reviews.webhooks.address import Address, Network, Place, Resolver, Unreachable, by_name, checked

# The whole of a try after the name is resolved, in seconds.
PATIENCE = 20.0
# Of an answer's body, in bytes: enough to see what the receiver says.
EXCERPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a receiver answered; `retry_after` is the header's text."""

    status: int
    retry_after: str
    excerpt: str


def post(
    place: Place,
    *,
    body: bytes,
    headers: Mapping[str, str],
    allowed: Sequence[Network],
    resolve: Resolver = by_name,
    tls: ssl.SSLContext | None = None,
    patience: float = PATIENCE,
) -> Reply:
    """Post the body and return what was answered, whatever its status. Raises Unreachable."""
    addresses = checked(place, allowed=allowed, resolve=resolve)
    try:
        with _connected(addresses, place.port, patience) as raw, _cut_off_after(patience, raw) as late:
            try:
                return _exchange(raw, place, body=body, headers=headers, tls=tls)
            except (OSError, HTTPException) as error:
                if late.is_set():  # a connection that is cut off fails in many ways
                    raise TimeoutError from error
                raise
    except TimeoutError as error:
        raise Unreachable(Failure.TIMEOUT, f"{patience:g} s") from error
    except ssl.SSLError as error:
        raise Unreachable(Failure.TLS, str(error)) from error
    except OSError as error:
        raise Unreachable(Failure.CONNECTION, str(error)) from error
    except (HTTPException, ValueError) as error:
        raise Unreachable(Failure.PROTOCOL, f"{type(error).__name__}: {error}"[:EXCERPT]) from error


def _exchange(
    raw: socket.socket,
    place: Place,
    *,
    body: bytes,
    headers: Mapping[str, str],
    tls: ssl.SSLContext | None,
) -> Reply:
    connection = HTTPConnection(place.host, place.port)
    try:
        connection.sock = raw
        if place.https:
            context = tls or ssl.create_default_context()
            connection.sock = context.wrap_socket(raw, server_hostname=place.host)
        own = {"Host": place.host_header, "Connection": "close"}
        connection.request("POST", place.target, body=body, headers={**headers, **own})
        response = connection.getresponse()
        with response:
            text = response.read(EXCERPT).decode("utf-8", "replace")
        return Reply(
            status=response.status,
            retry_after=response.getheader("Retry-After", ""),
            excerpt=storable(text),
        )
    finally:
        connection.close()


def _connected(addresses: Sequence[Address], port: int, patience: float) -> socket.socket:
    """Connect to the first address that takes the connection; they share the time."""
    *others, last = addresses
    each = patience / len(addresses)
    for address in others:
        with suppress(OSError):
            return socket.create_connection((str(address), port), timeout=each)
    return socket.create_connection((str(last), port), timeout=each)


@contextmanager
def _cut_off_after(seconds: float, raw: socket.socket) -> Iterator[threading.Event]:
    """Shut the connection after this time, for a timeout of a socket begins anew with every byte.

    The event is set once it was shut. A second handle is shut, since TLS takes the first one over.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):  # the other side was faster
            handle.shutdown(socket.SHUT_RDWR)

    raw.settimeout(seconds)
    with raw.dup() as handle:
        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()
