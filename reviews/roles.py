"""The three roles as groups, made and kept up to date after every migrate."""

from typing import Any

from django.apps.config import AppConfig
from django.contrib.auth.models import Group, Permission, User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviews.access import DECIDE, LEAD, READ_TEXT, SEE_NUMBERS

ROLES: dict[str, list[str]] = {
    "viewer": [SEE_NUMBERS],
    "reviewer": [SEE_NUMBERS, READ_TEXT, DECIDE],
    "lead": [
        SEE_NUMBERS,
        READ_TEXT,
        DECIDE,
        LEAD,
        *(
            f"pipelines.{action}_{model}"
            for model in ("pipeline", "topic", "topicrule", "apikey")
            for action in ("view", "add", "change")
        ),
        "pipelines.delete_topicrule",
        *(
            f"reviews.view_{model}"
            for model in (
                "case",
                "caseevent",
                "decision",
                "reissue",
                "delivery",
                "suspicion",
                "bulk",
                "mention",
                "textexport",
            )
        ),
        *(
            f"reviews.{action}_{model}"
            for model in ("reasontemplate", "codeguidance")
            for action in ("view", "add", "change", "delete")
        ),
    ],
}

NAMES: dict[str, str | Promise] = {"viewer": _("viewer"), "reviewer": _("reviewer"), "lead": _("lead")}


def role_names(person: User) -> list[str]:
    """Return what a person's groups are called; a group that the site made itself keeps its own name."""
    return [str(NAMES.get(group.name, group.name)) for group in person.groups.order_by("name")]


def make_roles(sender: AppConfig, **kwargs: Any) -> None:
    """Make the groups and give them exactly their permissions. Runs on `post_migrate`.

    Runs once for each app that migrates; a permission that is not there yet comes with a later one.
    """
    wanted = {name for names in ROLES.values() for name in names}
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type").filter(
            codename__in={name.partition(".")[2] for name in wanted}
        )
    }
    for role, names in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set([found[name] for name in names if name in found])
