"""The pages of managers in a real browser: no barrier, no sideways scrolling, and a meeting from line to record."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from pipelines.models.run import week_of
from reviews import standing_changes, taken_on
from reviews.compose import Context
from reviews.decide import settle
from reviews.models import ChangeState, Kind, MeetingRecord, StandingChange
from reviews.reports.weeks import WEEK, week_name
from tests.cases import ANSWER, body, held_case, report
from tests.pages import barriers, open_whole
from tests.signing_in import reissued

pytestmark = pytest.mark.browser
CONTEXT = Context(purpose="For the staff of the hall.", background="The hall asked for it. " + "long_" * 80)


@pytest.fixture
def change(transactional_db: None, reviewer: User, lead: User) -> StandingChange:
    """One of each: contexts added again, an upheld case, one that waits, a change that is done and one planned."""
    now = timezone.now()
    for n in range(3):
        reissued(held_case(question=f"{n}."), asked=CONTEXT, by=reviewer, now=now, reuse_seen=True)
    upheld = held_case(question="Biology.", category="bio", topic="a-topic-with-a-rather-long-name")
    settle(case_id=upheld.pk, version=1, kind=Kind.UPHOLD, reason="Right.", by=reviewer, now=now)
    held_case(question="One that waits.", now=now - WEEK)
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.", now=now - WEEK)
    given = {
        "words": "w " * 200,
        "due": timezone.localdate(now),
        "owner": reviewer,
        "by": reviewer,
        "now": now,
    }
    done = standing_changes.suggest(pipeline=upheld.pipeline, title="Say whose notices they are.", **given)  # type: ignore[arg-type]  # by name
    standing_changes.settle(
        change_id=done.pk,
        version=1,
        state=ChangeState.DONE,
        done_on=timezone.localdate(now),
        by=lead,
        now=now,
    )
    return standing_changes.suggest(pipeline=upheld.pipeline, title="Another " * 20, **given)  # type: ignore[arg-type]


def meeting(*, over: bool = False) -> str:
    week = week_of(timezone.localdate())
    return f"/meeting/{week_name(week - WEEK if over else week)}/"


@pytest.mark.once
@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (1400, "dark"), (1400, "light"), (360, "dark")]
)
@pytest.mark.parametrize("role", ["viewer", "lead"])
def test_every_page_opens_without_an_error_a_barrier_or_sideways_scrolling(
    role: str,
    scheme: str,
    width: int,
    change: StandingChange,
    viewer: User,
    lead: User,
    page_as: Callable[..., Page],
) -> None:
    person = {"viewer": viewer, "lead": lead}[role]
    page = page_as(person, color_scheme=scheme, viewport={"width": width, "height": 800})
    now = timezone.now()
    taken = taken_on.take_on(
        week=week_of(timezone.localdate(now)), line="silent/x", label="l " * 90, note="n " * 90,
        owner=viewer, due=timezone.localdate(now), by=lead, now=now,
    )  # fmt: skip
    addresses = [
        f"/actions/{taken.pk}/",
        "/over-refusal/",
        "/changes/",
        "/changes/?state=done",
        change.get_absolute_url(),
        meeting(),
    ]
    if role == "lead":
        addresses += [
            "/changes/new/",
            f"{change.get_absolute_url()}edit/",
            f"{meeting()}take-on/?line=coverage/1",
            meeting(over=True),
            f"{meeting(over=True)}close/",
        ]
    problems: list[str] = []
    for address in addresses:
        open_whole(page, address)
        expect(page.locator("h1")).to_be_visible()
        scrolled = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert scrolled <= 0, f"{address} is {scrolled} px too wide at {width}"
        problems += [f"{address}: {barrier}" for barrier in barriers(page)]
    assert problems == []


def test_a_printed_meeting_has_all_its_columns_and_nothing_to_press(
    change: StandingChange, reviewer: User, page_as: Callable[..., Page]
) -> None:
    taken = {"line": "silent/x", "label": "Reported nothing: x", "note": "Ask the hall.", "owner": reviewer}
    now = timezone.now() - 4 * WEEK
    taken_on.take_on(week=week_of(now.date()), **taken, due=now.date(), by=reviewer, now=now)  # type: ignore[arg-type]  # by name
    page = page_as(reviewer)
    page.goto(meeting(over=True))
    pressed = page.locator("main").locator("a.button, button, #settle, #close")
    assert pressed.count() > 3
    page.emulate_media(media="print")
    expect(page.locator("#oldest tbody tr")).not_to_have_count(0)
    expect(page.locator("#oldest tbody tr").first).to_be_visible()
    assert [one.inner_text() for one in pressed.all() if one.is_visible()] == []
    page.set_viewport_size({"width": 703, "height": 1032})  # A4 within 12 mm
    cut_off = "[...document.querySelectorAll('.table-wrap')].filter(one => one.scrollWidth > one.clientWidth).length"
    assert page.evaluate(cut_off) == 0


def test_the_chart_stands_in_the_page_with_its_marks(
    change: StandingChange, viewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(viewer)
    page.goto("/over-refusal/")
    expect(page.locator(".plot svg")).to_have_count(1)
    expect(page.locator(".plot svg")).to_contain_text("decline rate")
    expect(page.get_by_role("region", name="Before and after")).to_contain_text("Say whose notices they are.")


def test_a_context_becomes_a_change_at_the_source_by_keyboard(
    change: StandingChange, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer)
    page.goto("/over-refusal/")
    page.get_by_role("link", name="Suggest a change at the source").press("Enter")
    expect(page.get_by_label("Words")).to_have_value(re.compile("The hall asked for it"))
    page.get_by_label("Title").fill("Say that the hall asks.")
    page.get_by_label("Due").fill("2030-01-01")
    page.get_by_role("button", name="Suggest it").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Say that the hall asks.")
    page.get_by_role("button", name="Done").press("Enter")
    expect(page.locator("main dl.facts")).to_contain_text("too early (n = 0)")


@pytest.mark.parametrize("script", [True, False])
def test_a_line_is_taken_on_and_the_meeting_closed(
    script: bool, change: StandingChange, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer, java_script_enabled=script)
    page.goto(meeting(over=True))
    page.locator("#oldest").get_by_role("link", name="Take on").first.click()
    page.get_by_label("Action").fill("Ask the hall.")
    page.get_by_role("button", name="Take it on").click()
    expect(page.locator("#oldest")).to_contain_text("Ask the hall.")
    page.get_by_role("link", name="Close the meeting").click()
    assert not MeetingRecord.objects.exists()
    page.get_by_role("button", name="Close it for good").click()
    expect(page.locator(".notice.success")).to_contain_text("these are the numbers as they stood")
    expect(page.locator("#actions")).to_contain_text("Ask the hall.")
    assert MeetingRecord.objects.count() == 1
