"""`python -m refusals`: what a shell does with the vocabulary and the client."""

import argparse
import os
import sys
from collections.abc import Sequence

from refusals.commands import classify, codes, flush, lint

COMMANDS = (classify, codes, lint, flush)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m refusals",
        description="Tell the four endings of model calls apart, on the command line.",
        epilog="`python -m refusals COMMAND --help` says more of each.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
