"""The words in other languages: `make messages` runs `python -m tests.messages`.

It finds every message of the code and the templates, writes the new ones into `locale/*/LC_MESSAGES/django.po`
and compiles what is translated to the `.mo` beside it. Finding takes GNU gettext on the PATH; running the
site takes only the `.mo`, which is therefore part of the project.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
# What no person reads, or is no source.
IGNORED = ("tests", "docs", "var", "build", "dist", "node_modules")
# It changes with every run and says nothing.
DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


def catalogues(root: Path) -> list[Path]:
    """Return the catalogue of each language."""
    return sorted((root / "locale").glob("*/LC_MESSAGES/django.po"))


def has_gettext() -> bool:
    """Say whether the tools that find messages are there."""
    return all(shutil.which(tool) for tool in ("xgettext", "msguniq", "msgmerge", "msgattrib"))


def extract(root: Path) -> None:
    """Bring the catalogues of a source tree up to date with its code and templates."""
    command = [sys.executable, "-m", "django", "makemessages", "--all", "--no-wrap", "--no-obsolete"]
    command += ["--add-location=file", *(f"--ignore={name}" for name in IGNORED)]
    # Without the site's settings: these are then the catalogues in this folder.
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(command, cwd=root, env=env, check=True, stdout=subprocess.DEVNULL)
    for path in catalogues(root):
        path.write_text(DATE.sub("", path.read_text()))


def compiled(path: Path) -> bytes:
    """Return what a catalogue compiles to: what is translated and not doubtful."""
    binary: bytes = polib.pofile(str(path)).to_binary()
    return binary


def main() -> int:
    """Extract, compile, and say what is left to translate."""
    if not has_gettext():
        print("GNU gettext is not on the PATH. On Debian and Ubuntu: apt install gettext", file=sys.stderr)
        return 1
    extract(ROOT)
    for path in catalogues(ROOT):
        path.with_suffix(".mo").write_bytes(compiled(path))
        catalogue = polib.pofile(str(path))
        left = len(catalogue.untranslated_entries()) + len(catalogue.fuzzy_entries())
        print(f"{path.relative_to(ROOT)}: {len(catalogue.translated_entries())} translated, {left} left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
