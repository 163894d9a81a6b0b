"""What a web server loads: everything the first request needs, and no database."""

import os
import subprocess
import sys

from refusalhub.ports import LOOPBACK, free_port

LOADED = """
import sys, threading
import refusalhub.wsgi
assert "reviews.views.reports" in sys.modules
for thread in threading.enumerate():
    if thread.name == "warm-up":
        thread.join()
print("loaded")
"""


def test_a_process_whose_database_is_away_starts_and_says_what_it_did_not_read() -> None:
    away = f"postgresql://nobody@{LOOPBACK}:{free_port()}/away?connect_timeout=2"
    env = os.environ | {"DATABASE_URL": away, "DATABASE_POOL": "0"}
    run = subprocess.run([sys.executable, "-c", LOADED], env=env, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout) == (0, "loaded\n"), run.stderr
    assert "The reports were not read ahead." in run.stderr
    assert "OperationalError" in run.stderr
