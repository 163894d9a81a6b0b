"""`codes`: the code book."""

import argparse
import json
import sys
from typing import Any

from refusals.codes import KNOWN_CODES, describe
from refusals.commands.table import aligned


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "codes",
        help="print the code book: every reason code, how a run with it usually ends, and its meaning",
        description="Print every reason code with the ending that a run with it usually has, and its meaning.",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array of objects")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the code book in the order of the vocabulary."""
    infos = [describe(code) for code in KNOWN_CODES]
    if chosen.json:
        book = [
            {"code": str(info.code), "usual_outcome": str(info.usual_outcome), "meaning": info.meaning}
            for info in infos
        ]
        sys.stdout.write(json.dumps(book, indent=2) + "\n")
        return 0
    rows = [(str(info.code), str(info.usual_outcome), info.meaning) for info in infos]
    sys.stdout.write(aligned([("code", "usual ending", "meaning"), *rows]))
    return 0
