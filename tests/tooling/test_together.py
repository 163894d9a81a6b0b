"""Several processes as one: one end ends all, and a signal ends them at any moment.

Run in a process of its own each time, because honcho takes over the signal handlers of its process.
"""

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import os, signal, sys
from refusalhub.management.together import run_together

def command(words):
    return [sys.executable, "-c", words]

stack = {"long": command("import time; time.sleep(60)")}
if sys.argv[1] == "one-ends":
    stack["short"] = command("raise SystemExit(3)")
    meanwhile = lambda: None
else:
    def meanwhile():
        # As soon as the handlers stand: before any process can be known by its id.
        while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            pass
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
print("ended:", run_together(stack, env=os.environ, meanwhile=meanwhile))
"""


def run(how: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, timeout=50, check=True
    )
    return done.stdout.splitlines()[-1]


def test_when_one_process_ends_the_others_end_and_its_name_is_told() -> None:
    assert run("one-ends") == "ended: short"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_very_start_ends_them_all(number: signal.Signals) -> None:
    assert run(number.name) == "ended: None"
