"""`manage.py send_weekly_report`: send one week's report to one address, for a look. Nothing is kept of it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from reviews.reports.mail import mail_of
from reviews.reports.scope import NONE_NAMED, NoSuchScope, scope_named
from reviews.reports.week import report_of
from reviews.reports.weeks import WEEK, current_week, week_named


class Command(BaseCommand):
    help = "Send the report of a week to an address, for a look. Who subscribed gets theirs on Monday all the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, help="the address, such as you@example.org")
        parser.add_argument("--week", help="such as 2026-W47; the last whole week unless said")
        parser.add_argument("--pipeline", default="", help="a pipeline's slug; all of them unless said")
        parser.add_argument("--topic", default="", help=f"a topic's slug, {NONE_NAMED} for none")
        parser.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=[code for code, _name in settings.LANGUAGES]
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            week = week_named(options["week"]) if options["week"] else current_week(now=now) - WEEK
        except ValueError as error:
            raise CommandError(f"--week: {error}") from error
        try:
            scope = scope_named(pipeline=options["pipeline"], topic=options["topic"])
        except NoSuchScope as error:
            raise CommandError(f"--{error.field}: {error}") from error
        with translation.override(options["language"]):
            message = mail_of(report_of(week, scope=scope, now=now), to=options["to"])
        message.send()
        self.stderr.write(f"Sent to {options['to']}: {message.subject}")
