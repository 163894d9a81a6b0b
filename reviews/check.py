"""What a pipeline asks of every answer, held against one: a machine judges shape, before a person may accept it."""

from django.utils.translation import gettext as _

from pipelines.judging import lacks
from pipelines.models import Pipeline, Run, RunContent
from refusals import Outcome, ReasonCode

# What `lacks` finds anew; any other flaw is one of how the call ended.
OF_SHAPE = (ReasonCode.EMPTY_OUTPUT, ReasonCode.TOO_SHORT, ReasonCode.DONE_CONDITION_FAILED)


def flaws(*, run: Run, pipeline: Pipeline) -> list[str]:
    """Return why a re-issue's answer cannot be the deliverable, one line each; empty where it can.

    What the pipeline asks now counts, and so does how the run was judged when it came: an answer that was
    cut off stays so.
    """
    content = RunContent.objects.filter(run=run).first()
    if content is None:
        return [_("its text is no longer kept")]
    found = lacks(content.answer, pipeline=pipeline)
    if run.outcome == Outcome.DEGRADED.value and not (found and run.code in OF_SHAPE):
        found.insert(0, f"{run.code}: {content.detail}" if content.detail else run.code)
    return found
