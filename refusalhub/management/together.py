"""Several processes as one, by honcho: they start together, and when one ends or Ctrl-C comes, all end."""

import os
import shlex
import signal
import threading
from collections.abc import Callable, Mapping, Sequence

from honcho.manager import Manager

ASKED_TO_END = (130, 143)  # honcho's exit codes for Ctrl-C and for a supervisor's SIGTERM


class Stack(Manager):  # type: ignore[misc]  # honcho ships no types
    """honcho's manager, safe against a Ctrl-C in its first moments."""

    def terminate(self) -> None:
        """End every process; as soon as all are known by their ids, for honcho signals by id."""
        if self._all_started():
            super().terminate()
        else:
            threading.Timer(0.1, self.terminate).start()

    def ended_by_itself(self) -> str | None:
        """Return the name of the process whose end ended the others; None when a signal asked for it."""
        if self.returncode in ASKED_TO_END:
            return None
        codes: dict[str, int] = {name: it["returncode"] for name, it in self._processes.items()}
        return next(name for name, code in codes.items() if code == self.returncode)


def run_together(
    commands: Mapping[str, Sequence[str]], *, env: Mapping[str, str], meanwhile: Callable[[], None]
) -> str | None:
    """Run the named commands until a signal or until one of them ends, then end the others.

    `meanwhile` runs once beside them, in a thread. Returns the name of the process that ended by
    itself, or None when a signal asked for the end.
    """
    stack = Stack()
    for name, command in commands.items():
        # `exec`, so that a signal reaches the process itself and not a shell around it.
        stack.add_process(name, f"exec {shlex.join(command)}", env=dict(env))
    # A closed terminal ends everything too, as Ctrl-C does.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    threading.Thread(target=meanwhile, daemon=True).start()
    stack.loop()
    return stack.ended_by_itself()
