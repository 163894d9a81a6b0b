"""Several processes as one: they start together, and when one ends or Ctrl-C comes, all end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

# A worker looks up from its broker every two seconds and needs about five to end by itself.
GRACE_SECONDS = 15
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, a supervisor, a closed terminal


def run_together(
    commands: Mapping[str, Sequence[str]], *, env: Mapping[str, str], tick: Callable[[], None]
) -> str | None:
    """Run the named commands until a signal or until one of them ends, then end the others.

    `tick` is called several times a second meanwhile. Returns the name of the process that ended by
    itself, or None when a signal asked for the end.
    """
    asked: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A session of its own, so that Ctrl-C comes to us alone and each is ended in order.
            processes[name] = subprocess.Popen(command, env=env, start_new_session=True)  # noqa: S603 - our own
        while not asked:
            for name, process in processes.items():
                if process.poll() is not None:
                    return name
            tick()
            time.sleep(0.1)
        return None
    finally:
        stop(list(processes.values()))
        for number, handler in before.items():
            signal.signal(number, handler)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask every process to end, and end it with its children when it does not."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
