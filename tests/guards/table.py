"""`python -m tests.guards.table`: what each guard gets right and wrong, as `docs/guards.md` shows it."""

from collections.abc import Iterator

from tests.guards.corpora import CORPORA, Corpus

HEAD = (
    "| guard | should refuse | refused | known misses | should let pass | let pass | known false alarms |\n"
    "|---|--:|--:|--:|--:|--:|--:|"
)


def row(corpus: Corpus) -> str:
    """One guard's line, counted by asking it anew."""
    harmful = [*(given for group in corpus.CATCHES.values() for given in group), *corpus.MISSES.values()]
    harmless = [*corpus.PASSES, *corpus.FALSE_ALARMS.values()]
    refused = sum(corpus.run(given) is not None for given in harmful)
    passed = sum(corpus.run(given) is None for given in harmless)
    numbers = (len(harmful), refused, len(harmful) - refused, len(harmless), passed, len(harmless) - passed)
    return f"| {corpus.ABOUT} | {' | '.join(map(str, numbers))} |"


def numbers() -> str:
    """The table of all guards."""
    return "\n".join([HEAD, *map(row, CORPORA.values())])


def what_gets_wrong(corpus: Corpus) -> Iterator[str]:
    """One guard's known misses and false alarms, as the list under its heading."""
    yield "Gets past it: " + "; ".join(corpus.MISSES) + "."
    yield "Refused without need: " + "; ".join(corpus.FALSE_ALARMS) + "."


if __name__ == "__main__":
    print(numbers())
    for corpus in CORPORA.values():
        print(f"\n{corpus.ABOUT}")
        print("\n\n".join(what_gets_wrong(corpus)))
