"""A database of the bench's own: made on the server that DATABASE_URL names, dropped at the end."""

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
def fresh_database(*, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database: on the PostgreSQL of DATABASE_URL, else an SQLite file in `folder`."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres:", "postgresql:")):
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    name = sql.Identifier(database := f"refusalhub_bench_{secrets.token_hex(4)}")
    with psycopg.connect(_server(url), autocommit=True) as server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        except psycopg.errors.InsufficientPrivilege:
            sys.exit(
                "The bench makes a database of its own, and the role in DATABASE_URL may not create one."
            )
        try:
            yield _named(url, database)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _server(url: str) -> str:
    """Return the address of the server's maintenance database: the one that is named need not exist."""
    return _named(url, "postgres")


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}", query=""))
