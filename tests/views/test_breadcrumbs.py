"""The way to a page: links to what lies above it, and at its end the page itself, marked as the one that is read."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reviews.models import Case
from reviews.reports.weeks import WEEK, current_week, week_name
from tests.test_house import FRAME, ROOT, TEMPLATES
from tests.words.scene import played

WAY = re.compile(r'<nav class="breadcrumbs"[^>]*><ol>(.*?)</ol></nav>', re.DOTALL)
BELOW = {
    str(path.relative_to(ROOT / "templates"))
    for path in TEMPLATES
    if path != FRAME and "{% block breadcrumbs %}" in path.read_text()
}


def steps_of(page: str) -> list[str]:
    """Return the steps of the way to a page; of a page at the top there are none."""
    way = WAY.search(page)
    steps = re.findall(r"<li.*?</li>", way[1], re.DOTALL) if way else []
    return steps if any("<a " in step for step in steps) else []


def walked(client: Client, addresses: list[str]) -> list[Any]:
    """Return the pages at the addresses, and those that follow from acting on several cases at once."""
    held = Case.objects.filter(state="held", claimed_by=None)
    cases = [f"{case.pk}:{case.version}" for case in held]
    return [
        *(client.get(address) for address in addresses),
        client.post("/bulk/", {"act": "uphold", "cases": cases}),
        client.post("/bulk/act/", {"act": "uphold", "cases": cases[:2], "reason": "Recte."}, follow=True),
    ]


@pytest.mark.django_db
def test_every_way_ends_with_the_page_itself(sandbox: str, client_as: Callable[[User], Client]) -> None:
    lead, addresses = played()
    this = current_week(now=timezone.now())
    week, open_still = week_name(this), week_name(this - 2 * WEEK)
    addresses += ["/over-refusal/again/", f"/reports/{week}/people/", f"/meeting/{open_still}/close/"]
    seen: set[str] = set()
    for page in walked(client_as(lead), addresses):
        assert page.status_code == 200, page.request["PATH_INFO"]
        steps = steps_of(page.content.decode())
        below = BELOW & {template.name for template in page.templates}
        assert bool(steps) == bool(below), page.request["PATH_INFO"]
        seen |= below
        if steps:
            *above, here = steps
            assert all("<a href=" in step and "aria-current" not in step for step in above), above
            assert re.fullmatch(r'<li aria-current="page">[^<]*[^<\s][^<]*</li>', here), here
    assert seen == BELOW, "the walk came past every page that has a way to it"
