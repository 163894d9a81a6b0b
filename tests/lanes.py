"""The suite in its lanes: `make test` runs `python -m tests.lanes [pytest arguments]`.

The first lane needs no server: SQLite and the filesystem broker. The second runs the same suite on
the PostgreSQL and the Redis that `DATABASE_URL` and `CELERY_BROKER_URL` name, and on no other; it
leaves out what is marked `once`, which meets neither or says the same on each. The last lines say
which lanes ran, which did not, and why. In CI (`CI=true`) what did not run failed.

A lane runs in a process for each core (pytest-xdist), for a test often waits: for a browser, a worker,
a database. Each process has its own database, broker folder or keys, and ports (`tests/settings.py` is
loaded in each); one that is done takes tests over from another.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from tests.chromium import find_chromium

# What a caller gives stands after it and counts: `-n0` runs all in one process.
BESIDE_EACH_OTHER = ("-n", "auto", "--dist", "worksteal")

LANE_VARIABLES = ("DATABASE_URL", "CELERY_BROKER_URL")


@dataclass(frozen=True)
class Counts:
    """How the tests of one lane ended, and how many of those that ran drove a browser."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    browser: int = 0

    def __str__(self) -> str:
        line = f"{self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped} skipped" if self.skipped else line


@dataclass(frozen=True)
class Lane:
    """One way to run the suite; `why_not` is the reason when it cannot run here, `leaves_out` a marker."""

    name: str
    env: Mapping[str, str]
    why_not: str = ""
    leaves_out: str = ""


@dataclass(frozen=True)
class Ending:
    """A lane and its counts, None without a report; `broken` says why they are not the whole story."""

    lane: Lane
    counts: Counts | None = None
    broken: str = ""


def lanes(env: Mapping[str, str]) -> list[Lane]:
    """Name the two lanes, and say whether this environment names the servers of the second."""
    bare = {name: value for name, value in env.items() if name not in LANE_VARIABLES}
    database, broker = (env.get(name, "") for name in LANE_VARIABLES)
    missing = []
    if not database.startswith(("postgres:", "postgresql:")):
        missing.append("DATABASE_URL names no PostgreSQL")
    if not broker.startswith(("redis:", "rediss:")):
        missing.append("CELERY_BROKER_URL names no Redis")
    return [
        Lane(name="SQLite, filesystem broker", env=bare),
        Lane(name="PostgreSQL, Redis", env=env, why_not=" and ".join(missing), leaves_out="once"),
    ]


def count(report: Path) -> Counts:
    """Read the counts from a pytest report in JUnit's XML."""
    passed = failed = skipped = browser = 0
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
            continue
        else:
            passed += 1
        browser += case.find("properties/property[@name='browser']") is not None
    return Counts(passed=passed, failed=failed, skipped=skipped, browser=browser)


def run(lane: Lane, *, arguments: Sequence[str]) -> Ending:
    """Run the suite in this lane, its output passing through."""
    print(f"\n== {lane.name} ==", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *BESIDE_EACH_OTHER]
        command += ["-m", f"not {lane.leaves_out}"] if lane.leaves_out else []
        command += arguments
        code = subprocess.run(command, env=lane.env, check=False).returncode
        if not report.exists():
            return Ending(lane=lane, broken=f"pytest ended with exit code {code} before any test")
        counts = count(report)
    if code and not counts.failed:
        return Ending(lane=lane, counts=counts, broken=f"pytest ended with exit code {code}")
    return Ending(lane=lane, counts=counts)


def describe(ending: Ending) -> str:
    """Say in one line what came of a lane."""
    if ending.lane.why_not:
        return f"{ending.lane.name}: did not run, {ending.lane.why_not}"
    parts = [str(ending.counts)] if ending.counts else []
    return f"{ending.lane.name}: " + "; ".join([*parts, *([ending.broken] if ending.broken else [])])


def describe_browser(counts: Counts, *, chromium: str | None) -> str:
    """Say in one line whether the browser tests ran."""
    if chromium is None:
        return "Browser tests: did not run, no Chromium found (install one, or name it with CHROMIUM)"
    return f"Browser tests: {counts.browser} ran on {chromium}"


def summary(endings: Sequence[Ending], *, chromium: str | None, ci: bool) -> tuple[list[str], int]:
    """Return the last lines and the exit code. A broken lane counts as a failure, in CI an unrun one too."""
    ran = [ending.counts for ending in endings if ending.counts]
    total = Counts(
        passed=sum(counts.passed for counts in ran),
        failed=sum(counts.failed for counts in ran),
        skipped=sum(counts.skipped for counts in ran),
        browser=sum(counts.browser for counts in ran),
    )
    lines = [*map(describe, endings), describe_browser(total, chromium=chromium)]
    failures = sum(bool(ending.broken) for ending in endings)
    if ci:
        unrun = sum(bool(ending.lane.why_not) for ending in endings) + (total.browser == 0)
        if unrun:
            lines.append("In CI what did not run counts as a failure.")
        failures += unrun
    total = replace(total, failed=total.failed + failures)
    return [*lines, str(total)], int(total.failed > 0)


def main(arguments: Sequence[str]) -> int:
    """Run every lane that can run here and print the summary."""
    endings = [
        Ending(lane=lane) if lane.why_not else run(lane, arguments=arguments)
        for lane in lanes(dict(os.environ))
    ]
    ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    lines, code = summary(endings, chromium=find_chromium(), ci=ci)
    print("\n" + "\n".join(lines), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
