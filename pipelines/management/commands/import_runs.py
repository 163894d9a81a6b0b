"""`manage.py import_runs FILE`: import runs from JSON lines, with a progress bar; safe to run twice."""

import gzip
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.text import slugify
from tqdm import tqdm

from pipelines.importing import Imported, import_lines
from pipelines.models import Pipeline


class Command(BaseCommand):
    help = (
        "Import runs from a file of JSON lines (also .gz; - reads standard input). Lines that cannot be "
        "imported go to FILE.rejected.jsonl with their reasons. Importing a file again stores nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a .jsonl or .jsonl.gz file, or - for standard input")
        parser.add_argument(
            "--pipeline", help="the pipeline's slug; made if it is not there (default: the file's name)"
        )
        parser.add_argument(
            "--weeks", type=int, default=0, help="spread rows that have no date over the last so many weeks"
        )
        parser.add_argument("--rejected", help="where rejected lines go (default: FILE.rejected.jsonl)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = "stdin" if options["file"] == "-" else options["file"]
        stem = Path(name).name.split(".")[0]
        slug = options["pipeline"] or slugify(stem.replace("_", "-"))
        side_file = SideFile(Path(options["rejected"] or f"{name}.rejected.jsonl"))
        pipeline, _ = Pipeline.objects.get_or_create(slug=slug, defaults={"title": stem})
        with ExitStack() as stack:
            lines = self._lines(options["file"], stack, quiet=options["verbosity"] == 0)
            stack.callback(side_file.close)
            imported = import_lines(
                pipeline=pipeline,
                lines=lines,
                rejected=side_file.open,
                now=timezone.now(),
                weeks=options["weeks"],
            )
        self._report(imported, side_file)

    def _lines(self, name: str, stack: ExitStack, *, quiet: bool) -> Iterator[str]:
        """Yield the file's lines while a bar shows how much of it is read."""
        if name == "-":
            source: BinaryIO = sys.stdin.buffer
            size = None
        else:
            try:
                source = Path(name).open("rb")  # noqa: SIM115  # closed by the stack
            except OSError as error:
                raise CommandError(f"Cannot read {name}: {error.strerror}") from error
            stack.callback(source.close)
            size = os.fstat(source.fileno()).st_size
        bar = stack.enter_context(tqdm(total=size, unit="B", unit_scale=True, disable=quiet or None))
        return _decoded(source, bar, packed=name.endswith(".gz"))

    def _report(self, imported: Imported, side_file: "SideFile") -> None:
        for status in ("stored", "duplicate", "conflict", "refused"):
            self.stdout.write(f"{imported.statuses[status]:>8,} {status}")
        by_outcome = (
            ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(imported.outcomes.items())) or "none"
        )
        self.stdout.write(f"Stored by now: {by_outcome}; {imported.suspected:,} suspected.")
        if side_file.used:
            self.stdout.write(f"Rejected lines and why: {side_file.path}")


class SideFile:
    """The file of rejected lines, made only when there is one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    @property
    def used(self) -> bool:
        return self._file is not None

    def open(self) -> TextIO:
        """Return the open file."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _decoded(source: BinaryIO, bar: "tqdm[Any]", *, packed: bool) -> Iterator[str]:
    read_from = gzip.GzipFile(fileobj=source) if packed else source
    for line in read_from:
        # A byte that is not UTF-8 becomes a lone surrogate: the record keeps it aside, the file goes on.
        yield line.decode("utf-8", "surrogateescape")
        bar.update(source.tell() - bar.n if packed else len(line))
