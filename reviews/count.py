"""The weekly counts: what a run adds to them, kept in the transaction that stores or corrects the run.

One definition (`runs_share`, `declines_share`) says what a run counts as. Ingest adds it; a change
of a run takes the old share away and adds the new one; `recount` sums it over all rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from pipelines.models import DeclineEvent, Origin, Run
from refusals import Outcome
from reviews.models import WeekDeclines, WeekRuns, WeekStamp

CHUNK = 2000


class RunsKey(NamedTuple):
    """A row of `WeekRuns`."""

    week: date
    pipeline_id: int
    topic: str
    outcome: str
    code: str
    surface: str
    requested_model: str
    serving_model: str
    rules_version: str


class DeclinesKey(NamedTuple):
    """A row of `WeekDeclines`."""

    week: date
    pipeline_id: int
    topic: str
    code: str
    surface: str
    model: str
    hidden: bool


class Shares(NamedTuple):
    """What some runs add to the weekly counts."""

    runs: Counter[RunsKey]
    declines: Counter[DeclinesKey]


def runs_share(run: Run) -> Counter[RunsKey]:
    """Return what the run counts as: once, if it is a final attempt of the pipeline's own."""
    if not run.final or run.origin != Origin.PIPELINE:
        return Counter()
    key = RunsKey(
        week=run.week,
        pipeline_id=run.pipeline_id,
        topic=_topic(run),
        outcome=run.effective_outcome,
        code=run.effective_code,
        surface=run.surface,
        requested_model=run.requested_model,
        serving_model=run.serving_model,
        rules_version=run.rules_version,
    )
    return Counter([key])


def declines_share(run: Run, declines: Iterable[DeclineEvent]) -> Counter[DeclinesKey]:
    """Return the declines that the run counts for.

    Every hop counts, on any attempt and in a re-issue too. The decline that ended the run follows
    a person's correction: it counts under the corrected code, or not at all. The hops of a run that
    was not declined in the end are hidden: a fallback answered.
    """
    declined = run.effective_outcome == Outcome.DECLINED.value
    return Counter(
        DeclinesKey(
            week=run.week,
            pipeline_id=run.pipeline_id,
            topic=_topic(run),
            code=(run.corrected_code or decline.code) if decline.terminal else decline.code,
            surface=decline.surface,
            model=decline.model or run.requested_model,
            hidden=not declined,
        )
        for decline in declines
        if declined or not decline.terminal
    )


def _topic(run: Run) -> str:
    return run.topic.slug if run.topic else ""


def shares_of(runs: Iterable[tuple[Run, Iterable[DeclineEvent]]]) -> Shares:
    """Sum what the runs, each with its declines, add."""
    shares = Shares(Counter(), Counter())
    for run, declines in runs:
        shares.runs.update(runs_share(run))
        shares.declines.update(declines_share(run, declines))
    return shares


def count_recorded(*, runs: Sequence[Run]) -> None:
    """Add the runs to the weekly counts. Called last in ingest: these rows are shared by all of it."""
    declines: dict[int, list[DeclineEvent]] = {}
    for decline in DeclineEvent.objects.filter(run__in=runs):
        declines.setdefault(decline.run_id, []).append(decline)
    _add_all(shares_of((run, declines.get(run.pk, [])) for run in runs))


@contextmanager
def moving(*, run_ids: Iterable[int]) -> Iterator[list[Run]]:
    """Lock the runs for a change of them or their declines, and move them in the counts when it is saved.

    The counts are touched once, at the very end: a transaction that corrects many runs takes their
    rows in the same order as every other.
    """
    with transaction.atomic():
        locked = list(Run.objects.select_for_update().filter(pk__in=list(run_ids)).order_by("pk"))
        rows = Run.objects.filter(pk__in=[run.pk for run in locked])
        before = _shares_of_all(rows)
        yield locked
        after = _shares_of_all(rows)
        after.runs.subtract(before.runs)
        after.declines.subtract(before.declines)
        _add_all(after)


def correct(*, run_ids: Iterable[int], outcome: str, code: str) -> None:
    """Store a person's correction beside the machine's judgement, and move the runs in the counts."""
    with moving(run_ids=run_ids) as runs:
        Run.objects.filter(pk__in=[run.pk for run in runs]).update(
            corrected_outcome=outcome, corrected_code=code
        )


def corrections(run_ids: Iterable[int]) -> list[list[Any]]:
    """Return what people corrected on the runs so far: [outcome, code, run ids], for `restore`."""
    by_correction: dict[tuple[str, str], list[int]] = {}
    rows = Run.objects.filter(pk__in=list(run_ids)).order_by("pk")
    for pk, outcome, code in rows.values_list("pk", "corrected_outcome", "corrected_code"):
        by_correction.setdefault((outcome, code), []).append(pk)
    return [[outcome, code, ids] for (outcome, code), ids in by_correction.items()]


def restore(corrected: list[list[Any]]) -> None:
    """Put back what `corrections` returned, and move the runs in the counts."""
    with moving(run_ids=[pk for _, _, ids in corrected for pk in ids]):
        for outcome, code, ids in corrected:
            Run.objects.filter(pk__in=ids).update(corrected_outcome=outcome, corrected_code=code)


def recount() -> Shares:
    """Count all runs and declines anew and return what the weekly counts must be. Changes nothing."""
    return _shares_of_all(Run.objects.order_by("pk"))


def counted() -> Shares:
    """Return the weekly counts as they stand, without the rows that came down to nothing."""
    runs = WeekRuns.objects.filter(runs__gt=0).values_list(*RunsKey._fields, "runs")
    declines = WeekDeclines.objects.filter(declines__gt=0).values_list(*DeclinesKey._fields, "declines")
    return Shares(
        Counter({RunsKey(*key): n for *key, n in runs}),
        Counter({DeclinesKey(*key): n for *key, n in declines}),
    )


def _shares_of_all(runs: models.QuerySet[Run]) -> Shares:
    """Read the runs as they stand now, some at a time, and sum what they add."""
    whole = runs.select_related("topic").prefetch_related("declines").iterator(chunk_size=CHUNK)
    return shares_of((run, run.declines.all()) for run in whole)


def _add_all(shares: Shares) -> None:
    _add(WeekRuns, shares.runs)
    _add(WeekDeclines, shares.declines)
    changed = {key[:2] for counter in shares for key, share in counter.items() if share}
    _stamp(sorted(changed))


def _stamp(changed: Iterable[tuple[date, int]]) -> None:
    """Give each of these weeks of a pipeline a new stamp, in sorted order as the counts before them."""
    WeekStamp.objects.bulk_create(
        [WeekStamp(week=week, pipeline_id=pipeline) for week, pipeline in changed],
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["week", "pipeline"],
        update_fields=["stamp"],
    )


def stamp_all() -> int:
    """Give every counted week a new stamp, where counts were stored past the steps; return how many there are."""
    counted = WeekRuns.objects.values_list("week", "pipeline_id").union(
        WeekDeclines.objects.values_list("week", "pipeline_id")
    )
    _stamp(changed := sorted(counted))
    return len(changed)


def _add(model: type[models.Model], shares: Mapping[Any, int]) -> None:
    """Add to the counts of `model`, key by key in sorted order, so that two transactions never wait in a ring.

    A share below zero takes away from a row that must be there: the check constraint and the row
    count say so if a count was ever wrong. (It cannot be an upsert: the check would refuse the
    negative row before the conflict is seen.)
    """
    *key_columns, counted = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    table = connection.ops.quote_name(model._meta.db_table)
    keys = ", ".join(key_columns)
    marks = ", ".join(["%s"] * (len(key_columns) + 1))
    upsert = (
        f"INSERT INTO {table} ({keys}, {counted}) VALUES ({marks}) "  # noqa: S608  # names of our own model
        f"ON CONFLICT ({keys}) DO UPDATE SET {counted} = {table}.{counted} + excluded.{counted}"
    )
    with connection.cursor() as cursor:
        for key, share in sorted(shares.items()):
            if share > 0:
                cursor.execute(upsert, [*key, share])
            elif share < 0:
                _take_away(model, counted, key, -share)


def _take_away(model: type[models.Model], counted: str, key: Any, share: int) -> None:
    rows = model._default_manager.filter(**key._asdict()).update(**{counted: models.F(counted) - share})
    if rows != 1:
        raise LookupError(f"No weekly count to take {share} away from: {key}")
