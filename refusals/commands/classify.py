"""`classify`: how the calls of a log ended, and how many of its successes were declines."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

from refusals.commands.table import aligned
from refusals.endings import Outcome
from refusals.logs import Tally, entries_in
from refusals.logs.entries import Unreadable

_ABOUT = """Read a log of model calls and say how they ended: a table of endings by reason code, and how many of the
calls that looked like successes were declines.

A log is one answer's body, JSON lines, a JSON array, a batch's results, an OTLP export, a captured event
stream, rows as the hub takes them, or plain lines in which a guard refuses; lines may be mixed. Gzip too.
Lines that are none of these are counted and otherwise left alone. Memory does not grow with the log.
"""
_EXITS = """exit codes: 0 read, 1 an ending named by --fail-on was found, 2 wrong usage, a file that cannot be read,
or one that tells of no call

examples:
  python -m refusals classify last-night.jsonl
  zcat logs/*.gz | python -m refusals classify - --by model
  python -m refusals classify results.jsonl --json --fail-on declined
"""
_LONG = 16 * 1024 * 1024  # bytes; a shorter file is read before anybody wonders
_EVERY = 5000


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "classify",
        help="say how the calls of a log ended, and which successes were declines",
        description=_ABOUT,
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a log; - is standard input")
    parser.add_argument("--provider", help="whose answers these are, where a body does not tell")
    parser.add_argument("--by", choices=("provider", "model"), help="tell the endings apart by this as well")
    parser.add_argument(
        "--fail-on",
        action="append",
        default=[],
        type=Outcome,
        choices=[outcome for outcome in Outcome if outcome is not Outcome.OK],
        metavar="ENDING",
        help="exit with 1 if a call ended so: declined, degraded or infra_error; may be given again",
    )
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Read the files one after the other and print one tally of them all."""
    tally = Tally(by=chosen.by)
    failed = False
    for name in chosen.files:
        try:
            for entry in _read(name):
                tally.add(entry, provider=chosen.provider)
        except OSError as error:
            failed = _fail(f"cannot read {name}: {error.strerror or error}")
        except Unreadable as error:
            failed = _fail(f"{name}: {error}; what came before is counted")
    sys.stdout.write(json.dumps(tally.as_json(), indent=2) + "\n" if chosen.json else report(tally))
    if not tally.calls and not tally.earlier_attempts:
        failed = failed or _fail("no line tells of a model's call")
    if failed:
        return 2
    return 1 if chosen.fail_on and tally.ended(*chosen.fail_on) else 0


def report(tally: Tally) -> str:
    """The tally as a person reads it."""
    rows = [
        (group, str(outcome), code or "-", f"{count:,}", _share(count, tally.calls))
        for group, outcome, code, count in tally.rows()
    ]
    heading = (tally.by or "", "ending", "code", "calls", "share")
    table = [heading, *rows] if tally.by else [row[1:] for row in (heading, *rows)]
    numbers = {len(table[0]) - 2, len(table[0]) - 1}
    return f"{aligned(table, right=numbers)}\n{_summary(tally)}"


def _summary(tally: Tally) -> str:
    found = tally.as_json()
    hidden, success, decline = (
        found[name] for name in ("successes_that_were_declines", "success", "decline")
    )
    declines = hidden["declined"] + hidden["hidden_by_fallback"]
    lines = [
        f"Of {hidden['of']:,} calls that looked like successes, {declines:,} were declines "
        f"({_share(declines, hidden['of'])}): {hidden['declined']:,} declined, "
        f"{hidden['hidden_by_fallback']:,} answered by a fallback.",
        f"Success rate {_share(success['ok'], success['of'])} of {success['of']:,} (ok, degraded, infra_error); "
        f"decline rate {_share(decline['declined'], decline['of'])} of {decline['of']:,} (ok, degraded, declined).",
    ]
    if tally.suspected:
        lines.append(
            f"{tally.suspected:,} answers read like a refusal and carry no signal of one: a person has to look."
        )
    beside = (
        (tally.earlier_attempts, "earlier attempts, not counted above"),
        (tally.others, "other lines, which tell of no call"),
        (tally.damaged, "damaged entries, which cannot be read"),
    )
    lines += [f"{count:,} {what}." for count, what in beside if count]
    return "".join(f"{line}\n" for line in lines)


def _share(count: int, whole: int) -> str:
    return f"{count / whole:.1%}" if whole else "n/a"


def _fail(why: str) -> bool:
    sys.stderr.write(f"{why}\n")
    return True


def _read(name: str) -> Iterator[object]:
    """The entries of a file; a long one shows on a terminal how far it is."""
    with ExitStack() as stack:
        source = sys.stdin.buffer if name == "-" else stack.enter_context(open(name, "rb"))
        yield from _told(source, entries_in(source))


def _told(source: BinaryIO, entries: Iterator[object]) -> Iterator[object]:
    size = os.fstat(source.fileno()).st_size
    if not sys.stderr.isatty() or 0 < size < _LONG:
        yield from entries
        return
    for number, entry in enumerate(entries, start=1):
        if number % _EVERY == 0:
            done = f"{min(source.tell() / size, 1):4.0%}  " if size else ""
            sys.stderr.write(f"\r{done}{number:,} entries")
        yield entry
    sys.stderr.write("\r\x1b[K")
