"""No re-issue is lost and none is sent twice unsaid: workers killed at random lines, counted at the sandbox.

    python -m tests.worker.chaos [--reissues 1000] [--life 4] [--seed 1]

Re-issues wait in the outbox. One worker after the other is started, rung for what waits, and killed a moment later,
children and all. In the end each re-issue must have arrived at the sandbox once and be answered; or be of unknown
fate, said so in its case's history, and have arrived once or never.

The database is an SQLite file, or one made on the PostgreSQL that DATABASE_URL names and dropped at the end; the broker
is a folder, or the one that CELERY_BROKER_URL names.
"""

import argparse
import hashlib
import json
import os
import random
import secrets
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from refusalhub.ports import LOOPBACK, free_port
from tests.bench.database import fresh_database
from tests.processes import running_sandbox, running_worker

if TYPE_CHECKING:  # a script sets its environment before it touches a model
    from django.contrib.auth.models import User

# Rung for at once: more than a worker gets done before it is killed.
RUNG = 60


@dataclass
class Chaos:
    """What happened: how many workers were killed, how the re-issues ended, and what is wrong with that."""

    killed: int = 0
    states: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    faults: list[str] = field(default_factory=list)


def unleash(*, count: int, by: "User", seed: int, sandbox: str, life: float = 2) -> Chaos:
    """Make that many re-issues, have them sent amid the killing, and look at what came of each.

    `life`: the most seconds that a worker gets.
    """
    from django.utils import timezone

    from reviews.models import Reissue, Sending
    from reviews.send import sweep
    from reviews.tasks import send_reissue

    dice = random.Random(seed)
    chaos = Chaos()
    urllib.request.urlopen(urllib.request.Request(f"{sandbox}/reset", method="POST")).close()
    _fill_outbox(count=count, by=by)
    pending = Reissue.objects.filter(state=Sending.PENDING).order_by("pk")
    while waiting := list(pending.values_list("pk", flat=True)[:RUNG]):
        # A queue for each: nobody gets what was rung for the one before in vain.
        queue = f"chaos-{chaos.killed}"
        with running_worker(queue=queue) as worker:
            for pk in waiting:
                send_reissue.apply_async([pk], queue=queue)
            time.sleep(dice.uniform(0.02, life))
            worker.kill()
            chaos.killed += 1
        print(
            f"\r{pending.count():,} wait, {chaos.killed} workers killed ", end="", file=sys.stderr, flush=True
        )
    # What the killed left behind is given up when its time is over, and never rung for again.
    for _ in range(2):
        if sweep(now=timezone.now() + timedelta(hours=1)):
            chaos.faults.append("the sweep rings for a re-issue that nobody left waiting")
    _judge(chaos, sandbox=sandbox)
    return chaos


def _fill_outbox(*, count: int, by: "User") -> None:
    from django.utils import timezone

    from reviews.compose import Context
    from tests.cases import held_case
    from tests.signing_in import reissued

    context = Context(purpose="A notice for the staff.", background="The car park is our own.")
    for number in range(count):
        case = held_case(question=f"Write notice {number} about the car park.")
        reissued(case, asked=context, by=by, now=timezone.now())


def _judge(chaos: Chaos, *, sandbox: str) -> None:
    from reviews.models import EventKind, Reissue, Sending, State

    with urllib.request.urlopen(f"{sandbox}/requests") as answer:
        arrived = Counter(arrival["digest"] for arrival in json.load(answer))
    chaos.arrived = arrived.total()
    for one in Reissue.objects.select_related("case"):
        times = arrived.pop(hashlib.sha256(one.request.encode()).hexdigest(), 0)
        chaos.states[one.state] += 1
        said = one.case.events.filter(kind=EventKind.FATE_UNKNOWN).count()
        answered = (one.state, one.case.state, times, said) == (Sending.ANSWERED, State.ANSWERED, 1, 0)
        unknown = (one.state, one.case.state, said) == (Sending.UNKNOWN, State.HELD, 1) and times <= 1
        if not (answered or unknown):
            chaos.faults.append(
                f"{one}: {one.state}, its case {one.case.state}, sent {times} times, {said} times said unknown"
            )
    if arrived:
        chaos.faults.append(f"{arrived.total()} requests arrived that belong to no re-issue")


def main() -> int:
    """Run it in a folder and a database of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.worker.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--reissues", type=int, default=1000)
    parser.add_argument("--life", type=float, default=4, help="the most seconds that a worker gets")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="refusalhub-chaos-") as name:
        folder = Path(name)
        with fresh_database(folder=folder, name="chaos") as database_url:
            return _main(chosen, folder, database_url)


def _main(chosen: argparse.Namespace, folder: Path, database_url: str) -> int:
    os.environ |= {
        "REFUSALHUB_LOCAL": "1",
        "REFUSALHUB_VAR": str(folder),
        "NO_PROXY": LOOPBACK,
        "DJANGO_SETTINGS_MODULE": "refusalhub.settings",
        "DATABASE_URL": database_url,
        "SANDBOX_URL": f"http://{LOOPBACK}:{free_port()}",
        "CELERY_KEY_PREFIX": f"refusalhub-chaos-{secrets.token_hex(8)}:",
        "UNDO_SECONDS": "0",
        "LOG_LEVEL": "WARNING",
    }
    os.environ.pop("ANTHROPIC_API_KEY", None)
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import connection

    from refusalhub.local import make_broker_folders

    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        make_broker_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    call_command("migrate", verbosity=0)
    by = User.objects.create_user("reviewer")
    by.groups.add(Group.objects.get(name="reviewer"))
    began = time.monotonic()
    try:
        with running_sandbox():
            chaos = unleash(
                count=chosen.reissues,
                by=by,
                seed=chosen.seed,
                life=chosen.life,
                sandbox=settings.SANDBOX_URL,
            )
    finally:
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's
    ended = ", ".join(f"{n} {state}" for state, n in sorted(chaos.states.items()))
    print(
        f"\n{chosen.reissues:,} re-issues: {ended}; {chaos.arrived} arrived at the sandbox; {chaos.killed} workers "
        f"killed in {time.monotonic() - began:.0f} s, on {connection.display_name} and "
        f"{settings.CELERY_BROKER_URL.partition(':')[0]}"
    )
    print("\n".join(chaos.faults) or "None lost, none sent twice; what is unknown is said to be.")
    return int(bool(chaos.faults))


if __name__ == "__main__":
    sys.exit(main())
