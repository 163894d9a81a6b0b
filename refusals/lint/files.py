"""Which files to check: what is named, and the Python files below what is a folder."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_NEVER = {"node_modules", "__pycache__"}


def python_files(paths: Iterable[str]) -> Iterator[Path]:
    """Each file once, in order. A named file is taken whatever its name; FileNotFoundError if it is not there.

    Below a folder, hidden folders, virtual environments and `node_modules` are left out.
    """
    seen: set[Path] = set()
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}")
        for file in _below(path) if path.is_dir() else [path]:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = sorted(name for name in folders if _is_source(here / name))
        yield from (here / name for name in sorted(names) if name.endswith(".py"))


def _is_source(folder: Path) -> bool:
    name = folder.name
    return not name.startswith(".") and name not in _NEVER and not (folder / "pyvenv.cfg").exists()
