"""The Celery app. Workers find the tasks of `pipelines` and `reviews` by themselves."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")

app = Celery("refusalhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
