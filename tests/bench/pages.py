"""What a page costs at the size of the demo, against the smallest answer the site gives."""

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from time import perf_counter

from tests.bench.figure import Figure, in_turn
from tests.bench.site import site

ROUNDS = 30
WARM_UP = 2
TRIVIAL = "/health/live"


def figures() -> Iterator[Figure]:
    """Yield the milliseconds of the queue page, a case page and its precedents; loopback is in both sides."""
    at = site()
    cookies = at.signed_in()
    with closing(at.connect()) as http:
        found = re.search(r'href="(/cases/\d+/)', fetch(http, "/queue/", cookies))
        if found is None:
            raise RuntimeError("the demo's queue lists no case")
        case = found[1]
        measured = {"queue page": "/queue/", "case page": case, "precedents page": f"{case}precedents/"}
        for name, path in measured.items():

            def ours(_round: int, path: str = path) -> float:
                return milliseconds(http, path, cookies)

            def theirs(_round: int) -> float:
                return milliseconds(http, TRIVIAL, cookies)

            in_turn(range(WARM_UP), name="warming up", ours=ours, theirs=theirs)
            mine, trivial, rounds = in_turn(range(ROUNDS), name=name, ours=ours, theirs=theirs)
            yield Figure(
                what=f"{name}, demo, {at.database}",
                ours=mine,
                against=TRIVIAL,
                theirs=trivial,
                unit="ms",
                rounds=rounds,
            )


def milliseconds(http: HTTPConnection, path: str, cookies: str, *, htmx: bool = False) -> float:
    """Return how long a page takes, or the part of it that htmx asks for."""
    begun = perf_counter()
    fetch(http, path, cookies, htmx=htmx)
    return (perf_counter() - begun) * 1000


def fetch(http: HTTPConnection, path: str, cookies: str, *, htmx: bool = False) -> str:
    """Return the text of a page. Raises RuntimeError where it is not answered with one."""
    http.request("GET", path, headers={"Cookie": cookies} | ({"HX-Request": "true"} if htmx else {}))
    answer = http.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered with {answer.status}")
    return body
