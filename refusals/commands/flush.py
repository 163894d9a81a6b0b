"""`flush`: send what waits in the spool."""

import argparse
import sys
from typing import Any

from refusals.hub import Hub


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "flush",
        help="send the runs that wait in the spool",
        description="Send the runs that wait in the spool, those of processes that have ended included. "
        "The hub and its key are REFUSALHUB_URL and REFUSALHUB_API_KEY.",
        epilog="exit codes: 0 all sent, 1 some still wait, 2 wrong usage or settings",
    )
    parser.add_argument(
        "--spool", metavar="FOLDER", help="instead of REFUSALHUB_SPOOL or the state directory"
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Send, and say how much was sent and how much waits."""
    try:
        hub = Hub(spool=chosen.spool)
    except ValueError as error:
        return _say(f"{error}", code=2)
    waited = hub.waiting()
    is_done = hub.flush(chosen.timeout)
    waits = hub.waiting()
    told = f"{max(waited - waits, 0)} runs sent, {waits} wait in {hub.spool}"
    return _say(told, code=0 if is_done and not waits else 1)


def _say(text: str, *, code: int) -> int:
    stream = sys.stderr if code else sys.stdout
    stream.write(f"{text}\n")
    return code
