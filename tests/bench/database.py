"""A database of one's own: made on the server that DATABASE_URL names, dropped at the end."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def fresh_database(*, folder: Path, name: str) -> Iterator[str]:
    """Yield the address of an empty database: on the PostgreSQL of DATABASE_URL, else an SQLite file in `folder`.

    `name` tells whose it is. Ends the process where the role may not create a database.
    """
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres:", "postgresql:")):
        yield f"sqlite:///{folder / f'{name}.sqlite3'}"
        return
    quoted = sql.Identifier(database := f"refusalhub_{name}_{secrets.token_hex(4)}")
    with psycopg.connect(_server(url), autocommit=True) as server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
        except psycopg.errors.InsufficientPrivilege:
            sys.exit(
                f"A database of its own is made for {name}, and the role in DATABASE_URL may not create one."
            )
        try:
            yield _named(url, database)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def _server(url: str) -> str:
    """Return the address of the server's maintenance database: the one that is named need not exist."""
    return _named(url, "postgres")


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}", query=""))
