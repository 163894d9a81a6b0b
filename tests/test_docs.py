"""What the documents show is true: their snippets run, their links lead somewhere, their lists are whole."""

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from pipelines.keys import create_key
from pipelines.models import Pipeline, Run
from pipelines.rows import RowIn

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "refusals/README.md"])
SITE = "http://127.0.0.1:8000"


def blocks(document: Path, language: str) -> list[str]:
    """Return the code blocks of this language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), flags=re.MULTILINE | re.DOTALL)


def block_with(document: Path, language: str, text: str) -> str:
    """Return the one code block that holds the text."""
    (found,) = (block for block in blocks(document, language) if text in block)
    return found


def curl(command: str, *, key: str, site: str) -> urllib.request.Request:
    """Turn a curl command into the request that it sends, to this site and with this key."""
    words = shlex.split(command.replace("\\\n", " ").replace("$REFUSALHUB_API_KEY", key).replace(SITE, site))
    assert words.pop(0) == "curl"
    address = words.pop(0)
    options = list(zip(words[::2], words[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    (body,) = (value for option, value in options if option == "-d")
    return urllib.request.Request(address, body.encode(), headers)


@pytest.fixture
def key(transactional_db: None) -> str:
    """The key of a new pipeline."""
    pipeline = Pipeline.objects.create(slug="newcomer", title="Newcomer")
    return create_key(pipeline=pipeline, now=timezone.now())


def test_the_first_run_of_the_readme_is_answered_as_shown(live_server: LiveServer, key: str) -> None:
    request = curl(block_with(README, "sh", "curl "), key=key, site=live_server.url)
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    (shown,) = map(json.loads, blocks(README, "json"))
    numbered = {"id", "page"}
    assert {name: value for name, value in answer["run"].items() if name not in numbered} == {
        name: value for name, value in shown["run"].items() if name not in numbered
    }
    assert answer | {"run": None} == shown | {"run": None}
    assert answer["run"].keys() == shown["run"].keys()


def test_the_python_of_the_readme_reports_a_text_and_a_real_call(
    live_server: LiveServer, key: str, sandbox: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks(README, "python"))],
        env={
            **os.environ,
            "REFUSALHUB_URL": live_server.url,
            "REFUSALHUB_API_KEY": key,
            "ANTHROPIC_BASE_URL": sandbox,
            "ANTHROPIC_API_KEY": "any",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    text, call = Run.objects.order_by("pk")
    assert run.stdout.splitlines() == [f"ok {SITE}{text.get_absolute_url()}", "ok ok"]
    assert call.content.answer.startswith("[simulated answer]")
    assert json.loads(call.content.request)["max_tokens"] == 1024


@pytest.mark.django_db
def test_the_import_of_the_readme_imports_the_row_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = curl(block_with(README, "sh", "curl "), key="", site=SITE).data
    command = shlex.split(block_with(README, "sh", "import_runs"))
    monkeypatch.chdir(tmp_path)
    Path("runs.jsonl").write_text(json.dumps(json.loads(row)) + "\n")  # type: ignore[arg-type]  # the body, as bytes
    call_command(*command[command.index("manage.py") + 1 :], verbosity=0)
    assert Run.objects.get().pipeline.slug == "nightly-digest"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


def test_every_module_that_the_architecture_names_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    named = [
        path for line in re.findall(r"`\w+/[^`]+\.py`(?:, `\w+\.py`)*", text) for path in in_one_room(line)
    ]
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def in_one_room(line: str) -> list[str]:
    """Return the paths that "`room/one.py`, `two.py`" names."""
    first, *others = re.findall(r"`([^`]+)`", line)
    return [first, *(f"{Path(first).parent}/{other}" for other in others)]


def test_every_command_that_the_documents_name_exists() -> None:
    named = {name for path in DOCUMENTS for name in re.findall(r"manage\.py (\w+)", path.read_text())}
    assert "import_runs" in named
    assert named - get_commands().keys() == set()


def test_the_api_guide_names_every_field_of_a_row_and_no_other() -> None:
    (table,) = re.findall(
        r"\| field \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)", (ROOT / "docs/api.md").read_text()
    )
    firsts = [line.split("|")[1] for line in table.splitlines()]
    named = {name for first in firsts for name in re.findall(r"`(\w+)`", first)} | {"stop_reason"}
    assert named == set(RowIn.model_fields)


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    read = re.findall(r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "refusalhub/settings.py").read_text())
    of_the_site, _, of_the_tests = (ROOT / "docs/settings.md").read_text().partition("\n## Tests\n")
    assert sorted(variables(of_the_site)) == sorted(set(read))
    tests = "".join(path.read_text() for path in ROOT.glob("tests/*.py") if path != Path(__file__))
    assert [name for name in variables(of_the_tests) if f'"{name}"' not in tests] == []


def variables(text: str) -> list[str]:
    """Return the names that stand first in the rows of the text's tables."""
    return re.findall(r"^\| *`([A-Z][A-Z0-9_]*)`", text, flags=re.MULTILINE)
