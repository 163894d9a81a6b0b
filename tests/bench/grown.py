"""Grow the demo to as many closed cases as years bring: `python -m tests.bench.grown 50000`.

Each is a copy of a case that the demo's people settled, with a decision, and a prompt of its own that is longer than
what precedents compare. They are written as rows: nobody counts, searches or hears of them.
"""

import os
import random
import sys
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:  # a script sets up Django before it touches a model
    from reviews.models import Case

AT_ONCE = 2_000
SENTENCES = 12


def grow(*, to: int, seed: int = 1) -> None:
    """Add closed cases until there are as many cases as that."""
    from django.db import transaction
    from tqdm import tqdm

    from pipelines.models import RunContent
    from reviews.models import Case

    dice = random.Random(seed)
    closed = Case.objects.filter(decisions__event__undone_by=None, merged_into=None).exclude(closed_at=None)
    templates = list(closed.select_related("first_run").prefetch_related("decisions").distinct())
    prompts = [prompt for prompt in RunContent.objects.values_list("prompt", flat=True) if prompt]
    missing = to - Case.objects.count()
    copies = (_copy(dice.choice(templates), dice, prompts, number=number) for number in range(missing))
    with tqdm(total=missing, desc="growing", unit=" cases", leave=False) as bar:
        while part := list(islice(copies, AT_ONCE)):
            with transaction.atomic():
                _write(part)
            bar.update(len(part))


def _copy(template: "Case", dice: random.Random, prompts: list[str], *, number: int) -> dict[str, Any]:
    """Return the rows of one more case, not yet written."""
    from pipelines.models import RunContent
    from reviews.models import CaseEvent, Decision

    run, case, settled = template.first_run, template, template.decisions.all()[0]
    back = timedelta(minutes=10 * number)
    copied_run = _again(run, run_id=f"grown-{uuid4().hex}", happened_at=run.happened_at - back)
    words = " ".join(dice.choices(prompts, k=SENTENCES)).split()
    dice.shuffle(words)
    copied = _again(
        case,
        key=uuid4().hex,
        first_run=copied_run,
        closed_at=(case.closed_at or case.last_seen) - back,
        first_seen=case.first_seen - back,
        last_seen=case.last_seen - back,
    )
    decision: Decision = _again(settled, case=copied)
    return {
        "run": copied_run,
        "content": RunContent(run=copied_run, prompt=" ".join(words)),
        "case": copied,
        "decision": decision,
        "event": CaseEvent(case=copied, kind="decided", at=settled.at, by=settled.by, decision=decision),
    }


def _again(row: Any, **changed: Any) -> Any:
    """Return a row like another, not yet written."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values.pop(row._meta.pk.attname)
    for name in changed:
        values.pop(row._meta.get_field(name).attname)
    return type(row)(**values, **changed)


def _write(part: list[dict[str, Any]]) -> None:
    for name in ("run", "content", "case", "decision", "event"):
        rows = [copied[name] for copied in part]
        type(rows[0]).objects.bulk_create(rows)


def main(to: int) -> None:
    """Grow the database that the environment names."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")
    django.setup()
    from django.db import connection

    grow(to=to)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's


if __name__ == "__main__":
    main(int(sys.argv[1]))
