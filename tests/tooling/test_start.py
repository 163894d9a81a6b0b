"""`make run` on this machine: everything starts, answers, and is gone after Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_django import Settings

import manage
from refusalhub.demo.people import PEOPLE
from refusalhub.management.commands.start import banner, commands, free_sandbox_url
from refusalhub.ports import free_port, is_free, next_free
from tests.processes import RunningProcess, running

STARTED = "Ctrl-C stops everything."


@contextmanager
def started(var: Path, *, port: int, until: str = STARTED, **env: str) -> Iterator[RunningProcess]:
    """Run `manage.py start` on files of its own, as `make run` does on a machine without servers."""
    bare = {
        "DATABASE_URL": f"sqlite:///{var / 'refusalhub.sqlite3'}",
        "CELERY_BROKER_URL": "filesystem://localhost",
    }
    where = {"DJANGO_SETTINGS_MODULE": "refusalhub.settings", "REFUSALHUB_VAR": str(var), "PORT": str(port)}
    command = [sys.executable, manage.__file__, "start"]
    with running(
        name="start", command=command, env=bare | where | env, is_ready=lambda log: until in log
    ) as process:
        try:
            yield process
        finally:
            for pid in descendants(process.process.pid):
                os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> set[int]:
    """Return the process ids below this one, at any depth."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [(int(child), int(parent)) for child, parent in (line.split() for line in listing.splitlines())]
    found = {pid}
    while more := {child for child, parent in pairs if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_start_serves_the_site_and_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, port=port) as stack:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
            assert answer.read() == b"ready\n"
        family = descendants(stack.process.pid)
        assert len(family) >= 4
        os.killpg(stack.process.pid, signal.SIGINT)
        assert stack.process.wait(timeout=30) == 0
        deadline = time.monotonic() + 5
        while any(map(alive, family)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not [pid for pid in family if alive(pid)]
        shown = stack.log.read_text()
    assert f"http://127.0.0.1:{port}" in shown
    assert all(person.password in shown for person in PEOPLE)
    assert (tmp_path / "demo-api-key").read_text().strip() in shown
    assert "simulated" in shown
    assert re.search("traceback", shown, re.IGNORECASE) is None


def test_ctrl_c_during_the_preparation_stops_at_once(tmp_path: Path) -> None:
    with started(tmp_path, port=free_port(), until="Migrating") as stack:
        os.killpg(stack.process.pid, signal.SIGINT)
        assert stack.process.wait(timeout=30) == 130
        assert "Traceback" not in stack.log.read_text()


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with started(tmp_path, port=port, until="make run PORT=") as stack:
            assert stack.process.wait(timeout=30) == 1
        message = stack.log.read_text()
    assert f"Port {port} is taken" in message
    assert not (tmp_path / "refusalhub.sqlite3").exists()


def test_the_sandbox_moves_when_its_usual_port_is_taken(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert not is_free(taken)
        assert is_free(next_free(taken))
        settings.SANDBOX_URL = f"http://127.0.0.1:{taken}"
        assert free_sandbox_url() != settings.SANDBOX_URL


def test_the_banner_says_where_mails_are_unless_a_server_gets_them(settings: Settings) -> None:
    settings.EMAIL_FILE_PATH = "/var/mail-of-mine"
    written = "E-mails    are written to /var/mail-of-mine"
    assert written in banner(url="http://127.0.0.1:8000", sandbox_url=None)
    settings.EMAIL_FILE_PATH = ""
    assert "E-mails" not in banner(url="http://127.0.0.1:8000", sandbox_url=None)


def test_model_calls_and_everything_else_have_a_worker_each(settings: Settings) -> None:
    started = [command for command in commands(None).values() if "worker" in command]
    taken = sorted(command[command.index("--queues") + 1] for command in started)
    assert taken == sorted(settings.CELERY_TASK_QUEUES)


def test_with_a_key_the_sandbox_is_not_started_and_the_banner_says_where_calls_go() -> None:
    assert "sandbox" in commands("http://127.0.0.1:8021")
    assert "sandbox" not in commands(None)
    shown = banner(url="http://127.0.0.1:8000", sandbox_url=None)
    assert "real API" in shown
    assert "simulated" not in shown
