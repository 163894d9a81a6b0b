"""The report of a week, worked by hand: `report_week.py` says what happened in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline, Run
from refusals.signals import RULES_VERSION
from reviews.count import declines_share, runs_share
from reviews.forms import QueueFilterForm
from reviews.models import Case
from reviews.queue import Filter
from reviews.reports.marks import weekly_rates
from reviews.reports.pictures import declined_in
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Table
from reviews.reports.week import PARTS, report_of
from tests.reviews.making import NOW, answered, declined, record
from tests.reviews.report_week import BEFORE, DURING, LATER, MONDAY, OLD_RULES, small_week

Tables = Callable[..., dict[str, Table]]


@pytest.fixture
def tables(pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User) -> Tables:
    small_week(pipeline, other_pipeline, by=reviewer)

    def found(*, scope: Scope = EVERYTHING, now: Any = LATER) -> dict[str, Table]:
        return {table.name: table for table in report_of(MONDAY, scope=scope, now=now).tables}

    return found


def values(table: Table, *, last: int | None = None) -> list[tuple[Any, ...]]:
    """Return the values of the rows; of wide ones the first and the `last` some."""
    rows = [tuple(cell.value for cell in row) for row in table.rows]
    return rows if last is None else [(row[0], *row[-last:]) for row in rows]


# Of museum-guide: 4 answers + 1 of a fallback + 1 reclassified = 6 ok; 1 degraded; 2 infrastructure errors;
# declined: 2 of "a", "b" and the one that a person held = 4. Success 6 of 6 + 1 + 2; declined 4 of 6 + 1 + 4.
MUSEUM = (13, 6, 4, 1, 2, Share(6, 9), Share(4, 11))
# Of lesson-plans: 3 ok, 1 declined.
LESSONS = (4, 3, 1, 0, 0, Share(3, 3), Share(1, 4))
# Together: 9 ok, 5 declined, 1 degraded, 2 infrastructure errors.
ALL = (17, 9, 5, 1, 2, Share(9, 12), Share(5, 15))


def test_endings_stand_week_by_week_the_latest_first(tables: Tables) -> None:
    rows = values(tables()["endings"])
    assert rows[0] == ("2026-W10", *ALL)
    # The week before: 3 ok and 1 declined of museum-guide, 1 ok of quiet.
    assert rows[1] == ("2026-W09", 5, 4, 1, 0, 0, Share(4, 4), Share(1, 5))
    assert rows[2] == ("2026-W08", 0, 0, 0, 0, 0, Share(0, 0), Share(0, 0))
    assert len(rows) == 12


def test_pipelines_stand_by_how_much_was_declined(tables: Tables) -> None:
    table = tables()["pipelines"]
    assert values(table) == [("museum-guide", *MUSEUM), ("lesson-plans", *LESSONS)]
    assert table.total is not None
    assert tuple(cell.value for cell in table.total) == ("all", *ALL)


def test_models_are_told_apart_by_who_was_asked_and_who_served(tables: Tables) -> None:
    found = tables()
    # Every run of museum-guide asked claude-opus-5-5, every one of lesson-plans claude-opus-4-8.
    assert values(found["requested-models"]) == [("claude-opus-5-5", *MUSEUM), ("claude-opus-4-8", *LESSONS)]
    # Only a response names who served: the two declines of "a", and the answer of the fallback.
    # None named: 17 - 2 - 1 = 14 runs; 9 - 1 = 8 ok; 5 - 2 = 3 declined; 1 degraded; 2 infrastructure errors.
    assert values(found["serving-models"]) == [
        ("no model named", 14, 8, 3, 1, 2, Share(8, 11), Share(3, 12)),
        ("claude-opus-5-5", 2, 0, 2, 0, 0, Share(0, 0), Share(2, 2)),
        ("claude-opus-4-8", 1, 1, 0, 0, 0, Share(1, 1), Share(0, 1)),
    ]


def test_declines_stand_by_code_and_by_topic_over_twelve_weeks(tables: Tables) -> None:
    found = tables()
    # CYBER: "a" twice, its re-issue, the attempt "c", the hidden one. (the week before, this week, total)
    assert values(found["declines-by-code"], last=3) == [
        ("CYBER", 0, 5, 5),
        ("PII", 1, 1, 2),
        ("MODEL_REFUSAL", 0, 1, 1),
        ("RCE_RISK", 0, 1, 1),
    ]
    # Harbour: "a" twice, its re-issue, "c". No topic: held by a person, hidden, "b"; and "b" the week before.
    assert values(found["declines-by-topic"], last=3) == [
        ("harbour", 0, 4, 4),
        ("no topic", 1, 3, 4),
        ("cells", 0, 1, 1),
    ]
    total = found["declines-by-code"].total
    assert total is not None
    assert [cell.value for cell in total][-3:] == [1, 8, 9]
    assert [column.name for column in found["declines-by-code"].columns][-3:] == [
        "2026-W09", "2026-W10", "total",
    ]  # fmt: skip


def test_topics_meet_codes(tables: Tables) -> None:
    table = tables()["topics-by-codes"]
    assert [column.name for column in table.columns] == [
        "topic", "CYBER", "MODEL_REFUSAL", "PII", "RCE_RISK", "total",
    ]  # fmt: skip
    assert values(table) == [
        ("harbour", 4, 0, 0, 0, 4),
        ("no topic", 1, 1, 1, 0, 3),
        ("cells", 0, 0, 0, 1, 1),
    ]
    assert table.total is not None
    assert [cell.value for cell in table.total] == ["all", 5, 1, 1, 1, 8]
    hidden = table.rows[1][1]
    assert hidden == Cell(1), "no case stands behind a decline that a fallback hid"


def test_surfaces_and_hidden_declines(tables: Tables) -> None:
    found = tables()
    # The model: 5 CYBER and the one that a person held; the guards: PII and RCE_RISK.
    assert values(found["surfaces"]) == [
        ("the model", 6, Share(6, 8), 1),
        ("input/output guardrail", 1, Share(1, 8), 0),
        ("RCE backstop", 1, Share(1, 8), 0),
    ]
    assert values(found["hidden"]) == [("CYBER", "claude-opus-5-5", 1, Share(1, 5))]


def test_what_changed_comes_by_size_and_says_that_two_weeks_are_no_range(tables: Tables) -> None:
    found = tables()
    # (what, this week, last week, change, kind); the same change stands by number, then by name.
    assert [(*row[:4], row[-1]) for row in values(found["changed"])] == [
        ("all runs", 17, 5, 12, "runs"),
        ("ok runs", 9, 4, 5, "runs"),
        ("CYBER", 5, 0, 5, "declines by code"),
        ("declined runs", 5, 1, 4, "runs"),
        ("harbour", 4, 0, 4, "declines by topic"),
        ("no topic", 3, 1, 2, "declines by topic"),
        ("infrastructure errors", 2, 0, 2, "runs"),
        ("MODEL_REFUSAL", 1, 0, 1, "declines by code"),
        ("RCE_RISK", 1, 0, 1, "declines by code"),
        ("cells", 1, 0, 1, "declines by topic"),
        ("degraded runs", 1, 0, 1, "runs"),
        ("PII", 1, 1, 0, "declines by code"),
    ]
    assert {row[-2] for row in values(found["changed"])} == {"too few weeks to say"}
    success, decline = values(found["changed-rates"])
    # 9 of 12 is 75 %, after 4 of 4; 5 of 15 is 33.3 %, after 1 of 5.
    assert success[:4] == ("Success rate", Share(9, 12), Share(4, 4), -25.0)
    assert decline[:3] == ("Decline rate", Share(5, 15), Share(1, 5))
    assert decline[3] == pytest.approx(100 / 3 - 20)


def test_silent_pipelines_are_named_with_when_they_last_spoke(tables: Tables) -> None:
    # Four pipelines: two report, one did the week before, one never did.
    assert values(tables()["silent"]) == [("quiet", "2026-W09", 1), ("never-yet", "never", 0)]
    on_cells = tables(scope=Scope(topic="cells"))["silent"]
    assert values(on_cells) == values(tables()["silent"]), "nothing on one topic is not silence"
    assert values(tables(scope=Scope(pipeline="quiet"))["silent"]) == [("quiet", "2026-W09", 1)]


def test_coverage_says_what_cannot_be_told_apart(tables: Tables) -> None:
    found = tables()
    # Topics: 2 answers and 2 declines on the harbour, 4 runs on cells = 8 of 17. All 17 say whom they asked.
    # Served: 3 of the 17 - 2 that were no infrastructure error. Suspected: the only one was held.
    assert [row[1] for row in values(found["coverage"])] == [
        Share(8, 17), Share(17, 17), Share(3, 15), Share(0, 9),
    ]  # fmt: skip
    assert values(found["rules"]) == [
        (RULES_VERSION, "2026-W10", "2026-W10", 17),
        (OLD_RULES, "2026-W09", "2026-W09", 0),
    ]


def test_a_scope_narrows_every_number(tables: Tables) -> None:
    lessons = tables(scope=Scope(pipeline="lesson-plans"))
    assert values(lessons["endings"])[0] == ("2026-W10", *LESSONS)
    assert values(lessons["declines-by-code"], last=1) == [("RCE_RISK", 1)]
    # Harbour: 2 ok and 2 declined; 4 decline events.
    harbour = tables(scope=Scope(topic="harbour"))
    assert values(harbour["endings"])[0] == ("2026-W10", 4, 2, 2, 0, 0, Share(2, 2), Share(2, 4))
    assert values(harbour["declines-by-topic"], last=1) == [("harbour", 4)]
    nothing = tables(scope=Scope(topic="-"))
    assert values(nothing["declines-by-code"], last=2) == [
        ("PII", 1, 2), ("CYBER", 1, 1), ("MODEL_REFUSAL", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "scope", [EVERYTHING, Scope(pipeline="museum-guide"), Scope(topic="harbour"), Scope(topic="-")]
)
def test_behind_each_number_are_exactly_the_cases_whose_runs_it_counts(scope: Scope, tables: Tables) -> None:
    # What people did and what waited are no numbers of runs: see `test_happened`.
    linked = [
        cell
        for table in tables(scope=scope).values()
        if table.name not in {*PARTS["people"].tables, *PARTS["blocked"].tables}
        for row in [*table.rows, *([table.total] if table.total else [])]
        for cell in row
        if cell.cases
    ]
    assert len(linked) > 10
    for cell in linked:
        assert cell.cases is not None
        number, cases = judged_anew(cell.cases)
        wanted = QueueFilterForm(cell.cases).filter()
        assert wanted == Filter(**cell.cases), "the address says all of it"
        assert cell.value == number, cell.cases
        assert set(wanted.cases(now=LATER)) == cases, cell.cases
        assert cases


@pytest.mark.parametrize("code", ["", "CYBER"])
@pytest.mark.parametrize("scope", [EVERYTHING, Scope(pipeline="museum-guide"), Scope(topic="harbour")])
def test_behind_a_point_of_the_decline_rate_are_exactly_the_cases_that_it_counts(
    scope: Scope, code: str, tables: Tables
) -> None:
    tables()
    counted = {week: share.part for week, share in weekly_rates(MONDAY, scope=scope, code=code) if share.part}
    assert counted
    for week, part in counted.items():
        behind = declined_in(week, scope, code=code)
        number, cases = judged_anew(behind)
        assert part == number
        assert set(Filter(**behind).cases(now=LATER)) == cases


def judged_anew(wanted: Any) -> tuple[int, set[Case]]:
    """Return what a filter's number and cases must be, run by run, as the definition of the counts says."""
    number, cases = 0, set()
    for run in Run.objects.select_related("topic", "pipeline").prefetch_related("declines"):
        if wanted.get("pipeline", run.pipeline.slug) != run.pipeline.slug:
            continue
        shares: Any = runs_share(run) if wanted.get("counted") else declines_share(run, run.declines.all())
        for key, n in shares.items():
            if getattr(key, "outcome", "declined") == "declined" and fits(key, wanted):
                number += n
                if not getattr(key, "hidden", False):
                    cases.add(Case.objects.get(folded__run=run))
    return number, cases


def fits(key: Any, wanted: Any) -> bool:
    columns = {"code": "code", "topic": "topic", "surface": "surface", "model": "model",
               "requested": "requested_model", "served": "serving_model"}  # fmt: skip
    asked = {column: wanted[name] for name, column in columns.items() if name in wanted}
    named = all(getattr(key, column) == ("" if value == "-" else value) for column, value in asked.items())
    return named and key.week.isoformat() == wanted["week"]


def test_a_filter_by_declining_model_follows_the_decline(tables: Tables) -> None:
    tables()
    of_week = {"state": "all", "week": MONDAY.isoformat()}
    for model, prompts in (("claude-opus-4-8", {"e"}), ("-", set())):
        found = Filter(**of_week, model=model).cases(now=LATER)
        assert {case.first_run.content.prompt for case in found} == prompts
    earlier = {"state": "all", "week": BEFORE.isoformat(), "model": "-"}
    assert [case.code for case in Filter(**earlier).cases(now=LATER)] == ["PII"], "nobody named a model"


def test_the_range_is_of_the_eight_weeks_before_and_says_where_the_week_stands(pipeline: Pipeline) -> None:
    # Runs, from nine weeks before: 9, 3, 1, 2, 3, 4, 5, 6, 7; then this week. The 9 is out of the range.
    for back, n in zip(range(9, -1, -1), (9, 3, 1, 2, 3, 4, 5, 6, 7, 8), strict=True):
        record(pipeline, [answered(at=NOW - timedelta(weeks=back)) for _ in range(n)])
    (runs, *_others) = values(tables_at(LATER)["changed"])
    # Of 1, 2, 3, 3, 4, 5, 6, 7 the middle is 3.5.
    assert runs == ("all runs", 8, 7, 1, 1.0, 3.5, 7.0, "above; small numbers", "runs")
    assert values(tables_at(DURING)["changed"])[0][-2] == "above so far; small numbers"
    record(pipeline, [answered() for _ in range(12)])
    assert values(tables_at(LATER)["changed"])[0][-2] == "above"
    record(pipeline, [answered(at=NOW - timedelta(weeks=2)) for _ in range(20)])
    assert values(tables_at(LATER)["changed"])[0][-2] == "inside"


def tables_at(now: Any) -> dict[str, Table]:
    return {table.name: table for table in report_of(MONDAY, now=now).tables}


def test_a_report_of_nothing_has_its_tables_and_no_number(db: None) -> None:
    found = tables_at(LATER)
    assert values(found["declines-by-code"]) == values(found["topics-by-codes"]) == []
    assert values(found["changed"]) == values(found["silent"]) == values(found["rules"]) == []
    assert values(found["endings"])[0] == ("2026-W10", 0, 0, 0, 0, 0, Share(0, 0), Share(0, 0))


def test_a_pipeline_that_began_later_is_not_silent_before(pipeline: Pipeline) -> None:
    record(pipeline, [declined(at=NOW + timedelta(weeks=1))], now=NOW + timedelta(weeks=1))
    assert values(tables_at(LATER)["silent"]) == []
    assert len(values(tables_at(LATER)["declines-by-code"])) == 0
