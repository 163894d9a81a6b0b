"""The site that the figures measure: a fresh database with the demo, served by gunicorn on the loopback address."""

import atexit
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from time import sleep
from urllib.parse import urlencode

from refusalhub.demo.people import PEOPLE
from refusalhub.ports import LOOPBACK, free_port
from tests.bench import year
from tests.bench.database import fresh_database
from tests.processes import answers

START_ATTEMPTS = 150


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the site is, the database under it, its environment, and the key with which the bench reports runs."""

    port: int
    database_url: str
    env: dict[str, str]
    key: str
    reviewer: tuple[str, str]

    @property
    def on_postgresql(self) -> bool:
        return self.database_url.startswith("postgres")

    @property
    def database(self) -> str:
        """The kind of database, for the table."""
        return "PostgreSQL" if self.on_postgresql else "SQLite"

    def connect(self) -> HTTPConnection:
        """Return a connection that stays open from request to request."""
        return HTTPConnection(LOOPBACK, self.port, timeout=60)

    def signed_in(self) -> str:
        """Sign a reviewer in and return the cookies to send."""
        connection = self.connect()
        page, cookies = _get(connection, "/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        if found is None:
            raise RuntimeError("the login page has no form token")
        form = {
            "username": self.reviewer[0], "password": self.reviewer[1], "csrfmiddlewaretoken": found[1],
        }  # fmt: skip
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/login/", urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 302:
            raise RuntimeError(f"signing in was answered with {answer.status}")
        return _cookies(answer)


def _get(connection: HTTPConnection, path: str) -> tuple[str, str]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.read().decode(), _cookies(answer)


def _cookies(answer: HTTPResponse) -> str:
    given = answer.headers.get_all("Set-Cookie", [])
    return "; ".join(cookie.partition(";")[0] for cookie in given)


@cache
def site() -> Site:
    """Start a site with the demo when the first figure asks for it."""
    person = next(person for person in PEOPLE if person.role == "reviewer")
    return _site(
        name="bench", filled_by=["manage.py", "load_demo"], reviewer=(person.username, person.password)
    )


@cache
def site_of_a_year() -> Site:
    """Start a site with a year of 1,000,000 runs and 50,000 cases; the database must be a PostgreSQL."""
    return _site(name="year", filled_by=["-m", "tests.bench.year"], reviewer=year.REVIEWER)


def _site(*, name: str, filled_by: list[str], reviewer: tuple[str, str]) -> Site:
    """Start a site on a fresh database. It ends, and its database goes, with the process."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="refusalhub-bench-")))
    database_url = stack.enter_context(fresh_database(folder=folder, name=name))
    port = free_port()
    env = _environment(folder=folder, database_url=database_url, port=port)
    prepared = [
        ["manage.py", "migrate", "--verbosity", "0"],
        ["manage.py", "collectstatic", "--verbosity", "0"],
    ]
    for command in [*prepared, filled_by]:
        print(f"{command[1]} ...", file=sys.stderr, flush=True)
        _run(*command, env=env)
    key = _run("manage.py", "create_key", "bench", env=env)
    _start_server(stack, env=env, port=port)
    return Site(port=port, database_url=database_url, env=env, key=key, reviewer=reviewer)


def _environment(*, folder: Path, database_url: str, port: int) -> dict[str, str]:
    """Return the bench's own settings; nothing that whoever runs it has set for the product reaches the site."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "REFUSALHUB_LOCAL": "1",
        "REFUSALHUB_VAR": str(folder),
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "refusalhub.settings",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "API_REQUESTS_PER_MINUTE": "1000000",
        "NO_PROXY": LOOPBACK,
    }


def _run(*command: str, env: dict[str, str]) -> str:
    run = subprocess.run([sys.executable, *command], env=env, check=True, stdout=subprocess.PIPE, text=True)
    return run.stdout.strip()


def _start_server(stack: ExitStack, *, env: dict[str, str], port: int) -> None:
    """Start gunicorn as `manage.py start` does, with one process: one caller keeps one busy."""
    command = [sys.executable, "-m", "gunicorn", "refusalhub.wsgi", "--bind", f"{LOOPBACK}:{port}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--log-level", "warning"]
    server = subprocess.Popen([*command, "--no-control-socket"], env=env)
    stack.callback(server.wait)
    stack.callback(server.terminate)
    for _ in range(START_ATTEMPTS):
        if answers(f"http://{LOOPBACK}:{port}/health/ready"):
            return
        if server.poll() is not None:
            break
        sleep(0.2)
    raise RuntimeError("the site did not start; its output is above")
