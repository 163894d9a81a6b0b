"""`make test`: which lanes run, and what its last lines say."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.lanes import Counts, Ending, Lane, count, lanes, run, summary

SERVERS = {"DATABASE_URL": "postgresql://127.0.0.1/hub", "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0"}
FIRST, SECOND = lanes(SERVERS)


def test_the_first_lane_uses_no_server_even_when_one_is_named() -> None:
    assert FIRST.why_not == ""
    assert not set(SERVERS) & set(FIRST.env)


def test_the_second_lane_runs_where_both_servers_are_named() -> None:
    assert SECOND.why_not == ""
    assert SERVERS.items() <= SECOND.env.items()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DATABASE_URL", "", "DATABASE_URL names no PostgreSQL"),
        ("DATABASE_URL", "sqlite:///hub.sqlite3", "DATABASE_URL names no PostgreSQL"),
        ("CELERY_BROKER_URL", "amqp://127.0.0.1", "CELERY_BROKER_URL names no Redis"),
    ],
)
def test_the_second_lane_says_which_server_is_not_named(name: str, value: str, why: str) -> None:
    _, second = lanes(SERVERS | {name: value})
    assert second.why_not == why


def test_the_summary_names_every_lane_and_ends_with_the_counts_alone() -> None:
    endings = [
        Ending(lane=FIRST, counts=Counts(passed=3, failed=0, skipped=1, browser=2)),
        Ending(lane=Lane(name=SECOND.name, env={}, why_not="DATABASE_URL names no PostgreSQL")),
    ]
    lines, code = summary(endings, chromium="/usr/bin/chromium", ci=False)
    assert lines == [
        "SQLite, filesystem broker: 3 passed, 0 failed, 1 skipped",
        "PostgreSQL, Redis: did not run, DATABASE_URL names no PostgreSQL",
        "Browser tests: 2 ran on /usr/bin/chromium",
        "3 passed, 0 failed, 1 skipped",
    ]
    assert code == 0


def test_the_summary_adds_the_lanes_up() -> None:
    counts = Counts(passed=3, failed=1, browser=1)
    lines, code = summary(
        [Ending(lane=FIRST, counts=counts), Ending(lane=SECOND, counts=counts)], chromium="/c", ci=True
    )
    assert lines[-1] == "6 passed, 2 failed"
    assert code == 1


def test_in_ci_a_lane_that_did_not_run_is_a_failure() -> None:
    unrun = Lane(name=SECOND.name, env={}, why_not="no server")
    endings = [Ending(lane=FIRST, counts=Counts(passed=3, browser=1)), Ending(lane=unrun)]
    lines, code = summary(endings, chromium="/usr/bin/chromium", ci=True)
    assert lines[-1] == "3 passed, 1 failed"
    assert code == 1


def test_without_a_chromium_the_browser_tests_are_said_not_to_have_run_which_fails_in_ci() -> None:
    endings = [Ending(lane=FIRST, counts=Counts(passed=3, skipped=2))]
    lines, code = summary(endings, chromium=None, ci=False)
    assert lines[1].startswith("Browser tests: did not run, no Chromium found")
    assert code == 0
    assert summary(endings, chromium=None, ci=True)[1] == 1


def test_a_lane_whose_pytest_broke_off_is_a_failure() -> None:
    lines, code = summary(
        [Ending(lane=FIRST, broken="pytest ended with exit code 4")], chromium="/c", ci=False
    )
    assert lines[0] == "SQLite, filesystem broker: pytest ended with exit code 4"
    assert lines[-1] == "0 passed, 1 failed"
    assert code == 1


def test_the_counts_come_from_the_report_of_a_real_run(tmp_path: Path) -> None:
    suite = tmp_path / "test_sample.py"
    suite.write_text(
        "import pytest\n"
        "def test_passes(record_property): record_property('browser', 'yes')\n"
        "def test_fails(): assert 0\n"
        "@pytest.mark.skip\n"
        "def test_skips(): pass\n"
        "@pytest.fixture\n"
        "def broken(): raise ValueError\n"
        "def test_errs(broken): pass\n"
    )
    arguments = [str(suite), "-q", "-n0", "-p", "no:django", "-c", "/dev/null", "--rootdir", str(tmp_path)]
    ending = run(FIRST, arguments=arguments)
    assert ending.counts == Counts(passed=1, failed=2, skipped=1, browser=1)
    assert ending.broken == ""


def test_a_lane_leaves_out_what_says_the_same_everywhere(tmp_path: Path) -> None:
    suite = tmp_path / "test_sample.py"
    suite.write_text(
        "import pytest\n"
        "def test_runs(): pass\n"
        "@pytest.mark.once\n"
        "def test_is_left_out(): raise AssertionError\n"
    )
    config = tmp_path / "pytest.ini"
    config.write_text("[pytest]\nmarkers = once\n")
    arguments = [str(suite), "-q", "-n0", "-p", "no:django", "-c", str(config), "--rootdir", str(tmp_path)]
    assert run(replace(FIRST, leaves_out="once"), arguments=arguments).counts == Counts(passed=1)
    assert run(FIRST, arguments=arguments).counts == Counts(passed=1, failed=1)


def test_a_report_without_tests_counts_nothing(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite/></testsuites>")
    assert count(report) == Counts()
