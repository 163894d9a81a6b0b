"""`manage.py start`, which `make run` calls: everything on this machine, under one Ctrl-C.

Prepares (database, demo, static files), starts the web server, the Celery workers (one for
model calls, one for everything else), beat and the sandbox model server, and says where the site is once it answers.
"""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections

from pipelines.models import Pipeline
from refusalhub.demo.people import PEOPLE
from refusalhub.local import make_broker_folders
from refusalhub.management.together import run_together
from refusalhub.ports import LOOPBACK, is_free, next_free


class Command(BaseCommand):
    help = "Prepare and run the whole of RefusalHub on this machine; `make run` calls it."

    def handle(self, *args: object, **options: object) -> None:
        if not settings.LOCAL:
            raise CommandError("`start` is for one's own machine; `make run` calls it")
        # A shell that starts this in the background would have it ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        require_free(settings.PORT)
        try:
            self.prepare()
            self.run_all(None if settings.ANTHROPIC_API_KEY else free_sandbox_url())
        except KeyboardInterrupt:
            raise CommandError("stopped; `make run` takes it up from here", returncode=130) from None

    def step(self, text: str) -> None:
        self.stdout.write(f"{text} ...")
        self.stdout.flush()

    def prepare(self) -> None:
        """Make what a start needs: the broker's folders, the tables, the demo, the static files."""
        if settings.CELERY_BROKER_URL.startswith("filesystem:"):
            make_broker_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        self.step("Migrating the database")
        call_command("migrate", verbosity=0, interactive=False)
        if not Pipeline.objects.exists():
            self.step("Loading the demo")
            call_command("load_demo")
        self.step("Collecting the static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        connections.close_all()

    def run_all(self, sandbox_url: str | None) -> None:
        """Run every process until Ctrl-C or until one of them ends, which ends the others."""
        processes = commands(sandbox_url)
        self.step("Starting " + ", ".join(processes))
        env = {**os.environ, "PYTHONUNBUFFERED": "1"} | ({"SANDBOX_URL": sandbox_url} if sandbox_url else {})
        ended = run_together(processes, env=env, meanwhile=lambda: self.announce(sandbox_url))
        if ended:
            raise CommandError(f"{ended} ended by itself, so all were stopped; its output is above")
        self.stdout.write("Stopped.")

    def announce(self, sandbox_url: str | None) -> None:
        """Wait until the site answers, then say where it is and who can sign in."""
        url = f"http://{LOOPBACK}:{settings.PORT}"
        while not answers(f"{url}/health/ready"):
            time.sleep(0.1)
        self.stdout.write(banner(url=url, sandbox_url=sandbox_url))
        self.stdout.flush()


def require_free(port: int) -> None:
    """Stop with a message that names the way out when another program listens on the port."""
    if not is_free(port):
        raise CommandError(
            f"Port {port} is taken, perhaps by a RefusalHub that still runs.\n"
            f"Stop what uses it, or choose another port: make run PORT={next_free(port)}"
        )


def free_sandbox_url() -> str:
    """Return the sandbox's usual address, or one on a free port when something else is there."""
    port = urlsplit(settings.SANDBOX_URL).port or 80
    return f"http://{LOOPBACK}:{port if is_free(port) else next_free(port)}"


def commands(sandbox_url: str | None) -> dict[str, list[str]]:
    """Name the processes and their command lines."""
    python = [sys.executable, "-m"]
    web = ["gunicorn", "refusalhub.wsgi", "--bind", f"{LOOPBACK}:{settings.PORT}", "--log-level", "warning"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
    celery, quiet = ["celery", "--app", "refusalhub", "--quiet"], ["--loglevel", "WARNING"]
    # Threads: one process, and so one that is gone at once when it has to be.
    worker = [*python, *celery, "worker", "--pool", "threads", "--concurrency", "4", *quiet]
    processes = {
        "web": [*python, *web],
        "worker": [*worker, "--queues", "celery"],
        "calls": [*worker, "--queues", settings.CALLS_QUEUE, "--hostname", "calls@%h"],
        "beat": [*python, *celery, "beat", *quiet, "--pidfile", ""],
    }
    if sandbox_url:
        processes["sandbox"] = [*python, "refusalhub.sandbox", "--port", str(urlsplit(sandbox_url).port)]
    return processes


def answers(url: str) -> bool:
    """Say whether a GET of this address succeeds."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own http address
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def banner(*, url: str, sandbox_url: str | None) -> str:
    """Say where the site is, who can sign in, which key opens the API, and where model calls go."""
    key_file = settings.VAR_DIR / "demo-api-key"
    calls = f"to the real API at {settings.ANTHROPIC_BASE_URL}"
    if sandbox_url:
        calls = f"to the sandbox on {sandbox_url} (simulated answers; set ANTHROPIC_API_KEY for real ones)"
    lines = ["", f"RefusalHub runs on {url}", "", "  Sign in as"]
    lines += [f"    {person.username:<10} {person.password:<24} {person.role}" for person in PEOPLE]
    lines += ["", f"  API key    {key_file.read_text().strip()}"] if key_file.exists() else []
    lines += ["", f"  Re-issues  go {calls}"]
    if mails := getattr(settings, "EMAIL_FILE_PATH", ""):  # of a mail server there is none
        lines += [f"  E-mails    are written to {mails} and go nowhere"]
    lines += [f"  Data       stays in {settings.VAR_DIR}"]
    lines += ["", "  Ctrl-C stops everything.", ""]
    return "\n".join(lines)
