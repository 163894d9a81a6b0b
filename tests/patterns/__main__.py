"""How often the test for escalation is wrong, and how often it finds what is there.

python -m tests.patterns            print the tables of docs/patterns.md
python -m tests.patterns --write    put them there
"""

import argparse
import os
from pathlib import Path

import django

PAGE = Path(__file__).resolve().parents[2] / "docs" / "patterns.md"
BEGIN, END = "<!-- simulated: begins -->\n", "<!-- simulated: ends -->\n"


def main() -> None:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.patterns")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/patterns.md")
    writes = parser.parse_args().write
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")
    os.environ.setdefault("REFUSALHUB_LOCAL", "1")
    django.setup()
    from tests.patterns.simulation import tables

    made = tables()
    if not writes:
        print(made)
        return
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _old, _, foot = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}{made}{END}{foot}")


if __name__ == "__main__":
    main()
