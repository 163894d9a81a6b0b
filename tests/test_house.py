"""The rules of the house, as tests: what a review would otherwise have to look for every time."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from refusals.lint import check_file

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("refusalhub", "reviews", "pipelines", "refusals")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LOOK = sorted(path for path in (ROOT / "static").rglob("*") if path.suffix in {".css", ".js"})
MOST_LINES = 300
# What was longer when the rule came: no more of them, and none grows.
LONGER = {
    "refusals/hub.py": 340,
    "refusalhub/settings.py": 306,
    "reviews/migrations/0001_initial.py": 307,
    "reviews/migrations/0003_the_desk.py": 373,
    "reviews/models/alert.py": 307,
    "reviews/models/reissue.py": 359,
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "services", "managers", "misc"}
FRAME = ROOT / "templates/base.html"
BLOCK = re.compile(r"\{% block (\w+) %\}")
COMMENT = re.compile(r"\{% comment.*?endcomment %\}|\{#.*?#\}", re.DOTALL)
FILLED_IN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+(\[[a-z,-]+\])?==[A-Za-z0-9.]+ +# \S.+$")


def at(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every text file that git knows."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listing.decode().split("\0")):
        if not (path := ROOT / name).is_file():
            continue
        try:
            yield name, path.read_text()
        except UnicodeDecodeError:
            continue  # a picture


@pytest.mark.parametrize("path", TEMPLATES, ids=at)
def test_templates_carry_no_inline_code(path: Path) -> None:
    text = COMMENT.sub("", path.read_text())
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "an inline script"
    assert not re.search(r"<style\b|\sstyle\s*=", text), "an inline style"
    assert not re.search(r"\son[a-z]+\s*=", text), "an inline event handler"


def tags_of(path: Path) -> list[str]:
    """Return the tags of a template that begin an element, with a letter in place of all that is filled in."""
    return re.findall(r"<[a-z][^<>]*>", FILLED_IN.sub("x", COMMENT.sub("", path.read_text())))


@pytest.mark.parametrize("path", TEMPLATES, ids=at)
def test_what_scrolls_inside_a_page_is_reached_by_keyboard_and_has_a_role_and_a_name(path: Path) -> None:
    regions = [tag for tag in tags_of(path) if re.search(r'tabindex="0"|class="[^"]*\btable-wrap\b', tag)]
    wanted = (r' tabindex="0"', r' role="(?!")', r' aria-label(ledby)?="(?!")')
    assert [tag for tag in regions if not all(re.search(one, tag) for one in wanted)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=at)
def test_what_went_wrong_takes_the_focus_and_a_time_can_be_read_by_machines(path: Path) -> None:
    tags = tags_of(path)
    alerts = [tag for tag in tags if ' role="alert"' in tag]
    assert [tag for tag in alerts if ' tabindex="-1" data-focus' not in tag] == []
    assert [tag for tag in tags if re.match(r"<time\b", tag) and " datetime=" not in tag] == []


def test_no_module_hides_behind_a_vague_name() -> None:
    assert [
        at(path) for path in CODE if VAGUE_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)
    ] == []


def test_no_refusal_is_written_or_searched_by_hand_outside_the_vocabulary() -> None:
    by_hand = [
        f"{at(path)}:{finding.line}"
        for path in CODE
        if path.relative_to(ROOT).parts[0] != "refusals"
        for finding in check_file(path).findings
    ]
    assert by_hand == []


@pytest.mark.parametrize("path", [*CODE, *TEMPLATES, *LOOK], ids=at)
def test_no_file_is_longer_than_anybody_reads(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGER.get(at(path), MOST_LINES)


def test_a_file_that_is_short_by_now_may_not_grow_again() -> None:
    assert [name for name in LONGER if len((ROOT / name).read_text().splitlines()) <= MOST_LINES] == []


def test_every_module_of_the_rooms_says_what_it_is() -> None:
    silent = [
        at(path)
        for path in CODE
        if "migrations" not in path.parts
        if (text := path.read_text().strip()) and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly_and_says_why_it_is_here(name: str) -> None:
    lines = [
        line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r "))
    ]
    assert lines
    assert [line for line in lines if not REQUIREMENT.match(line)] == []


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    # Written so that this file does not find itself.
    hosts = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "npm" + "js.",
        "un" + "pkg.com",
        "js" + "delivr",
    ]
    folders = ["/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/", "/tm" + "p/"]
    found = [(name, word) for name, text in tracked() for word in [*hosts, *folders] if word in text]
    assert found == []


def test_the_frame_names_its_blocks_and_no_others() -> None:
    text = FRAME.read_text()
    comment, _, frame = text.partition("{% endcomment %}")
    listed = comment[comment.index("Blocks") : comment.index("Expects")]
    blocks = set(BLOCK.findall(frame))
    named = {
        one for names in re.findall(r"^  (\w+(?:, \w+)*)", listed, re.MULTILINE) for one in names.split(", ")
    }
    assert named == blocks
    overridden = {one for path in TEMPLATES if path != FRAME for one in BLOCK.findall(path.read_text())}
    assert blocks <= overridden, "a block that no page fills is none"
