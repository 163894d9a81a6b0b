"""`manage.py create_key PIPELINE`: make an API key and print it once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pipelines.keys import create_key
from pipelines.models import Pipeline


class Command(BaseCommand):
    help = "Make an API key for a pipeline and print it, this once. A pipeline that is not there is made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pipeline", help="the pipeline's slug, such as nightly-digest")
        parser.add_argument("--label", default="", help="what the key is for, shown beside it")

    def handle(self, *args: Any, **options: Any) -> None:
        pipeline = self._pipeline(options["pipeline"])
        self.stdout.write(create_key(pipeline=pipeline, now=timezone.now(), label=options["label"]))

    def _pipeline(self, slug: str) -> Pipeline:
        if pipeline := Pipeline.objects.filter(slug=slug).first():
            return pipeline
        pipeline = Pipeline(slug=slug, title=slug)
        try:
            pipeline.full_clean()
        except ValidationError as error:
            raise CommandError(f"pipeline {slug!r}: {'; '.join(error.messages)}") from error
        pipeline.save()
        # To stderr, so that stdout holds the key alone and can be captured.
        self.stderr.write(f"Made the pipeline {slug!r}: it was not there.")
        return pipeline
