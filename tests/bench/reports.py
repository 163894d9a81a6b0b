"""What the reports cost over a year of 1,000,000 runs and 50,000 cases, on PostgreSQL.

Ours: the server's answer over a connection that stays open. Theirs: the smallest answer the site gives. A page is warm,
as it is for all but the first who look at its weeks after the server's start; the report is measured for the first as
well. A chart is measured twice: as it is asked for first, which draws it, and again, which takes it from the cache.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from os import environ

from tests.bench.figure import Figure, in_turn
from tests.bench.pages import TRIVIAL, WARM_UP, milliseconds
from tests.bench.site import Site, site_of_a_year

ROUNDS = 20
WEEKS_DRAWN = 12
# A report reads twelve weeks, so that a year has so many without a week in common.
FRESH = 4


def week(back: int) -> str:
    """Return the name of the week so many weeks ago."""
    return "{0.year}-W{0.week:02d}".format((datetime.now(UTC) - timedelta(weeks=back)).isocalendar())


PAGES = {
    "report of last week": f"/reports/{week(1)}/",
    "report of a week in the middle of the year": f"/reports/{week(26)}/",
    "report of one pipeline": f"/reports/{week(1)}/?pipeline=pipeline-03",
    "what people did last week": f"/reports/{week(1)}/people/",
    "what waited for people last week": f"/reports/{week(1)}/blocked/",
    "patterns": "/patterns/",
    "over-refusal": "/over-refusal/",
    "contexts added again": "/over-refusal/again/",
    "meeting": f"/meeting/{week(1)}/",
    "changes at the source": "/changes/",
}


def figures() -> Iterator[Figure]:
    """Yield the milliseconds of every report page, and of a chart that is new and one that is kept."""
    if not environ.get("DATABASE_URL", "").startswith("postgres"):
        print(
            "The reports over a year are measured on PostgreSQL alone: name one in DATABASE_URL.",
            file=sys.stderr,
        )
        return
    at = site_of_a_year()
    cookies = at.signed_in()
    yield _figure(at, cookies, "report of a week of which nothing is kept", _fresh, rounds=FRESH, warm_up=0)
    for name, path in PAGES.items():
        yield _figure(at, cookies, name, _always(path))
    yield from _charts(at, cookies)


def _charts(at: Site, cookies: str) -> Iterator[Figure]:
    page = f"/reports/{week(1)}/"
    with closing(at.connect()) as http:
        http.request("GET", page, headers={"Cookie": cookies})
        addresses = re.findall(r'hx-get="(/reports/[^"]*/charts/[^"]+)"', http.getresponse().read().decode())
    for address in addresses:
        name = address.partition("/charts/")[2].partition("/")[0]
        others = count(2)

        def new(_round: int, address: str = address, others: "count[int]" = others) -> str:
            return address.replace(week(1), week(next(others)))

        yield _figure(at, cookies, f"chart {name}, drawn", new, rounds=WEEKS_DRAWN)
        yield _figure(at, cookies, f"chart {name}, kept", _always(address))


def _fresh(round_: int) -> str:
    return f"/reports/{week(1 + 12 * round_)}/"


def _always(path: str) -> Callable[[int], str]:
    return lambda _round: path


def _figure(
    at: Site,
    cookies: str,
    name: str,
    path_of: Callable[[int], str],
    *,
    rounds: int = ROUNDS,
    warm_up: int = WARM_UP,
) -> Figure:
    with closing(at.connect()) as http:

        def ours(number: int) -> float:
            return milliseconds(http, path_of(number), cookies)

        def theirs(_number: int) -> float:
            return milliseconds(http, TRIVIAL, cookies)

        if warm_up:
            in_turn(range(warm_up), name="warming up", ours=ours, theirs=theirs)
        mine, trivial, measured = in_turn(range(rounds), name=name, ours=ours, theirs=theirs)
    return Figure(
        what=f"{name}, a year, {at.database}",
        ours=mine,
        against=TRIVIAL,
        theirs=trivial,
        unit="ms",
        rounds=measured,
    )
