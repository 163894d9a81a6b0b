"""A year of a busy site, written straight into PostgreSQL: what the reports are measured on.

    DATABASE_URL=postgresql://… python -m tests.bench.year [--runs 1000000] [--cases 50000] [--seed 1]

The database must be migrated and hold no run. The rows are those that the product's own steps would have written
(every constraint of the database holds them to that), but by COPY: the steps would take hours. The weekly counts are
then counted from the runs; `manage.py check_counts` says whether they are right.
"""

import argparse
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:  # a script sets its environment before it touches a model
    from django.db.models import Model

YEAR = timedelta(weeks=52)
PIPELINES = 24
TOPICS = 18
PEOPLE = 8
REVIEWER = ("reviewer-0", "a year of work")
MODELS = ("claude-opus-5-5", "claude-opus-4-8", "claude-haiku-4-5")
CODES = ("CYBER", "BIO", "MODEL_REFUSAL", "PII", "GUARDRAIL", "RCE_RISK", "INTEGRITY_FAILURE")
WEIGHTS = (40, 12, 20, 12, 10, 4, 2)
# Of the runs that are not declined, and of the cases that are closed.
ENDINGS = (
    ("ok", "", 90.0),
    ("ok", "FALLBACK_SERVED", 1.5),
    ("degraded", "EMPTY_OUTPUT", 4.0),
    ("infra_error", "OVERLOADED", 4.5),
)
RESOLUTIONS = {"upheld": 38, "delivered": 34, "by_hand": 10, "withdrawn": 12, "reclassified": 6}
DECIDED_AS = {"upheld": "uphold", "by_hand": "by_hand", "withdrawn": "withdraw", "reclassified": "reclassify"}


class Rows:
    """Rows of one table, each from the model's defaults and what is given, in the order that COPY wants."""

    def __init__(self, model: "type[Model]") -> None:
        from django.db import connection

        fields = model._meta.concrete_fields
        self.table = model._meta.db_table
        self.columns = [str(one.column) for one in fields]
        self._at = {one.attname: position for position, one in enumerate(fields)}
        self._plain = [
            one.get_db_prep_save(one.get_default(), connection) if one.has_default() or not one.null else None
            for one in fields
        ]
        self.rows: list[list[Any]] = []
        self.ids = count(1)

    def row(self, **values: Any) -> list[Any]:
        made = list(self._plain)
        for name, value in values.items():
            made[self._at[name]] = value
        return made

    def add(self, **values: Any) -> int:
        """Keep a row for later and return its id, given or next."""
        key = values.get("id")
        if key is None and "id" in self._at:
            key = values["id"] = next(self.ids)
        self.rows.append(self.row(**values))
        return int(key or 0)


def copy(rows: Rows, lines: Iterable[Sequence[Any]] | None = None, *, total: int = 0) -> None:
    """Write rows: those that were kept, or `lines` as they come."""
    from django.db import connection
    from psycopg import sql

    with connection.cursor() as cursor:
        columns = sql.SQL(", ").join(sql.Identifier(column) for column in rows.columns)
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(rows.table), columns)
        with cursor.copy(into) as target:
            for line in tqdm(
                rows.rows if lines is None else lines,
                desc=rows.table,
                total=total or len(rows.rows),
                leave=False,
            ):
                target.write_row(line)


@dataclass
class Year:
    """What is made: who works, what about, and the rows of each table."""

    until: datetime
    chance: random.Random
    people: list[int]
    pipelines: list[int]
    topics: list[int]
    tables: "dict[str, Rows]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        from pipelines.models import DeclineEvent, Run, RunContent
        from reviews.models import (
            Case,
            CaseEvent,
            CaseRun,
            CaseText,
            Decision,
            Delivery,
            Opening,
            Reissue,
        )

        for model in (
            Run, RunContent, DeclineEvent, Case, CaseRun, CaseEvent, CaseText, Decision, Reissue, Delivery, Opening,
        ):  # fmt: skip
            self.tables[model.__name__] = Rows(model)

    def model_at(self, pipeline: int, at: datetime) -> str:
        """Return what a pipeline asks: every third changes its model in the middle of the year."""
        changed = pipeline % 3 == 0 and at > self.until - YEAR / 2
        return MODELS[0] if changed or pipeline % 3 == 1 else MODELS[1 + pipeline % 2]

    def run(self, *, at: datetime, pipeline: int, topic: int | None, **more: Any) -> list[Any]:
        """Return the row of a run."""
        from pipelines.models.run import week_of

        runs = self.tables["Run"]
        key = next(runs.ids)
        model = self.model_at(pipeline, at)
        values = {
            "id": key, "pipeline_id": pipeline, "topic_id": topic, "run_id": f"run-{key}", "body_digest": "0" * 64,
            "case_key": f"{key:064x}", "happened_at": at, "recorded_at": at, "week": week_of(at), "duration_ms": 900,
            "requested_model": model, "serving_model": model, "provider": "anthropic", "rules_version": "2026.11",
            "input_tokens": 900, "output_tokens": 300,
        } | more  # fmt: skip
        return runs.row(**values)

    def moment(self) -> datetime:
        """Return a moment of the year, to the second."""
        return self.until - timedelta(seconds=self.chance.randrange(int(YEAR.total_seconds())))


def others(year: Year, *, total: int) -> Iterator[list[Any]]:
    """Yield the runs that were not declined; what a fallback hid goes into the table of declines."""
    chance, declines = year.chance, year.tables["DeclineEvent"]
    endings = chance.choices(ENDINGS, weights=[weight for *_, weight in ENDINGS], k=total)
    for outcome, code, _weight in endings:
        at, pipeline = year.moment(), chance.choice(year.pipelines)
        topic = chance.choice(year.topics) if chance.random() < 0.9 else None
        hidden = code == "FALLBACK_SERVED"
        more = {"serving_model": MODELS[2]} if hidden else {}
        row = year.run(
            at=at,
            pipeline=pipeline,
            topic=topic,
            outcome=outcome,
            code=code,
            retryable=outcome == "infra_error",
            **more,
        )
        if hidden:
            declines.add(
                run_id=row[0], hop=0, terminal=False, code=chance.choices(CODES, WEIGHTS)[0], surface="model",
                model=year.model_at(pipeline, at), to_model=MODELS[2], happened_at=at,
            )  # fmt: skip
        yield row


def a_case(year: Year) -> None:
    """Make a case with its runs, its history and how it ended."""
    chance, tables = year.chance, year.tables
    begun, pipeline = year.moment(), chance.choice(year.pipelines)
    topic = chance.choice(year.topics) if chance.random() < 0.9 else None
    code = chance.choices(CODES, WEIGHTS)[0]
    surface = "model" if code in CODES[:3] else "io_guardrail"
    key = hashlib.sha256(str(next(tables["Case"].ids)).encode()).hexdigest()
    waits = timedelta(hours=min(900, chance.lognormvariate(3.2, 1)))
    closed_at = begun + waits if begun + waits < year.until else None
    times = [begun]
    while chance.random() < 0.25 and times[-1] + timedelta(hours=2) < (closed_at or year.until):
        times.append(times[-1] + timedelta(hours=2) * chance.random())
    resolution = chance.choices(list(RESOLUTIONS), list(RESOLUTIONS.values()))[0] if closed_at else ""
    corrected = (
        {"corrected_outcome": "degraded", "corrected_code": "EMPTY_OUTPUT"}
        if resolution == "reclassified"
        else {}
    )
    runs = []
    for at in times:
        row = year.run(
            at=at, pipeline=pipeline, topic=topic, outcome="declined", code=code, surface=surface, case_key=key,
            task_id="digest", stop_reason="refusal", category=code.lower(), **corrected,
        )  # fmt: skip
        tables["Run"].rows.append(row)
        runs.append(row[0])
        tables["DeclineEvent"].add(
            run_id=row[0],
            hop=0,
            terminal=True,
            code=code,
            surface=surface,
            model=year.model_at(pipeline, at),
            happened_at=at,
        )
        tables["RunContent"].add(
            run_id=row[0], prompt=f"Describe part {row[0]} of the harbour, for the guide.", detail=""
        )
    case = tables["Case"].add(
        pipeline_id=pipeline, key=key, task_id="digest", topic_id=topic, code=code, surface=surface,
        state="closed" if closed_at else "held", resolution=resolution, closed_at=closed_at,
        version=2 if closed_at else 1, first_run_id=runs[0], first_seen=begun, last_seen=times[-1], held_since=begun,
        declines=len(runs), blocked_runs=len(runs), blocked_since=sum(int(at.timestamp()) for at in times),
    )  # fmt: skip
    tables["CaseText"].add(case_id=case, text=f"digest describe part {runs[0]} of the harbour for the guide")
    tables["Opening"].add(
        case_id=case, pipeline_id=pipeline, topic_id=topic, code=code, began="new", since=begun, until=closed_at,
        resolution=resolution,
    )  # fmt: skip
    for number, (run, at) in enumerate(zip(runs, times, strict=True)):
        tables["CaseRun"].add(case_id=case, run_id=run, kind="repeat" if number else "first", ended_at=at)
        tables["CaseEvent"].add(case_id=case, kind="repeated" if number else "held", at=at, run_id=run)
    if closed_at and resolution == "delivered":
        _delivered(year, case=case, at=closed_at, begun=begun, code=code, topic=topic, pipeline=pipeline)
    elif closed_at:
        _decided(year, case=case, kind=DECIDED_AS[resolution], at=closed_at, begun=begun)


def _decided(year: Year, *, case: int, kind: str, at: datetime, begun: datetime, version: int = 1) -> int:
    """Write down a decision; return its id."""
    by = year.chance.choice(year.people)
    more = {"to_outcome": "degraded", "to_code": "EMPTY_OUTPUT"} if kind == "reclassify" else {}
    decision = year.tables["Decision"].add(
        case_id=case,
        kind=kind,
        reason="Seen.",
        by_id=by,
        at=at,
        case_version=version,
        held_since=begun,
        **more,
    )
    changes = _closing("held") if kind != "reissue" else {}
    year.tables["CaseEvent"].add(
        case_id=case, kind="decided", at=at, by_id=by, decision_id=decision, **changes
    )
    return decision


def _closing(was: str) -> dict[str, str]:
    return {"changes": json.dumps({"state": [was, "closed"]})}


def _delivered(
    year: Year, *, case: int, at: datetime, begun: datetime, code: str, topic: int | None, pipeline: int
) -> None:
    """Make one or two re-issues of a case, the last of which was answered and accepted."""
    chance, tables = year.chance, year.tables
    tries = 1 if chance.random() < 0.7 else 2
    for number in range(1, tries + 1):
        last, decided = number == tries, at - timedelta(minutes=10 * (tries - number + 1))
        answered_at = decided + timedelta(minutes=1)
        ending = {"outcome": "ok", "code": ""} if last else {"outcome": "declined", "code": code}
        row = year.run(
            at=decided + timedelta(minutes=1), pipeline=pipeline, topic=topic, origin="reissue", task_id="digest",
            requested_model=MODELS[0], serving_model=MODELS[0], **ending,
        )  # fmt: skip
        tables["Run"].rows.append(row)
        tables["RunContent"].add(run_id=row[0], answer="Built in 1911, with two cranes." if last else "")
        if not last:
            tables["DeclineEvent"].add(
                run_id=row[0],
                hop=0,
                terminal=True,
                code=code,
                surface="model",
                model=MODELS[0],
                happened_at=decided,
            )
        decision = _decided(year, case=case, kind="reissue", at=decided, begun=begun, version=number)
        tables["Reissue"].add(
            case_id=case, number=number, decision_id=decision, purpose="A guide.", background="The museum asked.",
            own_words="a guide the museum asked for it", own_words_digest=hashlib.sha256(bytes([number])).hexdigest(),
            attestation="What I add is true.", attested_in="en", attested_at=decided, nonce=f"year-{case}-{number}",
            by_id=year.people[0], request="{}", original_digest="0" * 64, model=MODELS[0],
            state="answered" if last else "declined", created_at=decided, send_after=decided, sending_since=decided,
            give_up_at=decided + timedelta(minutes=11), finished_at=answered_at, run_id=row[0],
        )  # fmt: skip
        tables["CaseRun"].add(case_id=case, run_id=row[0], kind="reissue", ended_at=answered_at)
        kind = "answered" if last else "declined_again"
        tables["CaseEvent"].add(case_id=case, kind=kind, at=answered_at, run_id=row[0])
        if last:
            tables["Delivery"].add(case_id=case, run_id=row[0], by_id=year.people[0], at=at, send_after=at)
            tables["CaseEvent"].add(
                case_id=case,
                kind="accepted",
                at=at,
                by_id=year.people[0],
                run_id=row[0],
                **_closing("answered"),
            )


def make(*, runs: int, cases: int, until: datetime, seed: int) -> None:
    """Fill the database, then count the weeks and let PostgreSQL look at its tables."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection, transaction

    from reviews import first_outcomes
    from reviews.count import stamp_all
    from reviews.patterns.evaluate import evaluate

    year = Year(until, random.Random(seed), *_names())  # the same year every time
    for _ in tqdm(range(cases), desc="cases", leave=False):
        a_case(year)
    left = runs - len(year.tables["Run"].rows)
    if left < 0:
        sys.exit(
            f"{cases} cases alone have {len(year.tables['Run'].rows)} runs: ask for more runs, or fewer cases."
        )
    with transaction.atomic():
        copy(year.tables["Run"])
        copy(year.tables["Run"], others(year, total=left), total=left)
        for name, rows in year.tables.items():
            if name != "Run":
                copy(rows)
        models = [
            apps.get_model(label) for label in ("pipelines.Run", "pipelines.DeclineEvent", *_reviewed())
        ]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
        counting = import_module("reviews.migrations.0013_report_counts")
        counting.count_runs(apps, None)
        counting.count_declines(apps, None)
        stamp_all()
        first_outcomes.rebuild()
        evaluate(now=until)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _reviewed() -> list[str]:
    names = ("Case", "CaseRun", "CaseEvent", "Decision", "Reissue", "Delivery", "Opening")
    return [f"reviews.{name}" for name in names]


def _names() -> tuple[list[int], list[int], list[int]]:
    """Make the people, the pipelines and the topics; return their ids."""
    from django.contrib.auth.models import Group, User

    from pipelines.models import Pipeline, Run, Topic

    if Run.objects.exists():
        sys.exit("The database holds runs already: a year is written into an empty one.")
    people = []
    for number in range(PEOPLE):
        person = User.objects.create_user(f"reviewer-{number}", password=REVIEWER[1])
        person.groups.add(Group.objects.get(name="reviewer"))
        people.append(person.pk)
    pipelines = [
        Pipeline.objects.create(
            slug=f"pipeline-{n:02d}",
            title=f"Pipeline {n}",
            keep_ok_content="never",
            owner_id=people[n % PEOPLE],
        ).pk
        for n in range(PIPELINES)
    ]
    topics = [Topic.objects.create(slug=f"topic-{n:02d}", name=f"Topic {n}").pk for n in range(TOPICS)]
    return people, pipelines, topics


def main() -> None:
    """Write a year into the database that DATABASE_URL names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")
    import django

    django.setup()
    from django.db import connection

    if connection.vendor != "postgresql":
        sys.exit("A year is written by COPY: name a PostgreSQL in DATABASE_URL.")
    make(runs=asked.runs, cases=asked.cases, until=datetime.now(UTC).replace(microsecond=0), seed=asked.seed)


if __name__ == "__main__":
    main()
