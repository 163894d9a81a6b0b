"""A limit on tries at a password, counted in the cache by account and by the address they come from.

A try is counted before the password is looked at and given back once it was right, so that many at once do not slip
past. A browser in which a person has signed in before is counted for itself: whoever tries a stranger's account makes
its owner wait nowhere but in new browsers, and there a link by e-mail lets them in.
"""

import hashlib
import math
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

# Seconds over which tries are counted; the longest that anybody waits.
WINDOW = 15 * 60
_BROWSER = "known_browser"
_BROWSER_SECONDS = 365 * 24 * 3600


class Counter(NamedTuple):
    """What tries are counted by, and how many of them a window has room for."""

    name: str
    most: int


def of_login(request: HttpRequest, username: str) -> list[Counter]:
    """Return what a try at this account is counted by: the browser where it is known, else address and account."""
    most: int = settings.LOGIN_TRIES_PER_ACCOUNT
    if browser := _known_browser(request, username):
        return [Counter(f"browser:{browser}", most)]
    return [of_address(request), Counter(f"account:{digest(username)}", most)]


def of_address(request: HttpRequest) -> Counter:
    """Return what every try from an address is counted by, whatever the account."""
    return Counter(f"address:{digest(address_of(request))}", settings.LOGIN_TRIES_PER_ADDRESS)


def take(counters: Iterable[Counter], *, now: datetime) -> int:
    """Count a try. Returns the seconds to wait where it is one too many, else 0.

    What one counter refuses is not counted by those after it.
    """
    for counter in counters:
        key = _key(counter, now=now)
        cache.add(key, 0, timeout=2 * WINDOW)
        if cache.incr(key) > counter.most:
            return math.ceil(WINDOW - now.timestamp() % WINDOW)
    return 0


def give_back(counters: Iterable[Counter], *, now: datetime) -> None:
    """Uncount the try that was taken at `now`, for it was right."""
    for counter in counters:
        key = _key(counter, now=now)
        if key in cache:
            cache.decr(key)


def _key(counter: Counter, *, now: datetime) -> str:
    return f"tries:{counter.name}:{int(now.timestamp() // WINDOW)}"


def remember_browser(response: HttpResponseBase, *, request: HttpRequest, username: str) -> None:
    """Let the browser be known from now on as one in which this person proved who they are."""
    known = _known_browser(request, username) or f"{digest(username)}-{secrets.token_hex(8)}"
    response.set_signed_cookie(
        _BROWSER,
        known,
        max_age=_BROWSER_SECONDS,
        path=reverse("login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest, username: str) -> str:
    """Return the name of a browser that is known for this account; empty for any other."""
    known = request.get_signed_cookie(_BROWSER, default="", max_age=_BROWSER_SECONDS) or ""
    return known if known.startswith(f"{digest(username)}-") else ""


def digest(typed: str) -> str:
    """Return what stands for something that was typed, however it was written, in the key of a counter."""
    return hashlib.sha256(unicodedata.normalize("NFKC", typed).strip().casefold().encode()).hexdigest()[:32]


def address_of(request: HttpRequest) -> str:
    """Return whom a request comes from: an IPv4 address, or the /64 network of an IPv6 one, which one person has.

    Behind `PROXY_COUNT` proxies it is what the outermost of them wrote into `X-Forwarded-For`; what stands left of
    that the caller wrote themselves.
    """
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    behind: int = settings.PROXY_COUNT
    found = hops[-behind].strip() if 0 < behind <= len(hops) else ""
    found = found or str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(found)
    except ValueError:
        return found  # a socket of this machine has none
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)
