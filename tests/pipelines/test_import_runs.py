"""`manage.py import_runs`: a file of runs, imported twice without harm, its bad lines set aside with reasons."""

import errno
import gzip
import io
import json
import os
import subprocess
import sys
import termios
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pipelines.models import Pipeline, Run, RunContent
from refusals import Outcome
from tests.pipelines.samples import ANSWER, refused, row
from tests.processes import session_database_url

pytestmark = pytest.mark.django_db

SHARED = Path(os.environ.get("REFUSALHUB_SHARED", "../shared"))
SAMPLE = SHARED / "data" / "sample_runs.jsonl"


def imported(*arguments: Any) -> tuple[dict[str, int], str]:
    """Run the command and return its counts and all it printed."""
    out = io.StringIO()
    arguments = tuple(str(argument) for argument in arguments)
    call_command("import_runs", *arguments, stdout=out, stderr=io.StringIO())
    lines = [line.split() for line in out.getvalue().splitlines()[:4]]
    return {status: int(count.replace(",", "")) for count, status in lines}, out.getvalue()


def counts(stored: int = 0, duplicate: int = 0, conflict: int = 0, refused: int = 0) -> dict[str, int]:
    return {"stored": stored, "duplicate": duplicate, "conflict": conflict, "refused": refused}


@pytest.fixture
def runs_file(tmp_path: Path) -> Path:
    """Three good rows, and between them an empty line, text that is no JSON and a bad field."""
    path = tmp_path / "night_shift.jsonl"
    rows = [row("run-0"), row("run-1", response=refused()), row("run-2", text="")]
    good = [json.dumps(one) for one in rows]
    bad = json.dumps(row("run-9", attempt=0))
    path.write_text("\n".join([good[0], "", "nonsense", good[1], bad, good[2]]))
    return path


def rejected(path: Path) -> list[tuple[int, list[str]]]:
    lines = map(json.loads, path.read_text().splitlines())
    return [(line["line"], [error["field"] for error in line["errors"]]) for line in lines]


def test_a_file_is_imported_and_its_bad_lines_are_set_aside_with_reasons(runs_file: Path) -> None:
    found, printed = imported(runs_file)
    assert found == counts(stored=3, refused=2)
    assert "1 declined, 1 degraded, 1 ok" in printed
    side_file = Path(f"{runs_file}.rejected.jsonl")
    assert rejected(side_file) == [(3, ["row"]), (5, ["attempt"])]
    assert json.loads(side_file.read_text().splitlines()[0])["row"].strip() == "nonsense"
    assert str(side_file) in printed


def test_a_file_imported_twice_is_stored_once(runs_file: Path) -> None:
    imported(runs_file)
    found, printed = imported(runs_file)
    assert found == counts(duplicate=3, refused=2)
    assert "1 declined, 1 degraded, 1 ok" in printed
    assert Run.objects.count() == RunContent.objects.count() == 3


def test_a_mended_line_is_imported_later(runs_file: Path) -> None:
    imported(runs_file)
    runs_file.write_text(runs_file.read_text().replace('"attempt": 0', '"attempt": 1'))
    assert imported(runs_file)[0] == counts(stored=1, duplicate=3, refused=1)


def test_a_changed_row_is_a_conflict_and_set_aside(runs_file: Path) -> None:
    runs_file.write_text(json.dumps(row()))
    imported(runs_file)
    runs_file.write_text(json.dumps(row(prompt="Another")))
    assert imported(runs_file)[0] == counts(conflict=1)
    assert rejected(Path(f"{runs_file}.rejected.jsonl")) == [(1, ["run_id"])]


def test_rows_without_a_run_id_are_known_again_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    texts = ["one", "two", "one"]
    path.write_text("\n".join(json.dumps({"prompt": text, "text": ANSWER}) for text in texts))
    assert imported(path)[0] == counts(stored=2, duplicate=1)
    assert imported(path)[0] == counts(duplicate=3)


def test_the_pipeline_is_named_after_the_file_or_as_told(runs_file: Path) -> None:
    imported(runs_file)
    imported(runs_file, "--pipeline", "day-shift")
    assert set(Pipeline.objects.values_list("slug", flat=True)) == {"night-shift", "day-shift"}
    assert Run.objects.count() == 6


@pytest.mark.parametrize("name", ["runs.jsonl.gz", "packed"])
def test_a_gzipped_file_is_known_by_its_content(runs_file: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(runs_file.read_bytes()))
    assert imported(path)[0] == counts(stored=3, refused=2)


def test_a_damaged_gzip_file_is_told_and_may_be_imported_again(runs_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.gz"
    whole = gzip.compress(b"\n".join(json.dumps(row(f"run-{n}")).encode() for n in range(2000)))
    path.write_bytes(whole[:-20])
    with pytest.raises(CommandError, match="damaged"):
        imported(path)
    assert Run.objects.count() % 500 == 0
    path.write_bytes(whole)
    imported(path)
    assert Run.objects.count() == 2000


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input_is_imported(
    runs_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(runs_file.read_bytes()))))
    assert imported("-", "--pipeline", "night-shift")[0] == counts(stored=3, refused=2)
    assert rejected(tmp_path / "stdin.rejected.jsonl") == [(3, ["row"]), (5, ["attempt"])]


def test_a_byte_order_mark_and_bytes_that_are_no_utf8_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(row(prompt="caf?")).encode().replace(b"?", b"\xe9"))
    assert imported(path)[0] == counts(stored=1)
    content = RunContent.objects.get()
    assert content.prompt == "caf\ufffd"
    assert json.loads(bytes(content.unstorable or b"")) == {"prompt": "caf\udce9"}


def test_weeks_spread_what_has_no_date_and_leave_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    dated = row("dated", at="2026-03-04T12:00:00+00:00")
    path.write_text("\n".join(json.dumps(one) for one in [dated, *(row(f"run-{n}") for n in range(200))]))
    imported(path, "--weeks", 12)
    assert Run.objects.get(run_id="dated").happened_at.isoformat() == "2026-03-04T12:00:00+00:00"
    spread = Run.objects.exclude(run_id="dated")
    assert spread.values("week").distinct().count() in (12, 13)
    assert not spread.filter(happened_at__gt=timezone.now()).exists()


@pytest.mark.parametrize("weeks", ["-1", "many", "1.5", "100000"])
def test_weeks_that_are_none_are_refused(runs_file: Path, weeks: str) -> None:
    with pytest.raises(CommandError, match="--weeks"):
        imported(runs_file, f"--weeks={weeks}")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere.jsonl"], "Cannot read nowhere.jsonl: No such file"),
        (["{file}", "--pipeline", "No Slug"], "--pipeline"),
        (["{file}", "--rejected", "/nowhere/at/all"], "Cannot write the rejected lines"),
    ],
)
def test_what_cannot_be_done_is_said(runs_file: Path, arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        imported(*(argument.format(file=runs_file) for argument in arguments))


def test_a_file_that_is_not_there_makes_no_pipeline() -> None:
    with pytest.raises(CommandError):
        imported("nowhere.jsonl")
    assert not Pipeline.objects.exists()


def screen(terminal: int) -> str:
    """Read and close a terminal whose other side is closed: at its end Linux answers with an error."""
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError as error:
        assert error.errno == errno.EIO
    os.close(terminal)
    return shown.decode()


@pytest.mark.django_db(transaction=True)
def test_the_progress_bar_stays_off_the_output(runs_file: Path) -> None:
    # A terminal for stderr alone: the bar shows only on one.
    terminal, side = os.openpty()
    termios.tcsetwinsize(side, (24, 80))
    command = [sys.executable, "manage.py", "import_runs", str(runs_file)]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "refusalhub.settings",
        "DATABASE_URL": session_database_url(),
    }
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=side, check=True, timeout=60)
    os.close(side)
    assert "100%" in screen(terminal)
    assert done.stdout.decode().splitlines()[0].split() == ["3", "stored"]
    assert "%" not in done.stdout.decode()


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample file is not beside the project")
def test_the_sample_file_is_read_as_it_stands_and_twice_with_equal_counts() -> None:
    first, printed = imported(SAMPLE, "--weeks", 12)
    again, printed_again = imported(SAMPLE, "--weeks", 12)
    assert (first, again) == (counts(stored=554), counts(duplicate=554))
    assert printed.splitlines()[4] == printed_again.splitlines()[4]
    assert Run.objects.count() == 554
    # No row carries a signal of a decline: what reads like one is for a person to judge.
    assert not Run.objects.filter(outcome=Outcome.DECLINED.value).exists()
    labels = Counter(
        json.loads(extra)["label"]
        for extra in RunContent.objects.filter(run__suspected=True).values_list("extra", flat=True)
    )
    assert labels["full_refusal"] > 60
    assert labels["full_compliance"] < 10
