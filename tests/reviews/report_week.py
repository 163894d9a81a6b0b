"""One small week with every kind of ending, two pipelines that report and two that do not.

The week is 2026-W10 (Monday 2 March); the one before has a little, and the rules changed in between.

    what                                                 pipeline      topic    final run     decline events
    4 answers, two of them on the harbour                museum-guide  harbour  4 ok
    1 answer that refuses in words, held by a person     museum-guide  -        1 declined    MODEL_REFUSAL
    1 empty answer                                       museum-guide  -        1 degraded
    2 overloaded, and 1 such attempt that was not final  museum-guide  -        2 infra
    2 declines of one prompt, "a"                        museum-guide  harbour  2 declined    CYBER, CYBER
    1 declined attempt that was not final, "c"           museum-guide  harbour  -             CYBER
    1 re-issue of "a", declined again                    museum-guide  harbour  -             CYBER
    1 answer of a fallback, which hid a decline          museum-guide  -        1 ok          CYBER, hidden
    1 refusal of a guard, "b"                            museum-guide  -        1 declined    PII
    1 refusal of a guard, "d", reclassified as ok        museum-guide  -        1 ok
    3 answers                                            lesson-plans  cells    3 ok
    1 refusal of a guard, "e"                            lesson-plans  cells    1 declined    RCE_RISK
"""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User

from pipelines.ingest import judged_row
from pipelines.jsontext import read_row
from pipelines.models import Pipeline, Run
from pipelines.record import record_runs
from refusals import Outcome
from refusals.signals import Decline
from reviews.count import moving
from reviews.decide import reclassify
from reviews.models import Case, Suspicion
from reviews.suspect import hold_suspected
from tests.reviews.making import APOLOGY, HOUR, NOW, answered, declined, ended, guarded, record

MONDAY = date(2026, 3, 2)
BEFORE = MONDAY - timedelta(weeks=1)
# When the week is over, and while it runs.
LATER, DURING = NOW + timedelta(days=8), NOW + 4 * HOUR
FAILED = {"prompt": "p", "error": {"type": "OverloadedError", "http_status": 529}, "model": "claude-opus-5-5"}
OLD_RULES = "2026.1"


def small_week(museum: Pipeline, lessons: Pipeline, *, by: User) -> None:
    """Report and correct all that the table above says, and the week before."""
    week_before(museum)
    model: dict[str, Any] = {"model": "claude-opus-5-5"}
    harbour = model | {"topic": "harbour"}
    record(museum, [answered(**harbour), answered(**harbour), answered(**model), answered(**model)])
    record(museum, [answered(APOLOGY, **model), answered("", **model)])
    record(museum, [FAILED, FAILED, FAILED | {"final": False}])
    record(museum, [declined("a", topic="harbour"), declined("a", topic="harbour")])
    record(museum, [declined("c", topic="harbour", final=False)])
    fallen_back(museum, "CYBER")
    record(museum, [guarded("b", code="PII", **model), guarded("d", code="PII", **model)])
    cells: dict[str, Any] = {"topic": "cells", "model": "claude-opus-4-8"}
    record(lessons, [answered(**cells), answered(**cells), answered(**cells)])
    record(lessons, [guarded("e", code="RCE_RISK", **cells, surface="rce_backstop")])
    hold_suspected(run_id=Suspicion.objects.get().run_id, by=by, now=NOW)
    case = Case.objects.get(first_run__content__prompt="d")
    reclassify(
        case_id=case.pk, version=case.version, outcome=Outcome.OK, code="", reason="r", by=by, now=NOW
    )  # fmt: skip
    ended(Case.objects.get(first_run__content__prompt="a"), by, "refusal")


def week_before(museum: Pipeline) -> None:
    """Report 3 ok and 1 declined of the museum's, 1 ok of a pipeline that is silent afterwards; by older rules."""
    at = NOW - timedelta(weeks=1)
    runs = record(
        museum, [answered(at=at), answered(at=at), answered(at=at), guarded("b", code="PII", at=at)]
    )
    quiet = Pipeline.objects.create(slug="quiet", title="Quiet")
    Pipeline.objects.create(slug="never-yet", title="Never yet")
    runs += record(quiet, [answered(at=at)])
    with moving(run_ids=[run.pk for run in runs]) as locked:
        Run.objects.filter(pk__in=[run.pk for run in locked]).update(rules_version=OLD_RULES)


def fallen_back(pipeline: Pipeline, code: str) -> None:
    """Record an answer of claude-opus-4-8, asked after claude-opus-5-5 had declined."""
    row = judged_row(read_row(json.dumps(answered(model="claude-opus-5-5"))), pipeline=pipeline)
    hops = (Decline("claude-opus-5-5", "claude-opus-4-8", code, None),)
    signal = replace(row.judgement.signal, model="claude-opus-4-8")
    judgement = replace(row.judgement, signal=signal, code="FALLBACK_SERVED", declines=hops)
    record_runs(pipeline=pipeline, rows=[replace(row, judgement=judgement)], now=NOW)
