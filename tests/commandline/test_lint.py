"""`python -m refusals lint` over files and folders."""

import json
from pathlib import Path

import pytest

from refusals.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = 'if "REFUSED:" in text: pass\n'


def test_this_project_passes_its_own_lint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(ROOT)]) == 0
    assert "Nothing found" in capsys.readouterr().out


def test_a_finding_names_its_place_and_what_to_write_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guard.py").write_text(f"\n{BY_HAND}")
    assert main(["lint", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/guard.py:2:4: RH002 a refusal is searched for by hand",
        "    instead: parse_refusal(text) is not None",
        "1 finding in 1 file.",
    ]


def test_json_tells_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "guard.py").write_text(BY_HAND)
    assert main(["lint", "--json", str(tmp_path)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == 1
    assert [(found["line"], found["rule"]) for found in told["findings"]] == [(1, "RH002")]


def test_only_the_rules_that_are_selected_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text(f'{BY_HAND}if a.stop_reason == "refusal": pass\n')
    assert main(["lint", "--select", "RH001", str(tmp_path)]) == 0
    assert main(["lint", "--select", "rh004", str(tmp_path)]) == 1
    with pytest.raises(SystemExit) as ended:
        main(["lint", "--select", "RH999", str(tmp_path)])
    assert ended.value.code == 2


def test_folders_that_are_not_ones_own_source_are_left_out(tmp_path: Path) -> None:
    for name in (".hidden", "node_modules", "__pycache__", "my-environment"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "guard.py").write_text(BY_HAND)
    (tmp_path / "my-environment" / "pyvenv.cfg").touch()
    assert main(["lint", str(tmp_path)]) == 0
    assert main(["lint", str(tmp_path / ".hidden")]) == 1


def test_a_file_that_is_named_is_checked_whatever_its_name_and_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "guard"
    script.write_text(BY_HAND)
    assert main(["lint", str(script), str(script)]) == 1
    assert "1 finding in 1 file." in capsys.readouterr().out


@pytest.mark.parametrize("source", [b"print 'old'\n", b"x = '\xff'\n", b"x = 1\0\n", b"(" * 5000])
def test_a_file_that_does_not_parse_is_said_and_stops_nothing(
    source: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_bytes(source)
    (tmp_path / "b.py").write_text(BY_HAND)
    assert main(["lint", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert "1 finding in 2 files. 1 did not parse." in out
    assert "a.py: not checked" in err


def test_a_file_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_bytes(b"# coding: latin-1\nx = '\xe9'\n" + BY_HAND.encode())
    assert main(["lint", str(tmp_path)]) == 1


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(tmp_path / "nowhere")]) == 2
    assert "there is no" in capsys.readouterr().err
