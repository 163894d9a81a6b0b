"""The Celery app. Workers find the tasks of `pipelines` and `reviews` by themselves."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")

app = Celery("refusalhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]
def _checked(**_kwargs: Any) -> None:
    """Stop a worker's start by what stops every command: Celery runs Django's checks and heeds none of them."""
    import django
    from django.core.checks import run_checks

    django.setup()
    if errors := [str(found) for found in run_checks() if found.is_serious()]:
        raise SystemExit("\n".join(errors))
