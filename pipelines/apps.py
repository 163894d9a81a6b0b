"""App configuration of `pipelines`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelinesConfig(AppConfig):
    name = "pipelines"
    verbose_name = _("Pipelines")
    default_auto_field = "django.db.models.BigAutoField"
