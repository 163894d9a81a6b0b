"""The command line as a whole: its help, the code book, its exit codes."""

import json
import subprocess
import sys

import pytest

from refusals import KNOWN_CODES, describe, register_code, temporary_registrations
from refusals.__main__ import COMMANDS, main


def test_every_command_helps(capsys: pytest.CaptureFixture[str]) -> None:
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    for arguments in (["--help"], *([name, "--help"] for name in names)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert "usage: python -m refusals" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["classify"], ["classify", "x", "--fail-on", "ok"], ["lint"]]
)
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_code_book_holds_every_code_with_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(KNOWN_CODES)
    for line, code in zip(lines[1:], KNOWN_CODES, strict=True):
        assert line.split()[:2] == [code, str(describe(code).usual_outcome)]
        assert line.endswith(describe(code).meaning)


def test_codes_of_ones_own_stand_in_the_book(capsys: pytest.CaptureFixture[str]) -> None:
    with temporary_registrations():
        register_code("PCI_SCOPE", meaning="Card data.", usual_outcome="declined")
        assert main(["codes", "--json"]) == 0
    book = json.loads(capsys.readouterr().out)
    assert book[-1] == {"code": "PCI_SCOPE", "usual_outcome": "declined", "meaning": "Card data."}


def test_a_reader_that_has_seen_enough_causes_no_traceback() -> None:
    command = [sys.executable, "-m", "refusals", "codes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
