"""`/runs/N/`: a run's own address. It leads to the case where there is one, and there to its link of the chain."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from pipelines.models import Run
from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.models import CaseRun, Folded, Mark, Suspicion

_WHOLE = Run.objects.select_related("pipeline", "topic", "content", "deletion__pipeline")


@require_GET
@allowed(READ_TEXT)
def run(request: PersonRequest, pk: int) -> HttpResponse:
    """Lead to the run's case, or show the run where it was never held."""
    found = get_object_or_404(_WHOLE, pk=pk)
    if link := CaseRun.objects.filter(run=found).select_related("case", "run__reissue").first():
        return redirect(_place(link))
    context = {
        "run": found,
        "content": getattr(found, "content", None),
        "suspected": Suspicion.objects.filter(run=found, mark=Mark.WAITING).exists(),
    }
    return render(request, "reviews/run.html", context)


def _place(link: CaseRun) -> str:
    """Return where a case's page shows one of its runs; a repeat stands in its list of runs."""
    if link.kind == Folded.REISSUE:
        name = f"reissue-{link.run.reissue.number}"
    else:
        name = "original" if link.kind == Folded.FIRST else "runs"
    return f"{link.case.get_absolute_url()}#{name}"
