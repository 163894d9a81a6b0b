"""The three roles have exactly their rights, however often the site is migrated."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

SETS_UP = {
    f"pipelines.{action}_{model}"
    for model in ("pipeline", "topic", "topicrule", "apikey")
    for action in ("view", "add", "change")
}
LOOKS_AT = {
    f"reviews.view_{model}"
    for model in (
        "bulk",
        "case",
        "caseevent",
        "decision",
        "delivery",
        "mention",
        "reissue",
        "suspicion",
        "textexport",
    )
}
WRITES = {
    f"reviews.{action}_{model}"
    for model in ("reasontemplate", "codeguidance")
    for action in ("view", "add", "change", "delete")
}
RIGHTS = {
    "viewer": {"reviews.see_numbers"},
    "reviewer": {"reviews.see_numbers", "reviews.read_text", "reviews.decide"},
    "lead": {
        "reviews.see_numbers", "reviews.read_text", "reviews.decide", "reviews.lead",
        "pipelines.delete_topicrule", *SETS_UP, *LOOKS_AT, *WRITES,
    },
}  # fmt: skip


def rights(role: str) -> set[str]:
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


@pytest.mark.django_db
def test_there_are_three_roles() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(RIGHTS)


@pytest.mark.django_db
@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_has_exactly_its_rights(role: str) -> None:
    assert rights(role) == RIGHTS[role]


@pytest.mark.django_db
def test_a_migration_brings_back_what_a_role_has_and_takes_away_what_it_has_not() -> None:
    viewer, reviewer = Group.objects.get(name="viewer"), Group.objects.get(name="reviewer")
    viewer.permissions.set(reviewer.permissions.all())
    reviewer.permissions.clear()
    call_command("migrate", verbosity=0)
    assert (rights("viewer"), rights("reviewer")) == (RIGHTS["viewer"], RIGHTS["reviewer"])
