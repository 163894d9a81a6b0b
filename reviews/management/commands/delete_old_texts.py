"""`manage.py delete_old_texts`: delete the texts whose pipeline's retention time is over, with a progress bar."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from pipelines.models import Pipeline
from reviews.retention import Old, delete_old_texts, old_texts


class Command(BaseCommand):
    help = (
        "Delete the texts of runs and cases whose pipeline's retention time is over. Beat does this every night; "
        "it is safe to run beside that, to stop, and to run again. Texts of cases that are open are kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        found = [old_texts(pipeline, now=now) for pipeline in Pipeline.objects.order_by("slug")]
        if options["dry_run"]:
            self._report(found, "Would delete")
            return
        # `disable=None` draws nothing where stderr is no terminal.
        total = sum(old.total for old in found)
        with tqdm(total=total, unit=" texts", disable=options["verbosity"] == 0 or None) as bar:
            done = [delete_old_texts(old.pipeline, now=now, deleted=bar.update) for old in found]
        self._report(done, "Deleted")

    def _report(self, found: list[Old], what: str) -> None:
        for old in found:
            if old.total:
                self.stdout.write(f"{what} of {old.pipeline.slug}: {_counts(old)}.")
        if not any(old.total for old in found):
            self.stdout.write("No text is past its pipeline's retention time.")


def _counts(old: Old) -> str:
    return (
        f"the texts of {old.runs:,} runs, {old.reissues:,} re-issues and {old.deliveries:,} deliveries, "
        f"older than {old.pipeline.retention_days:,} days"
    )
