"""Reading texts in a real browser: find, wrap, copy, fold, laid out, and all but the finding without script."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from pipelines.models import Pipeline, Run
from tests.cases import body, report

# Looks at what pages look like and what scripts do there, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]

MARKED = "# Piers\n\nPier **3** is [open](https://example.org/3).\n\n- one\n- two\n"
HIDDEN = "One\u202etwo\r\n\tthree \x1b four\n\n"
LONG = "".join(f"Line {n}: the pier {n % 7} is closed.\n" for n in range(1, 1001))
CONVERSATION = [
    {"role": "user", "content": "Which piers are open?"},
    {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "1", "name": "piers", "input": list(range(20))}],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "Piers\n" * 300}]},
]
CLIPBOARD = "navigator.clipboard.readText()"


@pytest.fixture
def page(transactional_db: None, reviewer: User, page_as: Callable[..., Page]) -> Page:
    Pipeline.objects.create(slug="notices", title="Notices", keep_ok_content="always")
    return page_as(reviewer, permissions=["clipboard-read", "clipboard-write"])


def answered(text: str, **row: object) -> Run:
    return report(response=body("end_turn", text=text), **row)  # type: ignore[arg-type]  # a row's own fields


def the_answer(page: Page, run: Run) -> Locator:
    page.goto(run.get_absolute_url())
    return page.locator(".reading").filter(has=page.locator(f"#text-{run.pk}-answer"))


def highlighted(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate("name => [...(CSS.highlights.get(name) ?? [])].map(String)", name)
    return found


def test_a_word_is_found_forwards_and_backwards_and_the_fold_is_opened_for_it(page: Page) -> None:
    answer = the_answer(page, answered(LONG))
    expect(answer.locator("[data-n]")).to_have_count(200)
    answer.get_by_role("button", name="Find").click()
    box = answer.get_by_role("searchbox")
    expect(box).to_be_focused()
    page.keyboard.type("PIER 3")
    expect(answer.get_by_role("status")).to_have_text("1 of 143")
    expect(answer.locator("[data-n]")).to_have_count(1000)
    expect(box).to_be_focused()
    assert highlighted(page, "found") == ["pier 3"] * 143
    page.keyboard.press("Enter")
    expect(answer.get_by_role("status")).to_have_text("2 of 143")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(answer.get_by_role("status")).to_have_text("143 of 143")
    expect(answer.locator("[data-n='997']")).to_be_in_viewport()
    answer.get_by_role("button", name="Next").click()
    expect(answer.get_by_role("status")).to_have_text("1 of 143")
    expect(answer.locator("[data-n='3']")).to_be_in_viewport()
    box.fill("no such word")
    expect(answer.get_by_role("status")).to_have_text("Nothing found")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(answer.get_by_role("button", name="Find")).to_be_focused()
    assert highlighted(page, "found") == []


def test_a_match_may_go_on_over_the_rows_of_one_long_line(page: Page) -> None:
    answer = the_answer(page, answered("x" * 3998 + "needle" + "y" * 5000))
    answer.get_by_role("button", name="Find").click()
    page.keyboard.type("needle")
    expect(answer.get_by_role("status")).to_have_text("1 of 1")
    assert highlighted(page, "found-here") == ["needle"]


def test_a_match_in_a_folded_part_of_a_conversation_opens_it(page: Page) -> None:
    run = answered("Two.", messages=CONVERSATION)
    page.goto(run.get_absolute_url())
    prompt = page.get_by_role("region", name="Prompt", exact=True)
    expect(prompt.locator("li")).to_have_count(3)
    part = prompt.locator("details", has=page.locator("code", has_text="piers"))
    expect(part).not_to_have_attribute("open", "")
    prompt.get_by_role("button", name="Find").first.click()
    page.keyboard.type("19")
    expect(prompt.get_by_role("status").first).to_have_text("1 of 1")
    expect(part).to_have_attribute("open", "")


def test_the_rest_of_a_text_is_shown_on_demand_and_takes_the_focus(page: Page) -> None:
    answer = the_answer(page, answered(LONG))
    answer.get_by_role("link", name="Show all 1,000 lines").click()
    expect(answer.locator("[data-n]")).to_have_count(1000)
    expect(answer.get_by_role("link", name="Show all")).to_have_count(0)
    expect(answer.locator(".rows").last).to_be_focused()
    assert answer.locator(".text").first.evaluate("text => text.textContent") == LONG


@pytest.mark.parametrize("text", [HIDDEN, MARKED, LONG], ids=["hidden", "markdown", "folded"])
def test_what_is_copied_is_the_exact_text(text: str, page: Page) -> None:
    answer = the_answer(page, answered(text))
    answer.get_by_role("button", name="Copy Response", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    # Linux keeps the returns; a clipboard of Windows makes line ends of its own.
    assert page.evaluate(CLIPBOARD) == text


def test_what_is_selected_by_hand_is_copied_without_numbers_and_without_further_line_ends(page: Page) -> None:
    text = f"One\u202etwo\n\n{'x' * 9000}\nlast\n"
    answer = the_answer(page, answered(text))
    answer.locator(".text").first.evaluate("text => getSelection().selectAllChildren(text)")
    page.keyboard.press("Control+c")
    assert page.evaluate(CLIPBOARD) == text


def test_wrapping_is_remembered_and_no_text_is(page: Page) -> None:
    run = answered("A long line of words. " * 60 + "\nshort")
    answer = the_answer(page, run)
    text = answer.locator(".text").first
    wider = "text => text.scrollWidth > text.clientWidth"
    assert not text.evaluate(wider)
    answer.get_by_role("button", name="Wrap").first.click()
    assert text.evaluate(wider)
    answer = the_answer(page, run)
    expect(answer.get_by_role("button", name="Wrap").first).to_have_attribute("aria-pressed", "false")
    assert answer.locator(".text").first.evaluate(wider)
    assert page.evaluate("({...localStorage})") == {"refusalhub.wrap": "off"}
    assert "words" not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_a_text_is_laid_out_in_its_place_and_back_by_keyboard(page: Page) -> None:
    answer = the_answer(page, answered(MARKED))
    answer.get_by_role("link", name="Readable").focus()
    page.keyboard.press("Enter")
    expect(answer.locator(".readable strong")).to_have_text("3")
    expect(answer.get_by_role("link", name="Readable")).to_be_focused()
    expect(answer.get_by_text("(https://example.org/3)")).to_be_visible()
    expect(answer.locator(".readable a")).to_have_count(0)
    answer.get_by_role("link", name="As written").click()
    expect(answer.locator(".written")).to_be_visible()
    assert answer.locator(".text").first.evaluate("text => text.textContent") == MARKED


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 360)])
def test_without_script_all_of_a_text_can_be_read(
    scheme: str, width: int, transactional_db: None, reviewer: User, page_as: Callable[..., Page]
) -> None:
    Pipeline.objects.create(slug="notices", title="Notices", keep_ok_content="always")
    page = page_as(
        reviewer,
        java_script_enabled=False,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    answer = the_answer(page, answered(MARKED + LONG))
    expect(answer.get_by_role("button", name="Find")).to_have_count(0)
    expect(answer.locator("[data-n]")).to_have_count(200)
    answer.get_by_role("link", name="Show all").click()
    expect(page.locator("[data-n]").first).to_have_attribute("data-n", "201")
    expect(page.locator("[data-n]").last).to_have_attribute("data-n", "1006")
    page.get_by_role("link", name="From the beginning").click()
    expect(page.locator("[data-n]")).to_have_count(1006)
    page.get_by_role("link", name="Readable").click()
    expect(page.locator(".readable strong").first).to_have_text("3")
    # Not opened here: a browser asks for an icon beside plain text, and there is none.
    plain = page.get_by_role("link", name="Plain").get_attribute("href")
    assert page.request.get(str(plain)).text() == MARKED + LONG


@pytest.mark.parametrize("width", [360, 1400])
def test_no_text_makes_the_page_scroll_sideways_and_paper_carries_no_controls(width: int, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for text in (
        "x" * 1_000_000,
        MARKED * 20,
        "| a " * 80 + "\n" + "|---" * 80 + "\n",
        HIDDEN * 50,
        "\u202b" * 3000,
    ):
        run = answered(text, messages=CONVERSATION)
        for address in (run.get_absolute_url(), f"/runs/{run.pk}/text/answer/readable/"):
            page.goto(address)
            page.evaluate(
                "for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true"
            )
            over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(over) <= 0
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Find")).to_have_count(0)
