"""Reasons to start from: the templates that a lead has written for a pipeline, or for all."""

from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from reviews.models import TURN_DOWN, Case, ReasonTemplate, State

# They are picked by the digits 1 to 9.
MOST = 9

# What the migrations put there, by its title.
SHIPPED = {
    _("The decline was right"): _("The decline was right: this should not be answered, whoever asks."),
    _("Not ours to ask"): _(
        "The decline was right: the pipeline should not have asked this. Its owner is to mend it."
    ),
    _("No longer needed"): _("Nobody needs this answer any more."),
    _("A test"): _("A test or a mistake of the pipeline: there is nothing to answer."),
    _("Misses the question"): _("The answer does not do what was asked."),
    _("Not correct"): _("The answer says something that does not hold."),
}


def templates_of(case: Case) -> list[ReasonTemplate]:
    """Return the templates for what can be decided on a case now, its pipeline's own first; nine at most."""
    templates = ReasonTemplate.objects.filter(Q(pipeline=case.pipeline_id) | Q(pipeline=None))
    if case.state == State.HELD:
        templates = templates.exclude(kind=TURN_DOWN)
    elif case.state == State.ANSWERED:
        templates = templates.filter(kind=TURN_DOWN)
    else:
        return []
    ordered = templates.order_by(F("pipeline").asc(nulls_last=True), "position", "pk")
    return [in_words(one) for one in ordered[:MOST]]


def in_words(template: ReasonTemplate) -> ReasonTemplate:
    """Put a template that the product ships into the reader's language; what a lead wrote stays as it is."""
    if SHIPPED.get(template.title) == template.text:
        template.title, template.text = gettext(template.title), gettext(template.text)
    return template
