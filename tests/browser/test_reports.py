"""The report of a week in a real browser: its charts, its links, by keyboard, narrow and dark."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from pipelines.models import Pipeline
from reviews.models import Case
from tests.cases import ANSWER, body, held_case, report
from tests.pages import barriers

# Looks at what pages look like and what scripts do there, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]

CHARTS = 7


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Fill a week: two codes, two topics, two pipelines that report and one with a long name that does not."""
    Pipeline.objects.create(slug="a-pipeline-with-a-name-of-some-forty-letters", title="Silent")
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    held_case(question="A question of biology.", category="bio", topic="cells", pipeline="menus")
    return held_case()


def drawn(page: Page) -> Page:
    """Open the report and wait for its charts; the first picture of a process takes its time."""
    page.goto("/reports/")
    expect(page.locator(".plot svg")).to_have_count(CHARTS, timeout=60_000)
    return page


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1400, "light")])
def test_the_report_fits_and_has_no_barrier_with_everything_open(
    width: int, scheme: str, case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = drawn(page_as(reviewer, color_scheme=scheme, viewport={"width": width, "height": 800}))
    page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    assert barriers(page) == []


def test_a_field_of_the_heat_map_leads_to_its_cases(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = drawn(page_as(reviewer))
    fields = page.get_by_role("group", name="Declines by topic and reason code").locator("svg a")
    addresses = [field.get_attribute("xlink:href") or "" for field in fields.all()]
    (cells, *_) = [address for address in addresses if "topic=cells" in address]
    assert "code=BIO" in cells
    page.goto(cells)
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_number_of_a_table_leads_to_its_cases(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = drawn(page_as(reviewer))
    pipelines = page.get_by_role("region", name="By pipeline", exact=True)
    pipelines.get_by_role("row", name="menus").get_by_role("link").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("list", name="Filters that are on")).to_contain_text("Pipeline: menus")


def test_the_small_charts_change_their_scale_by_a_link(
    case: Case, viewer: User, page_as: Callable[..., Page]
) -> None:
    page = drawn(page_as(viewer))
    page.get_by_role("link", name="Show each on its own scale").first.click()
    expect(page.locator("#by-code-each h3")).to_contain_text("each on its own scale")
    expect(page.locator(".plot svg")).to_have_count(CHARTS)
    page.get_by_role("link", name="Show all on one scale").first.click()
    expect(page.locator("#by-code-each h3")).to_contain_text("all on one scale")


def test_a_chart_is_stepped_over_by_keyboard(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = drawn(page_as(reviewer))
    page.get_by_role("link", name="Skip the chart").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#declines-by-code-figures summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Declines by reason code")).to_be_visible()


def test_a_week_and_a_pipeline_are_chosen_in_the_form(
    case: Case, viewer: User, page_as: Callable[..., Page]
) -> None:
    page = drawn(page_as(viewer))
    form = page.get_by_role("form", name="Choose a week and whose work")
    form.get_by_label("Pipeline").select_option("menus")
    form.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("only pipeline menus")
    page.get_by_role("link", name="Week before").click()
    expect(page.locator("main")).to_contain_text("only pipeline menus")
    page.get_by_role("link", name="Show everything").click()
    expect(page.locator("main")).not_to_contain_text("only pipeline")


def test_without_javascript_every_chart_is_a_picture_away(
    case: Case, viewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(viewer, java_script_enabled=False)
    page.goto("/reports/")
    pictures = page.get_by_role("link", name="The chart as a picture")
    expect(pictures).to_have_count(CHARTS)
    for link in pictures.all():
        picture = page.request.get(link.get_attribute("href") or "")
        assert picture.headers["content-type"] == "image/svg+xml"
