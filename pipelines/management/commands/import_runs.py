"""`manage.py import_runs FILE`: import runs from JSON lines, with a progress bar; safe to run twice."""

import gzip
import io
import os
import sys
import zlib
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.text import slugify
from tqdm import tqdm

from pipelines.enrol import enrol
from pipelines.importing import Imported, import_lines
from pipelines.models import Pipeline

GZIP_MARK = b"\x1f\x8b"


class Command(BaseCommand):
    help = (
        "Import runs from a file of JSON lines (also gzipped; - reads standard input). Lines that cannot be "
        "imported go to FILE.rejected.jsonl with their reasons. Importing a file again stores nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a .jsonl or .jsonl.gz file, or - for standard input")
        parser.add_argument(
            "--pipeline", help="the pipeline's slug; made if it is not there (default: the file's name)"
        )
        parser.add_argument(
            "--weeks",
            type=_weeks,
            default=0,
            help="spread rows that do not say when they happened over the last so many weeks",
        )
        parser.add_argument("--rejected", help="where rejected lines go (default: FILE.rejected.jsonl)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = "stdin" if options["file"] == "-" else options["file"]
        side_file = SideFile(Path(options["rejected"] or f"{name}.rejected.jsonl"))
        with ExitStack() as stack:
            stack.callback(side_file.close)
            lines = self._lines(options["file"], stack, quiet=options["verbosity"] == 0)
            imported = import_lines(
                pipeline=self._pipeline(options["pipeline"], stem=Path(name).name.split(".")[0]),
                lines=lines,
                rejected=side_file.open,
                now=timezone.now(),
                weeks=options["weeks"],
            )
        self._report(imported, side_file)

    def _pipeline(self, slug: str | None, *, stem: str) -> Pipeline:
        try:
            pipeline, made = enrol(slug=slug or slugify(stem.replace("_", "-")), title=slug or stem)
        except ValueError as error:
            raise CommandError(f"{error} Name one with --pipeline.") from error
        if made:
            self.stderr.write(f"Made the pipeline {pipeline.slug!r}: it was not there.")
        return pipeline

    def _lines(self, name: str, stack: ExitStack, *, quiet: bool) -> Iterator[str]:
        """Open the file and return its lines; while they are read, a bar on stderr shows how much of it is."""
        size = None
        if name == "-":
            source: BinaryIO = sys.stdin.buffer
        else:
            try:
                source = Path(name).open("rb")  # noqa: SIM115  # closed by the stack
            except OSError as error:
                raise CommandError(f"Cannot read {name}: {error.strerror}") from error
            stack.callback(source.close)
            size = os.fstat(source.fileno()).st_size
        counted = Counted(source, stack.enter_context(_bar(size, quiet=quiet)))
        return _decoded(io.BufferedReader(counted))

    def _report(self, imported: Imported, side_file: "SideFile") -> None:
        for status in ("stored", "duplicate", "conflict", "refused"):
            self.stdout.write(f"{imported.statuses[status]:>8,} {status}")
        by_outcome = (
            ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(imported.outcomes.items())) or "none"
        )
        self.stdout.write(f"Stored by now: {by_outcome}; {imported.suspected:,} suspected.")
        if side_file.used:
            self.stdout.write(f"Rejected lines and why: {side_file.path}")


def _weeks(value: str) -> int:
    if not value.isdecimal() or int(value) > 520:
        raise ArgumentTypeError(f"must be a whole number of weeks, at most 520, not {value}")
    return int(value)


def _bar(size: int | None, *, quiet: bool) -> "tqdm[Any]":
    # `disable=None` draws nothing where stderr is no terminal.
    return tqdm(total=size, unit="B", unit_scale=True, disable=quiet or None)


class SideFile:
    """The file of rejected lines, made only when there is one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    @property
    def used(self) -> bool:
        """Whether a line was rejected."""
        return self._file is not None

    def open(self) -> TextIO:
        """Return the open file. Raises CommandError where it cannot be made."""
        if self._file is None:
            try:
                self._file = self.path.open("w", encoding="utf-8")
            except OSError as error:
                raise CommandError(
                    f"Cannot write the rejected lines to {self.path}: {error.strerror}. "
                    "Name another place with --rejected; importing again stores nothing twice."
                ) from error
        return self._file

    def close(self) -> None:
        """Close it, if it was opened."""
        if self._file is not None:
            self._file.close()


class Counted(io.RawIOBase):
    """A binary stream that moves a bar as it is read: by what is read of the file, packed or not."""

    def __init__(self, source: BinaryIO, bar: "tqdm[Any]") -> None:
        self._source = source
        self._bar = bar

    def readable(self) -> bool:
        """A stream to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer and move the bar."""
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._bar.update(len(chunk))
        return len(chunk)


def _decoded(source: io.BufferedReader) -> Iterator[str]:
    packed = source.peek(2)[:2] == GZIP_MARK
    try:
        for line in gzip.GzipFile(fileobj=source) if packed else source:
            # A byte that is not UTF-8 becomes a lone surrogate: the record keeps it aside, the file goes on.
            yield line.decode("utf-8", "surrogateescape")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CommandError(
            f"The gzip file is damaged: {error} What was imported before the damage stays; "
            "importing the whole file later stores nothing twice."
        ) from error
