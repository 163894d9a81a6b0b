"""The project as an app, so that its own commands (`start`, `load_demo`) are found."""

from django.apps import AppConfig


class RefusalHubConfig(AppConfig):
    name = "refusalhub"
    verbose_name = "RefusalHub"
