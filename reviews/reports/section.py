"""A section of the meeting's agenda: a table whose lines have keys that last."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from reviews.reports.table import Cell, Table

# More lines than a meeting goes through: the rest stands on the page of its kind.
MOST = 20


def cut(note: str, *, of: int) -> str:
    """Return the note of a section that has so many lines to show: it says where it shows `MOST` of them alone."""
    if of <= MOST:
        return note
    return f"{note} " + _("The first %(n)d of %(all)d.") % {"n": MOST, "all": of}


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
