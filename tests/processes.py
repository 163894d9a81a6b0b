"""Real processes beside the tests: the sandbox model server and a Celery worker."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

# On a busy machine; how long it takes is no test's subject.
START_SECONDS = 180


@dataclass(frozen=True)
class RunningProcess:
    """A process that said it is ready. It leads its own group, so that its children end with it."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it at once, children included, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(
    *, name: str, command: list[str], env: Mapping[str, str], is_ready: Callable[[str], bool]
) -> Iterator[RunningProcess]:
    """Run `command` until the block ends; enter it once `is_ready` likes what it has written so far."""
    log = Path(settings.VAR_DIR) / f"{name}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **env},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(log.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start. Its output:\n{log.read_text()}")
            time.sleep(0.05)
        yield RunningProcess(process=process, log=log)
    finally:
        if process.poll() is None:
            # At once: a worker takes seconds to end by itself, and the test database goes with it.
            RunningProcess(process=process, log=log).kill()


def answers(url: str) -> bool:
    """Say whether a GET of this address is answered with a success."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def running_sandbox() -> Iterator[RunningProcess]:
    """Run the sandbox model server where `settings.SANDBOX_URL` says."""
    url = settings.SANDBOX_URL
    command = [sys.executable, "-m", "refusalhub.sandbox", "--port", url.rpartition(":")[2]]
    with running(
        name="sandbox", command=command, env={}, is_ready=lambda _: answers(f"{url}/health")
    ) as process:
        yield process


@contextmanager
def running_worker(
    *, queue: str | None = None, broker: Mapping[str, str] | None = None
) -> Iterator[RunningProcess]:
    """Run a Celery worker on the test database. It takes from this queue alone; from the site's own without one.

    It listens on this lane's broker, or where the variables of `broker` say.
    """
    command = [sys.executable, "-m", "celery", "--app", "refusalhub", "worker", "--concurrency", "1"]
    command += ["--queues", queue, "--hostname", f"{queue}@%h"] if queue else []
    command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    env = {"DJANGO_SETTINGS_MODULE": "refusalhub.settings", "DATABASE_URL": session_database_url()}
    env |= broker or {}
    with running(name="worker", command=command, env=env, is_ready=lambda log: " ready." in log) as process:
        yield process


def session_database_url() -> str:
    """Return the address of the database that this test session made."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")[0] + f"/{name}"


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = 180) -> None:
    """Look again and again until the condition holds; fail with `what` when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)
