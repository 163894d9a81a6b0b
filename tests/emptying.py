"""Emptying the database after a test that committed, and bringing back what migrations put there.

On PostgreSQL, Django empties them with one TRUNCATE of all. That makes new files for every table and every index, a
second's work where a few rows are to go. DELETE takes milliseconds, but the history's triggers refuse
it; so they are off for the length of this one statement, under the lock that TRUNCATE would take.

What it brings back, it saves row by row, three hundred times, and only before a test that asks for it. Here it
is a statement a table, and at once: whatever test is next, which with several processes nobody knows, finds it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import pytest
from django.core import serializers
from django.core.management.color import Style
from django.db import connection, models
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.transaction import atomic
from django.test import TransactionTestCase

# Of a test that asks PostgreSQL to refuse a DELETE.
refuses_deleting = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets DELETE pass: tests empty tables so"
)

_MIGRATED: list[str] = []
_EMPTY_ALONE = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # not in the stubs

EMPTY = """
DO $$
DECLARE
    one regclass;
    holds_rows boolean;
    emptied regclass[] := '{{}}';
BEGIN
    LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
    FOREACH one IN ARRAY ARRAY[{names}]::regclass[] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO holds_rows;
        IF holds_rows THEN
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', one);
            EXECUTE format('DELETE FROM %s', one);
            emptied := emptied || one;
        END IF;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    FOREACH one IN ARRAY emptied LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', one);
    END LOOP;
END $$
"""


def sql_flush(
    self: BaseDatabaseOperations,
    style: Style,
    tables: Sequence[str],
    *,
    reset_sequences: bool = False,
    allow_cascade: bool = False,
) -> list[str]:
    """Stand in for PostgreSQL's `sql_flush`: return the one statement that empties these tables."""
    assert tables and not reset_sequences and not allow_cascade, "no test asks Django for these"
    quoted = [self.quote_name(table) for table in tables]
    return [EMPTY.format(tables=", ".join(quoted), names=", ".join(f"'{name}'" for name in quoted))]


def empty(self: TransactionTestCase) -> None:
    """Stand in for Django's `_fixture_teardown`: empty the tables, and bring back what migrations put there."""
    _EMPTY_ALONE(self)
    _bring_back(_rows(_MIGRATED[0]))


def remember() -> None:
    """Remember what migrations put into the database, which was just made.

    Here, for a running event loop, such as Playwright's, is handed a connection that does not know it. And on the
    connection, where Django looks whether it has to fill some tables anew itself.
    """
    if not hasattr(connection, "_test_serialized_contents"):
        connection._test_serialized_contents = connection.creation.serialize_db_to_string()  # type: ignore[attr-defined]
    _MIGRATED[:] = [connection._test_serialized_contents]  # type: ignore[attr-defined]


def nothing(self: BaseDatabaseCreation, data: str) -> None:
    """Stand in for Django's `deserialize_db_from_string`: the rows are there."""


def _bring_back(tables: Mapping[type[models.Model], list[models.Model]]) -> None:
    with atomic(), connection.constraint_checks_disabled():
        for model, rows in tables.items():
            if rows[0].pk is None:
                model._base_manager.bulk_create(rows, ignore_conflicts=True)
            else:
                others = [field.name for field in model._meta.concrete_fields if not field.primary_key]
                model._base_manager.bulk_create(
                    rows, update_conflicts=True, unique_fields=[model._meta.pk.name], update_fields=others
                )
    connection.check_constraints(table_names=[model._meta.db_table for model in tables])


@lru_cache(maxsize=1)
def _rows(data: str) -> dict[type[models.Model], list[models.Model]]:
    """Return the rows of each table, those that link two others among them."""
    found: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for read in serializers.deserialize("json", data):
        row = read.object
        found[type(row)].append(row)
        for name, others in (read.m2m_data or {}).items():
            links = getattr(row, name)
            here, there = f"{links.source_field_name}_id", f"{links.target_field_name}_id"
            found[links.through] += [links.through(**{here: row.pk, there: other}) for other in others]
    return found
