"""`/runs/N/`: a run's own address. It leads to the case where there is one."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from pipelines.models import Run
from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.models import CaseRun, Mark, Suspicion


@require_GET
@allowed(READ_TEXT)
def run(request: PersonRequest, pk: int) -> HttpResponse:
    """Lead to the run's case, or show the run where it was never held."""
    found = get_object_or_404(Run.objects.select_related("pipeline", "topic", "content"), pk=pk)
    if link := CaseRun.objects.filter(run=found).first():
        return redirect("case", pk=link.case_id)
    context = {
        "run": found,
        "content": getattr(found, "content", None),
        "suspected": Suspicion.objects.filter(run=found, mark=Mark.WAITING).exists(),
    }
    return render(request, "reviews/run.html", context)
