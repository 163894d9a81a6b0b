"""A section of the meeting's agenda: a table whose lines have keys that last."""

from dataclasses import dataclass

from reviews.reports.table import Cell, Table


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the agenda, and the key of each of its lines; empty where nobody can take one on."""

    table: Table
    keys: list[str]

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.table.rows):
            raise ValueError(
                f"section {self.table.name}: {len(self.keys)} keys for {len(self.table.rows)} lines"
            )

    @property
    def lines(self) -> list[tuple[str, tuple[Cell, ...]]]:
        """Each line with its key."""
        return list(zip(self.keys, self.table.rows, strict=True))
