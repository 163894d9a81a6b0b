"""Several processes as one: one end ends all, and nothing refuses to end."""

import os
import signal
import sys

import pytest

from refusalhub.management import together
from refusalhub.management.together import run_together

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
ENDS = [sys.executable, "-c", "pass"]
STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


def test_when_one_process_ends_the_others_end_and_its_name_is_told() -> None:
    assert run_together({"long": SLEEPS, "short": ENDS}, env=os.environ, tick=lambda: None) == "short"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_them_all_and_the_old_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    assert run_together({"long": SLEEPS}, env=os.environ, tick=lambda: os.kill(os.getpid(), number)) is None
    assert signal.getsignal(number) is before


def test_what_ignores_the_polite_signal_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(together, "GRACE_SECONDS", 0.2)
    ready = f"{tmp_path}/ready"

    def interrupt_once_it_ignores() -> None:
        if os.path.exists(ready):
            os.kill(os.getpid(), signal.SIGINT)

    command = [sys.executable, "-c", STUBBORN, ready]
    assert run_together({"stubborn": command}, env=os.environ, tick=interrupt_once_it_ignores) is None
