"""Ingest over real HTTP against the least that storing the same rows costs.

Ours: a batch is posted, read, validated, classified, stored, held, counted and committed. Theirs:
the same columns and texts, already in their final form, go straight into two bare tables (no key,
no index, no constraint), by `COPY` on PostgreSQL or `executemany` on SQLite, and are committed.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import psycopg

from refusalhub.demo.runs import demo_runs
from tests.bench.figure import Figure, in_turn
from tests.bench.site import Site, site

BATCH = 500
ROUNDS = 12
WARM_UP = 2
MAKE_BARE_TABLES = (
    "CREATE TABLE bench_run AS SELECT * FROM pipelines_run WHERE false",
    "CREATE TABLE bench_content AS SELECT * FROM pipelines_runcontent WHERE false",
)

Rows = dict[str, list[tuple[Any, ...]]]


class Bare(Protocol):
    """The bare tables of one kind of database."""

    how: str

    def newly_stored(self) -> Rows:
        """Return what the product stored since the last time, by the bare table it belongs to."""

    def insert(self, rows: Rows) -> None:
        """Store the rows and commit."""


def figures() -> Iterator[Figure]:
    """Yield the rows per second of ingest, and of the bare insert."""
    at = site()
    with closing(at.connect()) as http, closing(_connect(at)) as connection:
        bare: Bare = (
            BareCopy(connection) if isinstance(connection, psycopg.Connection) else BareMany(connection)
        )
        headers = {"Authorization": f"Bearer {at.key}", "Content-Type": "application/json"}

        def ours(batch: list[dict[str, Any]]) -> float:
            body = json.dumps(batch).encode()
            begun = perf_counter()
            http.request("POST", "/api/v1/runs", body, headers)
            answer = http.getresponse()
            body = answer.read()
            took = perf_counter() - begun
            if answer.status != 200:
                raise RuntimeError(f"a batch was answered with {answer.status}: {body[:500]!r}")
            return len(batch) / took

        def theirs(batch: list[dict[str, Any]]) -> float:
            rows = bare.newly_stored()
            if len(rows["bench_run"]) != len(batch):
                raise RuntimeError(f"{len(rows['bench_run'])} rows were stored, not {len(batch)}")
            begun = perf_counter()
            bare.insert(rows)
            return len(batch) / (perf_counter() - begun)

        bare.newly_stored()  # the demo's
        batches = _batches()
        in_turn(batches[:WARM_UP], name="warming up", ours=ours, theirs=theirs)
        mine, raw, rounds = in_turn(batches[WARM_UP:], name="ingest", ours=ours, theirs=theirs)
    yield Figure(
        what=f"ingest over HTTP, batches of {BATCH}, {at.database}",
        ours=mine,
        against=bare.how,
        theirs=raw,
        unit="rows/s",
        rounds=rounds,
    )


def _batches() -> list[list[dict[str, Any]]]:
    """Return batches of rows as pipelines post them, every run id once."""
    count = (WARM_UP + ROUNDS) * BATCH
    rows = [run.row for run in demo_runs(until=datetime.now(UTC), count=count, seed=11)]
    return [rows[start : start + BATCH] for start in range(0, count, BATCH)]


def _connect(at: Site) -> "psycopg.Connection[tuple[Any, ...]] | sqlite3.Connection":
    if at.on_postgresql:
        return psycopg.connect(at.database_url)
    connection = sqlite3.connect(Path(at.database_url.removeprefix("sqlite:///")), timeout=20)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


class BareCopy:
    """PostgreSQL, filled by COPY."""

    how = "COPY of the same rows"

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self._connection = connection
        for statement in MAKE_BARE_TABLES:
            connection.execute(statement)
        connection.commit()
        self._last = 0

    def newly_stored(self) -> Rows:
        runs = self._connection.execute("SELECT * FROM pipelines_run WHERE id > %s", [self._last]).fetchall()
        contents = self._connection.execute(
            "SELECT * FROM pipelines_runcontent WHERE run_id > %s", [self._last]
        ).fetchall()
        self._connection.commit()
        self._last = max(run[0] for run in runs)
        return {"bench_run": runs, "bench_content": contents}

    def insert(self, rows: Rows) -> None:
        with self._connection.cursor() as cursor:
            for table, of_table in rows.items():
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for row in of_table:
                        copy.write_row(row)
        self._connection.commit()


class BareMany:
    """SQLite, filled by executemany, in the file and with the settings of the product."""

    how = "executemany of the same rows"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for statement in MAKE_BARE_TABLES:
            connection.execute(statement)
        connection.commit()
        self._last = 0

    def newly_stored(self) -> Rows:
        last = [self._last]
        runs = self._connection.execute("SELECT * FROM pipelines_run WHERE id > ?", last).fetchall()
        contents = self._connection.execute("SELECT * FROM pipelines_runcontent WHERE run_id > ?", last)
        self._last = max(run[0] for run in runs)
        return {"bench_run": runs, "bench_content": contents.fetchall()}

    def insert(self, rows: Rows) -> None:
        for table, of_table in rows.items():
            marks = ", ".join("?" * len(of_table[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", of_table)  # noqa: S608  # our table
        self._connection.commit()
