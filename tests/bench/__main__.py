"""Find the modules with figures, measure them one after the other, print the table."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import tests.bench
from tests.bench.figure import Figure


def measured_modules(names: list[str]) -> list[ModuleType]:
    """Return the modules that have figures: all of them, or those that are named."""
    found = [
        import_module(f"tests.bench.{info.name}")
        for info in iter_modules(tests.bench.__path__)
        if not info.name.startswith("_")
    ]
    with_figures = {
        module.__name__.rpartition(".")[2]: module for module in found if hasattr(module, "figures")
    }
    if unknown := sorted(set(names) - set(with_figures)):
        sys.exit(f"No figures called {', '.join(unknown)}; there are {', '.join(sorted(with_figures))}.")
    return [module for name, module in sorted(with_figures.items()) if not names or name in names]


def table(figures: list[Figure]) -> Iterator[str]:
    """Yield the lines of the table."""
    rows = [("what", "ours", "against", "theirs", "ours / theirs", "median of")]
    rows += [
        (
            figure.what,
            f"{figure.ours:,.1f} {figure.unit}",
            figure.against,
            f"{figure.theirs:,.1f} {figure.unit}",
            f"{figure.ratio:.3g}",
            f"{figure.rounds} rounds",
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def main(names: list[str]) -> None:
    """Measure the named modules, or all of them."""
    figures = [figure for module in measured_modules(names) for figure in module.figures()]
    print()
    print("\n".join(table(figures)))
    if not any("PostgreSQL" in figure.what for figure in figures):
        print(
            "\nMeasured on SQLite. For PostgreSQL, name a server that may create databases in DATABASE_URL."
        )


if __name__ == "__main__":
    main(sys.argv[1:])
