"""A file of rows, imported in batches; what is rejected goes to a side file with its reasons.

Can be run twice: a row without a run id gets one from its content, so it is known again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TextIO

from pipelines.ingest import Answer, ingest
from pipelines.jsontext import BadJson, RawRow, read_row
from pipelines.models import Pipeline

BATCH = 500


@dataclass(slots=True)
class Imported:
    """What became of the lines: by status, and the stored and duplicate ones by outcome and mark."""

    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    suspected: int = 0

    def add(self, answer: Answer) -> None:
        """Count one line's answer."""
        self.statuses[answer.status] += 1
        if answer.run and answer.status != "conflict":
            self.outcomes[answer.run.outcome] += 1
            self.suspected += answer.run.suspected


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number, its text and the row that it holds, if it holds one."""

    number: int
    text: str
    row: RawRow | BadJson


def import_lines(
    *,
    pipeline: Pipeline,
    lines: Iterable[str],
    rejected: Callable[[], TextIO],
    now: datetime,
    weeks: int = 0,
) -> Imported:
    """Import JSON lines and return the counts.

    `weeks` spreads rows that do not say when they happened over so many weeks before `now`, each
    always to the same place. `rejected` opens the side file when the first line needs it.
    """
    imported = Imported()
    for batch in _batches(_read(lines)):
        answers = ingest(
            pipeline=pipeline,
            rows=[line.row for line in batch],
            now=now,
            placed=lambda digest: _place(digest, now=now, weeks=weeks),
        )
        for line, answer in zip(batch, answers, strict=True):
            imported.add(answer)
            if answer.status in ("refused", "conflict"):
                json.dump({"line": line.number, "errors": answer.errors, "row": line.text}, rejected())
                rejected().write("\n")
    return imported


def _read(lines: Iterable[str]) -> Iterator[Line]:
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            # Some editors begin a file with a byte order mark.
            yield Line(number, text, read_row(text.removeprefix("\ufeff")))
        except BadJson as error:
            yield Line(number, text, error)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _place(digest: str, *, now: datetime, weeks: int) -> datetime:
    """Return a moment in the last `weeks` weeks, always the same share of the way for the same row."""
    return now - timedelta(weeks=weeks) * (int(digest[:8], 16) / 0xFFFFFFFF)
