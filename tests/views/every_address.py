"""Every address of the site, walked through Django's resolver, with something in each place of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

# A place in an address: `<int:pk>` of a path, or `(?P<url>.*)` of the admin's regular expressions.
PLACE = re.compile(r"<(?:(?P<kind>[^>:]+):)?(?P<name>[^>]+)>|\(\?P<(?P<group>\w+)>[^)]*\)")
FILLED = {"int": "1", "slug": "x", "str": "x", "path": "x"}
FILLED_GROUPS = {"app_label": "reviews", "url": "nothing/"}


@dataclass(frozen=True)
class Address:
    """One address: `api:get_run`, what its route says, and the view that answers there."""

    name: str
    route: str
    view: Callable[..., HttpResponseBase]
    converters: dict[str, Any]

    @property
    def path(self) -> str:
        """The address with something in each of its places. Nothing needs to be there: rights are asked for first."""
        return "/" + PLACE.sub(_filled, self.route.replace("^", "").replace("$", ""))


def _filled(place: re.Match[str]) -> str:
    if place["group"]:
        return FILLED_GROUPS[place["group"]]
    return FILLED.get(place["kind"] or "str") or _one_that_fits(place["kind"])


def _one_that_fits(kind: str) -> str:
    """Return what an address of ours may hold there: a week, or the first word of a closed list."""
    return "2026-W02" if kind == "week" else str(get_converters()[kind].regex).partition("|")[0]


def every_address() -> list[Address]:
    """Return all of them, in the order in which they are tried."""
    return list(_walked(get_resolver().url_patterns, route="", space=""))


def _walked(patterns: list[URLPattern | URLResolver], *, route: str, space: str) -> Iterator[Address]:
    for one in patterns:
        here = route + str(one.pattern)
        if isinstance(one, URLResolver):
            deeper = f"{space}{one.namespace}:" if one.namespace else space
            yield from _walked(one.url_patterns, route=here, space=deeper)
        else:
            yield Address(f"{space}{one.name}", here, one.callback, dict(one.pattern.converters))
