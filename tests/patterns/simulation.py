"""How often the test for escalation is wrong, and how often it finds what is there: simulated weeks.

    python -m tests.patterns.simulation            print the tables of docs/patterns.md
    python -m tests.patterns.simulation --write    put them there

Every pattern-week is eight weeks and then one that is looked at every hour, as the hub does, until the test
escalates or the week is over. The numbers come from one seed, so that everybody gets the same tables.
"""

import argparse
import random
from collections.abc import Callable
from math import exp
from pathlib import Path

from reviews.patterns.escalation import Rate, compared, spread

SEED = 1940
MEANS = (0.2, 0.5, 1, 2, 5, 10, 20)
WEEKS = 4000
HOURS = 168
PAGE = Path(__file__).resolve().parents[2] / "docs" / "patterns.md"
BEGIN, END = "<!-- simulated: begins -->\n", "<!-- simulated: ends -->\n"

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


def escalates(chance: random.Random, count: Count, *, mean: float, growth: float, looks: int) -> bool:
    """Simulate one pattern-week and return whether any look at it escalates."""
    weeks = [Rate(count(chance, mean), 1.0) for _ in range(8)]
    before, wide = Rate(sum(week.declines for week in weeks), 8.0), spread(weeks)
    falls = [0] * looks
    for _ in range(count(chance, mean * growth)):
        falls[chance.randrange(looks)] += 1
    so_far = 0
    for look, fell in enumerate(falls, start=1):
        so_far += fell
        if fell:  # without a new decline, a later look is less sure
            verdict = compared(Rate(so_far, look / looks), before, spread=wide)
            if verdict and verdict.escalates:
                return True
    return False


def share(model: str, *, mean: float, growth: float = 1.0, looks: int = HOURS, weeks: int = WEEKS) -> float:
    """Return the share of simulated pattern-weeks that escalate. The same arguments give the same share."""
    chance = random.Random(f"{SEED} {model} {mean} {growth} {looks}")  # no secret
    _name, count = MODELS[model]
    return sum(escalates(chance, count, mean=mean, growth=growth, looks=looks) for _ in range(weeks)) / weeks


def table(title: str, rows: list[tuple[str, list[float]]]) -> list[str]:
    """Return a table in Markdown, shares in per cent."""
    heads = " | ".join(f"{mean:g}" for mean in MEANS)
    return [
        f"| {title} | {heads} |",
        "|---|" + "---:|" * len(MEANS),
        *(f"| {name} | " + " | ".join(f"{100 * one:.2f}" for one in found) + " |" for name, found in rows),
    ]


def tables() -> str:
    """Return both tables: false alarms, and what is found of twice and three times the rate."""
    wrong = [
        (f"{name}, {said}", [share(model, mean=mean, looks=looks) for mean in MEANS])
        for model, (name, _count) in MODELS.items()
        for said, looks in (("one look at its end", 1), ("daily looks", 7), ("hourly looks", HOURS))
    ]
    found = [
        (
            f"{growth:g} times the rate, {name}",
            [share(model, mean=mean, growth=growth, weeks=1000) for mean in MEANS],
        )
        for growth in (2.0, 3.0, 5.0)
        for model, (name, _count) in MODELS.items()
        if model != "moods"
    ]
    lines = [
        *table("False alarms, % of pattern-weeks; declines a week:", wrong),
        "",
        *table("Found, %; declines a week before:", found),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/patterns.md")
    made = tables()
    if not parser.parse_args().write:
        print(made)
        return
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _old, _, foot = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}{made}{END}{foot}")


if __name__ == "__main__":
    main()
