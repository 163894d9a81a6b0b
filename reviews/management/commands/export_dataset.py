"""`manage.py export_dataset`: decided cases with their texts as JSON lines, in a lead's name, who is logged."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from refusals.locks import try_lock
from reviews.access import LEAD, READ_TEXT, require
from reviews.dataset import export
from reviews.forms.outgoing import DatasetForm

FILTERS = ("since", "until", "pipeline", "topic", "code", "resolution")


class Command(BaseCommand):
    help = "Write decided cases with their texts to a file, one JSON object a line. The export is logged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the file to make; it must not be there yet")
        parser.add_argument("--by", required=True, help="the user name of the lead who takes the texts")
        parser.add_argument("--since", help="first week of decisions, such as 2026-W40")
        parser.add_argument("--until", help="last week of decisions, such as 2026-W47")
        parser.add_argument("--pipeline", help="a pipeline's slug")
        parser.add_argument("--topic", help="a topic's slug, - for none")
        parser.add_argument("--code", help="a reason code")
        parser.add_argument("--resolution", help="how they were decided, such as delivered or upheld")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        person = _lead(options["by"])
        form = DatasetForm({name: options[name] or "" for name in FILTERS})
        if not form.is_valid():
            raise CommandError(
                "; ".join(f"--{name}: {' '.join(map(str, why))}" for name, why in form.errors.items())
            )
        with _new(path) as file:
            logged, lines = export(form.wanted(), by=person, now=timezone.now(), done=lambda n: bar.update(n))
            quiet = options["verbosity"] == 0 or not sys.stderr.isatty()
            with tqdm(total=logged.n, unit=" cases", desc="data set", disable=quiet) as bar:
                written = sum(1 for line in lines if file.write(line))
        self.stderr.write(f"{written:,} cases in {path}")


@contextmanager
def _new(path: Path) -> Iterator[TextIO]:
    """Open a file that gets its name once it is whole; one that does not become whole is deleted.

    What a killed export left beside it is written over, for it holds texts. Raises CommandError where the file
    is there, or another process is at it.
    """
    partial = path.with_name(f"{path.name}.part")
    with partial.open("a", encoding="utf-8") as file:
        if not try_lock(file.fileno()):
            raise CommandError(f"{path} is being written already.")
        if path.exists():
            partial.unlink(missing_ok=True)
            raise CommandError(f"{path} is there already.")
        try:
            file.truncate(0)
            yield file
            file.flush()
            partial.rename(path)
        except BaseException:
            partial.unlink()
            raise


def _lead(username: str) -> User:
    person = User.objects.filter(username=username).first()
    if person is None:
        raise CommandError(f"--by: there is nobody called {username!r}.")
    try:
        for right in (READ_TEXT, LEAD):
            require(person, right)
    except PermissionDenied as denied:
        raise CommandError(f"--by: {username} {denied}.") from denied
    return person
