"""How well plain-text refusals are read, as the table in docs/vocabulary.md: `python -m tests.refusals.reading_table`.

A partial refusal counts on neither side. The development sample is read where REFUSALHUB_SHARED says.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from refusals import reads_like_refusal
from tests.refusals import answers

SAMPLE = Path(os.environ.get("REFUSALHUB_SHARED", "../shared")) / "data" / "sample_runs.jsonl"
HEADER = (
    "| answers | refusals seen | recall | others marked | precision |",
    "|---|---|---|---|---|",
)


class Judged(NamedTuple):
    """One answer whose truth is known: where it is from, whether it refuses, whether it was read so."""

    source: str
    refuses: bool
    marked: bool


class Score(NamedTuple):
    """How many of the refusals, and of the others, were marked."""

    seen: int
    refusals: int
    false_alarms: int
    others: int

    @property
    def recall(self) -> float:
        """The share of the refusals that were seen."""
        return self.seen / self.refusals

    @property
    def precision(self) -> float:
        """The share of the marked that refuse."""
        return self.seen / (self.seen + self.false_alarms)


def invented() -> Iterator[Judged]:
    """Judge the invented answers."""
    lists = {
        "looked at": answers.tuning(),
        "held back": answers.held_back(),
        "further families, looked at": answers.families(),
        "further families, held back": answers.families_held_back(),
        "other languages, looked at": answers.abroad(),
        "other languages, held back": answers.abroad_held_back(),
    }
    for name, some in lists.items():
        for answer in some:
            yield Judged(f"invented, {name}", answer.refuses, reads_like_refusal(answer.text))


def sampled() -> Iterator[Judged]:
    """Judge the development sample, every row for its model and for its source."""
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        if run["label"] == "partial_refusal":
            continue
        refuses, marked = run["label"] == "full_refusal", reads_like_refusal(run["response"])
        yield Judged("sample", refuses, marked)
        yield Judged(f"sample, {run['source']}", refuses, marked)
        if run["source"] == "xstest":
            yield Judged(f"sample, {run['source']}, {run['model']}", refuses, marked)


def score(judged: Iterator[Judged] | list[Judged]) -> Score:
    """Count."""
    rows = list(judged)
    marked = [row for row in rows if row.marked]
    refusals = sum(row.refuses for row in rows)
    seen = sum(row.refuses for row in marked)
    return Score(seen, refusals, len(marked) - seen, len(rows) - refusals)


def lines(judged: Iterator[Judged]) -> list[str]:
    """Return a row of the table for every source, sorted."""
    rows = list(judged)
    table = []
    for source in sorted({row.source for row in rows}):
        of_source = score([row for row in rows if row.source == source])
        precision = f"{of_source.precision:.3f}" if of_source.seen + of_source.false_alarms else "-"
        table.append(
            f"| {source} | {of_source.seen} of {of_source.refusals} | {of_source.recall:.3f} "
            f"| {of_source.false_alarms} of {of_source.others} | {precision} |"
        )
    return table


def main() -> None:
    """Print the table."""
    print("\n".join([*HEADER, *lines(invented())]))
    if SAMPLE.exists():
        print("\n".join(lines(sampled())))
    else:
        print(f"\nNo development sample at {SAMPLE}; REFUSALHUB_SHARED names the folder that holds it.")


if __name__ == "__main__":
    main()
