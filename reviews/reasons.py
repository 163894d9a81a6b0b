"""Reasons to start from: the templates that a lead has written for a pipeline, or for all."""

from django.db.models import F, Q

from reviews.models import TURN_DOWN, Case, ReasonTemplate, State

# They are picked by the digits 1 to 9.
MOST = 9


def templates_of(case: Case) -> list[ReasonTemplate]:
    """Return the templates for what can be decided on a case now, its pipeline's own first; nine at most."""
    templates = ReasonTemplate.objects.filter(Q(pipeline=case.pipeline_id) | Q(pipeline=None))
    if case.state == State.HELD:
        templates = templates.exclude(kind=TURN_DOWN)
    elif case.state == State.ANSWERED:
        templates = templates.filter(kind=TURN_DOWN)
    else:
        return []
    return list(templates.order_by(F("pipeline").asc(nulls_last=True), "position", "pk")[:MOST])
