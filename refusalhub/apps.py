"""The project as an app, so that its own commands (`start`, `load_demo`) are found."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class RefusalHubConfig(AppConfig):
    name = "refusalhub"
    verbose_name = "RefusalHub"


class AdminConfig(admin.AdminConfig):
    """Django's admin, with a site of ours."""

    default = False  # of the two here, the project's own is the app `refusalhub`
    default_site = "refusalhub.admin_site.HubAdminSite"
