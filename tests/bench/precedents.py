"""What the precedents of a case cost beside 50,000 cases, against the smallest answer the site gives."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

from tests.bench.figure import Figure, in_turn
from tests.bench.pages import ROUNDS, TRIVIAL, WARM_UP, fetch, milliseconds
from tests.bench.site import site

CASES = 50_000
# The commonest code of the demo: every comparison that is made is made for it.
LIST = "/queue/?code=CYBER"


def figures() -> Iterator[Figure]:
    """Yield the milliseconds of the panel, as the case's page loads it; loopback is in both sides."""
    at = site()
    subprocess.run([sys.executable, "-m", "tests.bench.grown", str(CASES)], env=at.env, check=True)
    cookies = at.signed_in()
    with closing(at.connect()) as http:
        found = re.search(r'href="(/cases/\d+/)', fetch(http, LIST, cookies))
        if found is None:
            raise RuntimeError(f"{LIST} lists no case")
        panel = f"{found[1]}precedents/"

        def ours(_round: int) -> float:
            return milliseconds(http, panel, cookies, htmx=True)

        def theirs(_round: int) -> float:
            return milliseconds(http, TRIVIAL, cookies)

        in_turn(range(WARM_UP), name="warming up", ours=ours, theirs=theirs)
        mine, trivial, rounds = in_turn(range(ROUNDS), name="precedents panel", ours=ours, theirs=theirs)
    yield Figure(
        what=f"precedents panel, {CASES:,} cases, {at.database}",
        ours=mine,
        against=TRIVIAL,
        theirs=trivial,
        unit="ms",
        rounds=rounds,
    )
