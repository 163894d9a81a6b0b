"""Nothing that was acknowledged is lost: writers killed at random, the hub stopped and started at random.

    python -m tests.client.chaos [--runs 100000] [--writers 4] [--pause 0.002] [--seed 1]

Several processes record runs as fast as they can, and note each run that the client acknowledged. Meanwhile any of
them is killed now and then, as is the hub. In the end the hub must hold every acknowledged run, once.

The hub's database is an SQLite file, or one made on the PostgreSQL that DATABASE_URL names, and dropped at the end.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from refusalhub.ports import LOOPBACK, free_port
from tests.bench.database import fresh_database
from tests.processes import RunningProcess, answers, running

StartHub = Callable[[], AbstractContextManager[RunningProcess]]

WRITER = """
import os, sys, time
from refusals import Hub

ANSWER = {"type": "message", "role": "assistant", "model": "claude-opus-5-5", "stop_reason": "end_turn",
          "content": [{"type": "text", "text": "## Digest\\nNothing of note happened in the harbour today. " * 4}]}
DECLINE = {**ANSWER, "content": [], "stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "cyber"}}

hub = Hub(flush_interval=0.2, batch=300)
noted = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for number in range(10**9):
    with hub.run("nightly-digest", task_id=number % 50, prompt="Digest the day.") as run:
        verdict = run.finish(DECLINE if number % 100 == 0 else ANSWER)
    if verdict.recorded:
        os.write(noted, f"{verdict.run_id}\\n".encode())
    time.sleep(float(sys.argv[2]))
"""


@dataclass
class Chaos:
    """What happened: the ids of the acknowledged runs, and how often somebody was killed."""

    acknowledged: list[str] = field(default_factory=list)
    killed_writers: int = 0
    killed_hubs: int = 0


def unleash(
    *,
    runs: int,
    writers: int,
    pause: float,
    seed: int,
    start_hub: StartHub,
    environ: dict[str, str],
    folder: Path,
) -> Chaos:
    """Have `runs` runs acknowledged amid the killing, then send what waits. Raises where that fails.

    `pause`: seconds that a writer rests after each run.
    """
    dice = random.Random(seed)
    chaos = Chaos()
    notes = folder / "notes"
    notes.mkdir()
    crowd = _Crowd(writers=writers, pause=pause, environ=environ, notes=notes)
    try:
        while not crowd.is_through(runs):
            with start_hub() as hub:
                crowd.thin_out(dice, seconds=dice.uniform(0.3, 3), until=runs)
                hub.kill()
                chaos.killed_hubs += 1
            crowd.thin_out(dice, seconds=dice.uniform(0.1, 1), until=runs)
    finally:
        crowd.end()
    chaos.killed_writers = crowd.killed
    with start_hub():
        command = [sys.executable, "-m", "refusals", "flush", "--timeout", "600"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the spool could not be sent: {done.stderr}")
    chaos.acknowledged = [line for path in sorted(notes.iterdir()) for line in path.read_text().splitlines()]
    return chaos


class _Crowd:
    """The writers: as many as there should be, whoever of them has been killed."""

    def __init__(self, *, writers: int, pause: float, environ: dict[str, str], notes: Path) -> None:
        self._pause = pause
        self._environ = environ
        self._notes = notes
        self._started = 0
        self.killed = 0
        self._processes = [self._start() for _ in range(writers)]

    def noted(self) -> int:
        """How many runs were acknowledged so far; an id takes 33 bytes."""
        return sum(path.stat().st_size for path in self._notes.iterdir()) // 33

    def is_through(self, runs: int) -> bool:
        """Whether enough runs were acknowledged, and somebody killed on the way: a slow machine may need longer."""
        return self.noted() >= runs and self.killed > 0

    def thin_out(self, dice: random.Random, *, seconds: float, until: int) -> None:
        """For some seconds, kill a writer now and then and start another."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.is_through(until):
            time.sleep(0.1)
            if dice.random() < 0.2:
                place = dice.randrange(len(self._processes))
                self._kill(self._processes[place])
                self._processes[place] = self._start()
                self.killed += 1
            print(f"\r{self.noted():,} acknowledged", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        for process in self._processes:
            self._kill(process)

    def _start(self) -> subprocess.Popen[bytes]:
        self._started += 1
        note = self._notes / str(self._started)
        command = [sys.executable, "-c", WRITER, str(note), str(self._pause)]
        return subprocess.Popen(command, env=self._environ, stderr=subprocess.DEVNULL)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def running_hub(*, port: int, database_url: str) -> Iterator[RunningProcess]:
    """A real hub on this port and database, until the block ends."""
    command = [sys.executable, "-m", "gunicorn", "refusalhub.wsgi", "--bind", f"{LOOPBACK}:{port}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--no-control-socket"]
    env = {
        "DJANGO_SETTINGS_MODULE": "refusalhub.settings",
        "DATABASE_URL": database_url,
        "API_REQUESTS_PER_MINUTE": "1000000",
        "LOG_LEVEL": "WARNING",
    }
    url = f"http://{LOOPBACK}:{port}/health/live"
    with running(name="hub", command=command, env=env, is_ready=lambda _: answers(url)) as process:
        yield process


def client_environment(*, port: int, key: str, folder: Path) -> dict[str, str]:
    """What tells the client of that hub."""
    return {
        **os.environ,
        "REFUSALHUB_URL": f"http://{LOOPBACK}:{port}",
        "REFUSALHUB_API_KEY": key,
        "REFUSALHUB_SPOOL": str(folder / "spool"),
        "REFUSALS_REVIEW_DIR": str(folder / "review_queue"),
    }


def faults(chaos: Chaos, stored: list[str]) -> list[str]:
    """What is wrong with what the hub has stored, in words; empty when nothing is."""
    wrong = []
    if lost := set(chaos.acknowledged) - set(stored):
        wrong.append(f"{len(lost)} acknowledged runs never arrived")
    if len(stored) != len(set(stored)):
        wrong.append(f"{len(stored) - len(set(stored))} runs are stored twice")
    unnoted = set(stored) - set(chaos.acknowledged)
    if (
        len(unnoted) > chaos.killed_writers + 100
    ):  # each may die between the spool and its note, at the end too
        wrong.append(f"{len(unnoted)} runs arrived that nobody acknowledged")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.client.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument(
        "--pause", type=float, default=0.002, help="seconds after each run; default: %(default)s"
    )
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="refusalhub-chaos-") as name:
        folder = Path(name)
        with fresh_database(folder=folder, name="chaos") as database_url:
            return _main(chosen, folder, database_url)


def _main(chosen: argparse.Namespace, folder: Path, database_url: str) -> int:
    os.environ |= {"REFUSALHUB_LOCAL": "1", "REFUSALHUB_VAR": str(folder), "NO_PROXY": LOOPBACK}
    os.environ["DJANGO_SETTINGS_MODULE"] = "refusalhub.settings"
    os.environ["DATABASE_URL"] = database_url
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from pipelines.keys import create_key
    from pipelines.models import Pipeline, Run

    call_command("migrate", verbosity=0)
    key = create_key(
        pipeline=Pipeline.objects.create(slug="nightly-digest", title="Chaos"), now=timezone.now()
    )
    port = free_port()
    began = time.monotonic()
    chaos = unleash(
        runs=chosen.runs,
        writers=chosen.writers,
        pause=chosen.pause,
        seed=chosen.seed,
        start_hub=lambda: running_hub(port=port, database_url=database_url),
        environ=client_environment(port=port, key=key, folder=folder),
        folder=folder,
    )
    stored = list(Run.objects.values_list("run_id", flat=True))
    print(
        f"\n{len(chaos.acknowledged):,} runs acknowledged, {len(stored):,} stored; "
        f"{chaos.killed_writers} writers and {chaos.killed_hubs} hubs killed "
        f"in {time.monotonic() - began:.0f} s, on {connection.display_name}"
    )
    wrong = faults(chaos, stored)
    print("\n".join(wrong) if wrong else "Every acknowledged run arrived exactly once.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
