"""App configuration of `reviews`: connects the one hook between the two rooms."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from pipelines.models import Run


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from pipelines.record import runs_recorded
        from reviews import settings_checks  # noqa: F401  # registers them
        from reviews.roles import make_roles

        runs_recorded.connect(_hold_and_count, dispatch_uid="reviews hold and count")
        post_migrate.connect(make_roles, dispatch_uid="reviews roles")


def _hold_and_count(*, runs: "Sequence[Run]", now: datetime, **kwargs: Any) -> None:
    """Hold the declined runs, alert where it is wanted and count the week, in the transaction that stores the runs."""
    from reviews.alerts.raising import raise_codes
    from reviews.count import count_recorded
    from reviews.hold import hold_recorded

    hold_recorded(runs=runs, now=now)
    raise_codes(runs=runs, now=now)
    count_recorded(runs=runs)
