"""`manage.py check_counts`: hold the weekly counts against a recount of every run."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from reviews.count import counted, recount


class Command(BaseCommand):
    help = "Compare the weekly counts with a recount of every run. Changes nothing; fails on a difference."

    def handle(self, *args: Any, **options: Any) -> None:
        with _one_moment():
            stands, must_be = counted(), recount()
        differences = 0
        for name in stands._fields:
            differences += self._report(name, getattr(stands, name), getattr(must_be, name))
        if differences:
            raise CommandError(f"The weekly counts differ from a recount in {differences} rows.")
        self.stdout.write(
            f"The weekly counts are right: {must_be.runs.total():,} runs, {must_be.declines.total():,} declines."
        )

    def _report(self, name: str, stands: Counter[Any], must_be: Counter[Any]) -> int:
        """Write a line for each row that differs and return how many do."""
        wrong = sorted(key for key in stands.keys() | must_be.keys() if stands[key] != must_be[key])
        for key in wrong:
            said = " ".join(f"{field}={value}" for field, value in key._asdict().items())
            self.stderr.write(f"{name}: {said}: counted {stands[key]}, must be {must_be[key]}")
        return len(wrong)


@contextmanager
def _one_moment() -> Iterator[None]:
    """See the tables as they stand at one moment, while runs go on coming in."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
