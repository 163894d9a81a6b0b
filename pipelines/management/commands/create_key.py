"""`manage.py create_key PIPELINE`: make an API key and print it once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from pipelines.enrol import enrol
from pipelines.keys import create_key


class Command(BaseCommand):
    help = "Make an API key for a pipeline and print it, this once. A pipeline that is not there is made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pipeline", help="the pipeline's slug, such as nightly-digest")
        parser.add_argument("--label", default="", help="what the key is for, shown beside it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                pipeline, made = enrol(slug=options["pipeline"])
                key = create_key(pipeline=pipeline, now=timezone.now(), label=options["label"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        if made:
            # To stderr, so that stdout holds the key alone and can be captured.
            self.stderr.write(f"Made the pipeline {pipeline.slug!r}: it was not there.")
        self.stdout.write(key)
