"""Where a webhook may lead: never into our own network, unless the settings open it.

A name is resolved once, every address that it leads to is checked, and the connection goes to such an
address: a name that changes its mind in between leads nowhere else.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from reviews.models import Failure

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

# What Python calls global and is not for everybody, and ranges that carry an IPv4 address inside.
NOT_GLOBAL: tuple[Network, ...] = (
    ip_network("168.63.129.16/32"),  # a cloud's own service for its machines
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),  # relays of 6to4
    ip_network("64:ff9b::/96"),  # NAT64
    ip_network("64:ff9b:1::/48"),
    ip_network("100::/32"),
    ip_network("2001::/23"),
    ip_network("2002::/16"),  # 6to4
    ip_network("3fff::/20"),
    ip_network("5f00::/16"),
    ip_network("fec0::/10"),
)


class Unreachable(Exception):
    """Nothing was delivered; `failure` says what kind it is, the message says it in words."""

    def __init__(self, failure: Failure, words: str) -> None:
        super().__init__(words)
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address taken apart: where to connect to, and what to ask for."""

    https: bool
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """Return the host as the request names it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.https else 80) else f"{name}:{self.port}"


def place_of(url: str, *, http: bool) -> Place:
    """Take an address apart. Raises Unreachable for one that is never sent to; `http` lets plain HTTP pass."""
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise _refused(_("An address has no space and only ASCII: write others as %XX, a name as xn--…"))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _refused(_("This is no address.")) from None
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise _refused(_("An address begins with https:// and names a host."))
    if parts.scheme == "http" and not http:
        raise _refused(_("Only https:// is allowed here."))
    if parts.username is not None or parts.password is not None:
        raise _refused(_("An address holds no name and password: the signature says who we are."))
    if parts.fragment:
        raise _refused(_("An address ends before its #."))
    https = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(https=https, host=host, port=port or (443 if https else 80), target=target)


def checked(place: Place, *, allowed: Sequence[Network], resolve: Resolver) -> list[Address]:
    """Return the addresses of a place. Raises Unreachable unless all of them may be sent to."""
    found = [_inner(ip_address(text)) for text in resolve(place.host, place.port)]
    for address in found:
        if not may_be_reached(address, allowed=allowed):
            said = {"host": place.host, "address": address}
            if place.host == str(address):
                raise _refused(_("%(address)s is not a public address.") % said)
            raise _refused(_("%(host)s leads to %(address)s, which is not public.") % said)
    if not found:
        raise Unreachable(Failure.NAME, _("%(host)s has no address.") % {"host": place.host})
    return found


def may_be_reached(address: Address, *, allowed: Sequence[Network]) -> bool:
    """Whether an address is everybody's, or one that the settings allow."""
    address = _inner(address)
    if any(address in network for network in allowed):
        return True
    ours = address.is_multicast or address.is_reserved or any(address in network for network in NOT_GLOBAL)
    return address.is_global and not ours


def by_name(host: str, port: int) -> list[str]:
    """Ask this machine's resolver. Raises Unreachable for a name that leads nowhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable(Failure.NAME, str(error)) from error
    return list(dict.fromkeys(str(where[0]) for *_rest, where in found))


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _refused(words: str) -> Unreachable:
    return Unreachable(Failure.ADDRESS, words)
