"""`manage.py load_demo`: twelve invented weeks, for a first look at every screen."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from pipelines.keys import create_key
from pipelines.models import Pipeline
from refusalhub.demo.load import load_demo
from refusalhub.local import make_broker_folders

# The pipeline that the examples of the README and of the documents speak for.
KEY_OF = "nightly-digest"


class Command(BaseCommand):
    help = "Fill an empty database with the demo: people, pipelines and twelve weeks of runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=2000, help="how many runs to invent")

    def handle(self, *args: Any, **options: Any) -> None:
        if Pipeline.objects.exists():
            raise CommandError("There are pipelines already: the demo is for an empty database.")
        if settings.CELERY_BROKER_URL.startswith("filesystem:"):
            make_broker_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        now = timezone.now()
        # All or nothing: a demo that was stopped half-way would look like a finished one at the next start.
        bar = tqdm(total=options["runs"], unit=" runs", desc="demo", disable=options["verbosity"] == 0)
        with bar, transaction.atomic():
            load_demo(now=now, count=options["runs"], done=bar.update)
            key = create_key(pipeline=Pipeline.objects.get(slug=KEY_OF), now=now, label="demo")
        path = settings.VAR_DIR / "demo-api-key"
        path.touch(mode=0o600)
        path.write_text(key)
