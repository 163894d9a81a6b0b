"""`python -m refusals`: what a shell does with the client."""

import argparse
import sys
from collections.abc import Sequence

from refusals.hub import Hub


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m refusals", description="The client of a RefusalHub.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_flush(commands)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


def _add_flush(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    flush = commands.add_parser(
        "flush",
        help="send the runs that wait in the spool",
        description="Send the runs that wait in the spool, those of processes that have ended included. "
        "The hub and its key are REFUSALHUB_URL and REFUSALHUB_API_KEY.",
    )
    flush.add_argument("--spool", metavar="FOLDER", help="instead of REFUSALHUB_SPOOL or the state directory")
    flush.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: %(default)s")
    flush.set_defaults(run=_flush)


def _flush(chosen: argparse.Namespace) -> int:
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


if __name__ == "__main__":
    sys.exit(main())
