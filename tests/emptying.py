"""Emptying the database after a test that committed: on PostgreSQL, only the tables that hold rows.

Django empties them with one TRUNCATE of all. That makes new files for every table and every index, a
second's work where a few rows are to go. DELETE takes milliseconds, but the history's triggers refuse
it; so they are off for the length of this one statement, under the lock that TRUNCATE would take.
"""

from collections.abc import Sequence

from django.core.management.color import Style
from django.db.backends.base.operations import BaseDatabaseOperations

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
