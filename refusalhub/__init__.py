"""The Django project: settings, addresses, the Celery app, health, the demo and the sandbox."""

from refusalhub.celery import app as celery_app

__all__ = ["celery_app"]
