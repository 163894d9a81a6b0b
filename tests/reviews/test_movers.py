"""The meeting's top movers, worked by hand, and what each of the agenda's numbers leads to."""

import json

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews import meeting
from reviews.first_outcomes import outcomes
from reviews.forms import QueueFilterForm
from reviews.models import Case, MeetingRecord
from reviews.patterns.evaluate import evaluate
from reviews.queue import Filter
from reviews.reports.agenda import movers_section, sections
from reviews.reports.rates import Share
from reviews.reports.section import Section
from reviews.reports.table import Cell
from tests.reviews.making import HOUR, NOW, answered, declined, guarded, held, record
from tests.reviews.report_week import DURING, LATER, fallen_back, small_week
from tests.reviews.test_meeting import MONDAY, WEEK, rows
from tests.reviews.test_over_refusal import reviewed
from tests.reviews.test_report_week import judged_anew

DECLINES = 2


def test_top_movers_stand_against_the_eight_weeks_before(
    pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    record(pipeline, [answered(at=NOW - 30 * WEEK)])
    record(pipeline, [declined("a", at=NOW - n * WEEK) for n in range(1, 5) for _ in range(2)])
    record(pipeline, [declined("a") for _ in range(6)])
    record(other_pipeline, [guarded("b", at=NOW - WEEK) for _ in range(8)])
    record(other_pipeline, [guarded("b", at=NOW - 9 * WEEK) for _ in range(50)])
    found = movers_section(MONDAY)
    assert rows(found) == [
        ["museum-guide", "CYBER", 6, 1.0, 0, 2, 5.0, "8 weeks before"],
        ["lesson-plans", "PII", 0, 1.0, 0, 8, -1.0, "8 weeks before"],
    ]
    assert found.keys == ["mover/museum-guide/CYBER", "mover/lesson-plans/PII"]
    assert found.table.rows[0][2].cases == {
        "state": "all", "week": "2026-03-02", "pipeline": "museum-guide", "code": "CYBER",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("back", "weeks"), [(1, "1 week before"), (2, "2 weeks before"), (8, "8 weeks before")]
)
def test_a_pipelines_usual_is_of_the_weeks_since_it_began(back: int, weeks: str, pipeline: Pipeline) -> None:
    record(
        pipeline, [answered(at=NOW - back * WEEK), declined("a", at=NOW - WEEK), declined("a"), declined("a")]
    )
    (found,) = rows(movers_section(MONDAY))
    assert found[DECLINES:] == [2, 1 / back, 1 if back == 1 else 0, 1, 2 - 1 / back, weeks]


def test_attempts_that_were_not_final_are_reports_too(pipeline: Pipeline) -> None:
    record(pipeline, [declined("a", at=NOW - 2 * WEEK, final=False), guarded("b")])
    found = {row[1]: row[-1] for row in rows(movers_section(MONDAY))}
    assert found == {"CYBER": "2 weeks before", "PII": "2 weeks before"}


def test_a_new_pipeline_is_called_one_and_comes_last(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    record(pipeline, [answered(at=NOW - WEEK), declined("a")])
    record(other_pipeline, [guarded("b") for _ in range(9)])
    known, new = rows(movers_section(MONDAY))
    assert known == ["museum-guide", "CYBER", 1, 0.0, 0, 0, 1.0, "1 week before"]
    assert new == ["lesson-plans", "PII", 9, None, None, None, None, "new pipeline"]


def test_a_mover_all_of_whose_declines_a_fallback_hid_leads_nowhere(
    pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    for of in (pipeline, other_pipeline):
        record(of, [answered(at=NOW - WEEK)])
        fallen_back(of, "CYBER")
    record(pipeline, [declined("a")])
    linked, nowhere = (row[DECLINES] for row in movers_section(MONDAY).table.rows)
    assert (linked.value, nowhere) == (2, Cell(1))
    assert linked.cases
    assert Filter(**linked.cases).cases(now=NOW).get() == Case.objects.get()


@pytest.fixture
def agenda(pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User) -> None:
    """The small week, patterns that are new in it, and a code over which reviews were divided."""
    small_week(pipeline, other_pipeline, by=reviewer)
    record(pipeline, [guarded("b", code="PII", topic="cells", model=model) for model in ("m", "n", "n")])
    evaluate(now=DURING)
    ways = ["uphold", "uphold", "by_hand", "withdraw", *["answered"] * 3]
    for n, how in enumerate(ways):
        case = held(pipeline, f"Item {n}", at=NOW - 2 * WEEK, topic="harbour")
        reviewed(case, how, reviewer, now=NOW - (9 * WEEK if n == 1 else HOUR))
    old = held(pipeline, "Before", at=NOW - 20 * WEEK)
    reviewed(old, "uphold", reviewer, now=NOW - 12 * WEEK)


def linked(found: list[Section]) -> dict[str, list[Cell]]:
    """The cells that lead to cases, by the names of their tables."""
    return {
        one.table.name: cells
        for one in found
        if (cells := [cell for row in one.table.rows for cell in row if cell.cases])
    }


def test_behind_each_number_of_the_agenda_are_exactly_the_cases_that_it_counts(
    agenda: None, reviewer: User
) -> None:
    found = linked(sections(MONDAY, now=LATER))
    assert {name: len(cells) for name, cells in found.items()} == {
        "movers": 4, "patterns": 6, "disputed": 5,
    }  # fmt: skip
    inside = [one for one in outcomes() if timezone.localtime(one.at).date() >= MONDAY - 11 * WEEK]
    for name, cells in found.items():
        for cell in cells:
            assert cell.cases is not None
            wanted = QueueFilterForm(cell.cases).filter()
            assert wanted == Filter(**cell.cases), "the address says all of it"
            cases = set(wanted.cases(now=LATER))
            if name == "disputed":
                ending = cell.cases.get("ending", "")
                counted = {one.case for one in inside if one.code == "CYBER" and ending in ("", one.ending)}
                number = len(counted)
            else:
                number, counted = judged_anew(cell.cases)
            assert (cell.value.part if isinstance(cell.value, Share) else cell.value) == number, cell.cases
            assert cases == counted != set(), cell.cases


def test_a_pattern_all_of_whose_declines_are_hidden_leads_nowhere(agenda: None) -> None:
    (patterns,) = [one for one in sections(MONDAY, now=LATER) if one.table.name == "patterns"]
    hidden = [row for row in patterns.table.rows if not row[5].cases]
    assert [(row[0].value, row[2].value, row[5].value) for row in hidden] == [("CYBER", None, 1)]


def test_a_closed_meeting_keeps_what_its_numbers_lead_to(agenda: None, reviewer: User) -> None:
    before = linked(sections(MONDAY, now=LATER))
    record_ = meeting.close(week=MONDAY, by=reviewer, now=LATER)
    kept = meeting.kept(MONDAY)
    assert kept
    assert linked(kept.sections) == before
    values = json.loads(record_.values)
    for section in values["sections"]:
        for line in section["lines"]:
            del line["cases"]
    earlier = json.dumps(values)
    MeetingRecord.objects.create(
        week=MONDAY - WEEK, closed_at=LATER, closed_by=reviewer, values=earlier, digest=""
    )
    old = meeting.kept(MONDAY - WEEK)
    assert old
    assert linked(old.sections) == {}
    assert [rows(one) for one in old.sections] == [rows(one) for one in kept.sections]
