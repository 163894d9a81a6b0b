"""Prompts and answers as a page shows them: exact, numbered, folded, inert."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models import Pipeline, Run, RunContent
from reviews.readable import CannotLayOut, looks_like_markdown, readable
from reviews.reading import Form, shown
from reviews.texts import BEGINNING, PORTION, Measure, beginning, lines_in, portion
from reviews.visible import visible
from tests.cases import body, report

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div></section><form action=https://example.org><button>Log in</button>",
    "[click](javascript:alert(1))",
    "[click](https://example.org/ \"onmouseover=alert(1)\")",
    "![picture](https://example.org/p.png)",
    "<https://example.org/>",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    "| <b>a</b> |\n|---|\n| <script>x</script> |",
    "[a]: javascript:alert(1)\n\n[a]",
    "&lt;script&gt; &#60;script&#62;",
    "a {{ settings.SECRET_KEY }} {% debug %}",
]  # fmt: skip
# Anything that a text column holds.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
marked = st.text(st.sampled_from("ab \n\r\t#*_`~[]()!<>|-+.1:&\\\"'\u202e\u200b"), max_size=200)
INERT = {
    "p", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th",
    "td", "br", "hr", "span",
}  # fmt: skip


class Element(HTMLParser):
    """Reads markup as a browser would, as far as texts go: the text and the tags, of all of it or inside one div."""

    def __init__(self, markup: str, *, inside: str = "") -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside = inside
        self.depth = 0 if inside else 1
        # A parser of HTML makes one line feed of a return, before it reads anything else.
        self.feed(re.sub("\r\n?", "\n", markup))
        self.close()

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if self.depth:
            self.tags.append((tag, attributes))
            self.depth += tag == "div"
        elif self.inside and str(attributes.get("class")).startswith(self.inside):
            self.depth = 1

    def handle_endtag(self, tag: str) -> None:
        if self.depth and self.inside:
            self.depth -= tag == "div"


def content_with(**texts: str) -> RunContent:
    return RunContent(run=Run(pk=7), **texts)


def rendered(text: str, form: Form | None = None) -> Element:
    """Return the element of a text, as a page shows it."""
    page = render_to_string(
        "reviews/_text.html", {"shown": shown(content_with(answer=text), "answer", form=form)}
    )
    return Element(page, inside="text ")


@pytest.fixture
def kept(db: None) -> None:
    Pipeline.objects.create(slug="notices", title="Notices")


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def reported(answer: str, **row: object) -> Run:
    run = report(response=body("end_turn", text=answer), **row)  # type: ignore[arg-type]  # a row's own fields
    assert run.content.answer
    return run


# As written


@given(text=texts)
def test_the_text_of_the_element_is_the_exact_text(text: str) -> None:
    assert rendered(text, Form.WRITTEN).text == text


@given(text=texts)
def test_characters_that_hide_are_marked_and_stay_in_the_text(text: str) -> None:
    element = Element(visible(text))
    assert element.text == text
    assert {tag for tag, _ in element.tags} <= {"span"}


@pytest.mark.parametrize(
    ("hidden", "shown_as"),
    [
        ("\r", "[CR]"), ("\x1b", "[ESC]"), ("\x07", "[BEL]"), ("\x7f", "[DEL]"), ("\x9b", "[U+009B]"),
        ("\u202e", "[RLO]"), ("\u2066", "[LRI]"), ("\u200b", "[ZWSP]"), ("\ufeff", "[BOM]"), ("\u2028", "[LS]"),
        ("\u200d\u200c", "[ZWJ][ZWNJ]"), ("\U000e0048\U000e0069", "Hi"), ("\xad", "[SHY]"), ("\u3164", "[U+3164]"),
    ],
)  # fmt: skip
def test_what_would_hide_is_shown_by_its_name(hidden: str, shown_as: str) -> None:
    [(tag, attributes)] = Element(visible(f"a{hidden}b")).tags
    assert (tag, attributes["data-shown"]) == ("span", shown_as)
    assert f"U+{ord(hidden[0]):04X}" in str(attributes["title"])


@pytest.mark.parametrize(
    "text",
    ["tab\tand\nline", "e\u0301", "👩\u200d🚀 ❤\ufe0f\u200d🔥", "\u0645\u06cc\u200c\u062e", "שלום", "\ufffd"],
)
def test_ordinary_writing_carries_no_marks(text: str) -> None:
    assert Element(visible(text)).tags == []


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", Form)
def test_no_text_becomes_markup(form: Form, hostile: str) -> None:
    element = rendered(hostile, form)
    assert {tag for tag, _ in element.tags} <= INERT | {"div"}
    names = {name for _, attributes in element.tags for name in attributes}
    assert names <= {"class", "data-n", "start", "scope"}


@given(text=texts, start=st.integers(0, 50), lines=st.integers(1, 5), characters=st.integers(1, 50))
def test_portions_joined_are_the_text_and_number_its_lines(
    text: str, start: int, lines: int, characters: int
) -> None:
    most = Measure(characters=characters, lines=lines)
    at, rows = 0, []
    while at < len(text):
        part = portion(text, start=at, most=most)
        assert at < part.end <= at + characters
        rows += part.rows
        at = part.end
    assert "".join(row.text for row in rows) == text
    numbers = [int(row.number) for row in rows if row.number]
    assert numbers == list(range(1, lines_in(text) + 1))


def test_a_text_that_is_hardly_long_is_shown_whole() -> None:
    text = "A line.\n" * (BEGINNING.lines + 20)
    assert beginning(text).end == len(text)


def test_a_long_text_is_folded_and_says_how_much_there_is() -> None:
    page = render_to_string(
        "reviews/_text.html", {"shown": shown(content_with(answer="A line.\n" * 5321), "answer")}
    )
    assert page.count("data-n=") == BEGINNING.lines
    assert "Show all 5,321 lines (41.6\xa0KB)" in page
    assert 'href="/runs/7/text/answer/written/?from=1600"' in page
    assert 'data-copy-from="/runs/7/text/answer/"' in page


def test_a_line_of_a_megabyte_is_shown_in_rows_that_a_browser_can_lay_out() -> None:
    element = rendered("x" * 1_000_000)
    assert len(element.text) < BEGINNING.characters + 200
    assert [attributes.get("data-n") for tag, attributes in element.tags if tag == "div"] == [None, "1"] + [
        None
    ] * 4


# Laid out


@given(text=marked)
def test_markdown_is_laid_out_inert(text: str) -> None:
    element = Element(readable(text))
    assert {tag for tag, _ in element.tags} <= INERT


def test_markdown_is_laid_out_to_be_read() -> None:
    markup = readable(
        "# Piers\n\nSome *are* **open**, ~~not~~ `all`.\n\n3. One\n4. Two\n\n> Quoted\n\n"
        "| Pier |\n|---|\n| 1 |\n\n```python\nopen()\n```\n\n---\n"
    )
    for part in (
        '<p class="heading h1">Piers</p>', "<em>are</em>", "<strong>open</strong>", "<s>not</s>", "<code>all</code>",
        '<ol start="3"><li>One</li>', "<blockquote><p>Quoted</p></blockquote>", '<th scope="col">Pier</th>',
        '<p class="language">python</p><pre><code>open()\n</code></pre>', "<hr>",
    ):  # fmt: skip
        assert part in markup


def test_links_and_pictures_stand_as_text_with_their_addresses_as_written() -> None:
    markup = readable('[a pier](https://example.org/ä?q=1&r="2" "Its title") ![a map](javascript:x)')
    element = Element(markup)
    assert {tag for tag, _ in element.tags} == {"p", "span"}
    assert 'a pier (https://example.org/ä?q=1&r="2" "Its title")' in element.text
    assert "Image: a map (javascript:x)" in element.text


@pytest.mark.parametrize("mark", ["> ", "- ", "1. "])
def test_what_is_nested_without_end_is_shown_as_written(mark: str) -> None:
    text = mark * 1000 + "the end"
    with pytest.raises(CannotLayOut):
        readable(text)
    element = rendered(text, Form.READABLE)
    assert element.text == text


def test_emphasis_nested_without_end_loses_no_word() -> None:
    element = Element(readable("*a " * 3000 + "b* " * 3000))
    assert element.text.count("a") == element.text.count("b") == 3000
    assert len(element.tags) < 200


def test_a_table_that_fills_itself_up_is_not_laid_out() -> None:
    with pytest.raises(CannotLayOut):
        readable("|a" * 200 + "\n" + "|-" * 200 + "\n" + "|x\n" * 400)


@pytest.mark.parametrize("text", ["Plain words. And 3 * 4 = 12.", "a-b", "snake_case", ""])
def test_plain_prose_is_offered_as_written_alone(text: str) -> None:
    assert not looks_like_markdown(text)


def test_json_is_laid_out_from_the_start_and_stays_exact() -> None:
    text = '{"b": [1, "two\\nlines", "\u202e"],  "a": {}}'
    content = content_with(answer=text)
    assert shown(content, "answer").form is Form.READABLE
    page = render_to_string("reviews/_text.html", {"shown": shown(content, "answer")})
    inside = page.split('class="text mono json"', 1)[1].split(">", 1)[1]
    element = Element(inside[: inside.index("</div></div>")])
    assert element.text == text
    assert 'data-shown="[RLO]"' in page


# On its pages


def test_a_page_shows_each_text_with_the_links_to_read_it_without_script(client: Client, kept: None) -> None:
    Pipeline.objects.update(keep_ok_content="always")
    run = reported("- one\n- two")
    page = client.get(f"/runs/{run.pk}/").content.decode()
    for address in ("", "written/", "readable/"):
        assert f'href="/runs/{run.pk}/text/answer/{address}"' in page
        assert client.get(f"/runs/{run.pk}/text/answer/{address}").status_code == 200
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    whole = client.get(f"/runs/{run.pk}/text/answer/readable/").content.decode()
    assert "<h1>Response</h1>" in whole
    assert "<li>one</li>" in whole


def test_to_htmx_a_form_is_the_one_text_and_a_portion_the_rows_alone(client: Client, kept: None) -> None:
    text = "A **line**.\n" * 12_000
    run = reported(text)
    address = f"/runs/{run.pk}/text/answer"
    form = client.get(f"{address}/written/", HTTP_HX_REQUEST="true").content.decode()
    assert form.strip().startswith('<div class="one-text">')
    rows = client.get(f"{address}/written/?from=2400", HTTP_HX_REQUEST="true").content.decode()
    assert rows.startswith('<div class="rows" tabindex="-1"><div data-n="201">')
    assert rows.count("data-n=") == PORTION.lines
    assert "?from=122400" in rows
    last = client.get(f"{address}/written/?from=122400", HTTP_HX_REQUEST="true").content.decode()
    assert Element(last).text == text[122400:], "no space beside the rows, or the text would not be exact"


def test_the_plain_text_is_exact_and_nothing_but_text(client: Client, kept: None) -> None:
    text = "<script>alert(1)</script>\r\n\ttwo\u202e"
    run = reported(text)
    response = client.get(f"/runs/{run.pk}/text/answer/")
    assert response.content.decode() == text
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "end",
    ["nothing/", "message-1-2/", "message-0-1/", "message-1/", "answer/written/?from=99999", "answer/written/?from=-1",
     "answer/written/?from=1e3", f"answer/written/?from={'9' * 30}", "answer/other/", "message-999999-1/"],
)  # fmt: skip
def test_a_text_that_is_not_there_is_not_found(end: str, client: Client, kept: None) -> None:
    run = reported("Yes.")
    assert client.get(f"/runs/{run.pk}/text/{end}").status_code == 404


def test_a_conversation_is_shown_message_by_message(client: Client, kept: None) -> None:
    messages = [
        {"role": "user", "content": "Which piers are <b>open</b>?"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "1", "name": "piers", "input": {"a": 1}}],
        },
        {
            "role": "user",
            "content": [{"type": "image", "source": {"type": "url", "url": "https://example.org/p"}}],
        },
    ]
    run = reported("Two.", messages=messages)
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert page.count('class="message-of"') == 3
    assert "Which piers are &lt;b&gt;open&lt;/b&gt;?" in page
    assert "<strong>Tool use</strong> <code>piers</code>" in page
    assert '<strong>Image</strong> <span class="address">https://example.org/p</span>' in page
    assert '<img src="https' not in page
    assert client.get(f"/runs/{run.pk}/text/message-2-1/").content.decode() == '{\n  "a": 1\n}'


def test_a_conversation_without_end_shows_its_last_messages_and_says_so(client: Client, kept: None) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "word " * 40}] * 3}] * 3000
    run = reported("Yes.", messages=messages)
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "The first 2,900 messages are not shown here" in page
    assert 'value="3000"' in page
    assert len(page) < 1_000_000


def test_characters_that_json_can_spell_and_no_page_can_hold_do_not_break_it(
    client: Client, kept: None
) -> None:
    run = reported("Yes.", question="One \ud800 two \x00", system="A \udfff system.")
    page = client.get(f"/runs/{run.pk}/")
    assert page.status_code == 200
    assert client.get(f"/runs/{run.pk}/text/system/").content.decode() == "A \ufffd system."


@pytest.mark.parametrize("text", ["x" * 1_000_000, "a\x1b" * 500_000, json.dumps(list(range(150_000)))])
def test_a_megabyte_of_anything_makes_a_small_page(text: str, client: Client, kept: None) -> None:
    run = reported(text)
    page = client.get(f"/runs/{run.pk}/").content
    assert len(page) < 4_000_000
