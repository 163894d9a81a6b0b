"""How often the test for escalation is wrong, and how often it finds what is there: simulated weeks.

`python -m tests.patterns` prints the tables of docs/patterns.md, or puts them there. Every pattern-week is the weeks
before and then one that is looked at every hour, as the hub does, until the test escalates or the next week is over,
in which it is judged again. The numbers come from one seed, so that everybody gets the same tables.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from math import exp
from typing import NamedTuple

from reviews.patterns.escalation import BEFORE, Rate, compared, spread
from reviews.patterns.facts import Exposure, Facts
from reviews.reports.weeks import WEEK, weeks_until

SEED = 1940
MONDAY = date(2026, 3, 2)
MEANS = (0.2, 0.5, 1, 2, 5, 10, 20, 50)
WEEKS = 4000
HOURS = 168

Count = Callable[[random.Random, float], int]


def poisson(chance: random.Random, mean: float) -> int:
    """Draw a Poisson count: by multiplication in steps of a mean that `exp` holds."""
    count = 0
    while mean > 0:
        step = min(mean, 30.0)
        limit, product = exp(-step), chance.random()
        while product > limit:
            product *= chance.random()
            count += 1
        mean -= step
    return count


def bursts(chance: random.Random, mean: float) -> int:
    """Draw a count that comes in bursts: negative binomial, its variance twice its mean."""
    return poisson(chance, chance.gammavariate(mean, 1.0))


def moods(chance: random.Random, mean: float) -> int:
    """Draw a count whose rate differs from week to week by 30 %: negative binomial, another kind."""
    return poisson(chance, mean * chance.gammavariate(1 / 0.09, 0.09))


MODELS: dict[str, tuple[str, Count]] = {
    "poisson": ("Poisson", poisson),
    "bursts": ("in bursts: variance twice the mean", bursts),
    "moods": ("rate differs by 30 % from week to week", moods),
}


class Case(NamedTuple):
    """A situation that a pattern-week is simulated in.

    `week` is the number of the pattern's week, which began in the middle of its first one; None is one that was always
    there. `by_time` is how it is measured: where a model was switched, the runs go on as before. Of the declines,
    the share `late` is reported up to a week later than it happened, when the week is judged again.
    """

    looks: int = HOURS
    week: int | None = None
    by_time: bool = True
    late: float = 0.0


STEADY = Case()
RUNS = 1000  # a week, of which the declines are few


def weeks_before(chance: random.Random, count: Count, case: Case, *, mean: float) -> list[Rate]:
    """Draw the weeks that a pattern's week is compared with, as the hub picks and measures them."""
    known = [count(chance, mean) for _ in range(BEFORE if case.week is None else case.week - 2)]
    if case.week is not None:
        known.insert(0, _first(chance, count, mean=mean))
    declines = dict(zip(weeks_until(MONDAY - WEEK, count=len(known)), known, strict=True))
    runs = {} if case.by_time else {week: Exposure(RUNS, RUNS - n) for week, n in declines.items()}
    first = min(declines) if case.week is not None else None
    return Facts(MONDAY, 1.0, declines, runs, first_week=first).compared(MONDAY, by_time=case.by_time).weeks


def _first(chance: random.Random, count: Count, *, mean: float) -> int:
    """Draw the count of the first week that has a decline, where the rate begins at any moment of a week."""
    first = count(chance, mean * chance.random())
    while not first:
        first = count(chance, mean)
    return first


def escalates(chance: random.Random, count: Count, case: Case, *, mean: float, growth: float) -> bool:
    """Simulate one pattern-week and return whether any look at it escalates, in it or in the week after."""
    weeks = weeks_before(chance, count, case, mean=mean)
    before = Rate(sum(week.declines for week in weeks), sum(week.exposure for week in weeks))
    wide = spread(weeks)
    seen: Counter[int] = Counter()
    for _ in range(count(chance, mean * growth)):
        look = chance.randrange(case.looks) + 1
        seen[look + (chance.randrange(case.looks) if chance.random() < case.late else 0)] += 1
    so_far = 0
    for look in sorted(seen):  # without a new decline, a later look is less sure
        so_far += seen[look]
        passed = min(1.0, look / case.looks)
        now = Rate(so_far, passed if case.by_time else RUNS * passed)
        verdict = compared(now, before, spread=wide)
        if verdict and verdict.escalates:
            return True
    return False


def share(model: str, case: Case = STEADY, *, mean: float, growth: float = 1.0, weeks: int = WEEKS) -> float:
    """Return the share of simulated pattern-weeks that escalate. The same arguments give the same share."""
    chance = random.Random(f"{SEED} {model} {mean} {growth} {case}")  # no secret
    _name, count = MODELS[model]
    return sum(escalates(chance, count, case, mean=mean, growth=growth) for _ in range(weeks)) / weeks


def table(title: str, rows: list[tuple[str, list[float]]]) -> list[str]:
    """Return a table in Markdown, shares in per cent."""
    heads = " | ".join(f"{mean:g}" for mean in MEANS)
    return [
        f"| {title} | {heads} |",
        "|---|" + "---:|" * len(MEANS),
        *(f"| {name} | " + " | ".join(f"{100 * one:.2f}" for one in found) + " |" for name, found in rows),
    ]


def tables() -> str:
    """Return the tables: false alarms of what was always there and of what is young, and what is found."""
    looks = {"one look at its end": 1, "daily looks": 7, "hourly looks": HOURS}
    cases = {said: Case(looks=n) for said, n in looks.items()}
    cases["hourly looks, a fifth reported up to a week late"] = Case(late=0.2)
    wrong = [
        (f"{name}, {said}", [share(model, case, mean=mean) for mean in MEANS])
        for model, (name, _count) in MODELS.items()
        for said, case in cases.items()
    ]
    return "\n".join(
        [
            *table("False alarms, % of pattern-weeks, always there; declines a week:", wrong),
            "",
            *table("False alarms, % of pattern-weeks, young, hourly looks; declines a week:", _young()),
            "",
            *table("Found, %, hourly looks; declines a week before:", _found()),
            "",
        ]
    )


def _young() -> list[tuple[str, list[float]]]:
    began = {"began in the middle of a week": True, "model switched in the middle of a week": False}
    return [
        (
            f"{said}, {name}, week {week}",
            [share(model, Case(week=week, by_time=by_time), mean=mean) for mean in MEANS],
        )
        for said, by_time in began.items()
        for model, (name, _count) in MODELS.items()
        if model != "poisson"
        for week in (2, 3, 4, 6)
    ]


def _found() -> list[tuple[str, list[float]]]:
    cases = {"": STEADY, ", in week 4 of a young one": Case(week=4)}
    return [
        (
            f"{growth:g} times the rate, {name}{said}",
            [share(model, case, mean=mean, growth=growth, weeks=1000) for mean in MEANS],
        )
        for growth in (2.0, 3.0, 5.0)
        for model, (name, _count) in MODELS.items()
        if model != "moods"
        for said, case in cases.items()
    ]
