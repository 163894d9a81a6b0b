"""`/dataset/` and `/packet/`: files that leave the house, for whom they are, and the log of those that left."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pipelines.numbers import number_in
from reviews.access import LEAD, READ_TEXT, SEE_NUMBERS, PersonRequest, allowed, require
from reviews.dataset import export
from reviews.download import Answer, as_download
from reviews.forms.outgoing import DatasetForm, PacketForm
from reviews.models import Resolution, TextExport
from reviews.packet import MOST_SAMPLES, OFFERED, Declines, counts_of, packet
from reviews.reports.weeks import WEEK, current_week, week_name

LATELY = 3 * WEEK
# As many lines of the log as a page shows.
LATEST = 20


@require_GET
@allowed(READ_TEXT)
def dataset(request: PersonRequest) -> HttpResponse:
    """Say how many decided cases a filter finds, and offer them as a file."""
    require(request.user, LEAD)
    form = DatasetForm(request.GET)
    n = form.wanted().cases(now=timezone.now()).count() if form.is_valid() else None
    context = {"form": form, "n": n, "log": _log()}
    return render(request, "reviews/dataset.html", context, status=422 if form.errors else 200)


@require_POST
@allowed(READ_TEXT)
def dataset_file(request: PersonRequest) -> HttpResponse:
    """Answer with the data set, line by line as it is read; who took it is logged."""
    require(request.user, LEAD)
    form = DatasetForm(request.POST)
    if not form.is_valid():
        return render(request, "reviews/dataset.html", {"form": form, "n": None, "log": _log()}, status=422)
    now = timezone.now()
    _logged, lines = export(form.wanted(), by=request.user, now=now)
    response = StreamingHttpResponse(
        (line.encode() for line in lines), content_type="application/jsonl; charset=utf-8"
    )
    named = _leaving(response, f"decided-cases-{timezone.localtime(now):%Y-%m-%d}.jsonl")
    return cast(HttpResponse, named)  # a view's type knows only whole answers


@require_GET
@allowed(SEE_NUMBERS)
def packet_page(request: PersonRequest) -> HttpResponse:
    """Say what a packet would count, and offer it; who may, chooses samples."""
    form = PacketForm(request.GET or _lately())
    return _packet_page(request, form, status=200 if form.is_valid() else 422)


@require_POST
@allowed(SEE_NUMBERS)
def packet_file(request: PersonRequest) -> HttpResponse:
    """Answer with the packet; who took it is logged. Samples hold texts, and leave with a lead alone."""
    form = PacketForm(request.POST)
    if not form.is_valid():
        return _packet_page(request, form, status=422)
    chosen = request.POST.getlist("case")
    if chosen and not _may_take_texts(request):
        raise PermissionDenied("needs the rights to read texts and to lead")
    now = timezone.now()
    try:
        samples = [number_in(one) for one in chosen]
        if None in samples:
            raise ValueError("a chosen case is no key")
        whole = packet(form.declines(), samples=list(filter(None, samples)), by=request.user, now=now)
    except ValueError:
        words = _("At most %(n)d cases, of those that are listed.") % {"n": MOST_SAMPLES}
        return _packet_page(request, form, status=422, problem=words)
    response = HttpResponse(whole, content_type="application/zip")
    return _leaving(response, f"declines-{timezone.localtime(now):%Y-%m-%d}.zip")


def _packet_page(request: PersonRequest, form: PacketForm, *, status: int, problem: str = "") -> HttpResponse:
    wanted = form.declines() if form.is_valid() else None
    counts = counts_of(wanted) if wanted else None
    words = dict(Resolution.choices)
    context = {
        "form": form,
        "counts": counts,
        "reviews": [
            (words.get(name, _("not decided yet")), n) for name, n in counts["cases_by_review"].items()
        ]
        if counts
        else [],
        "offered": _offered(wanted) if wanted and _may_take_texts(request) else [],
        "most": MOST_SAMPLES,
        "problem": problem,
        "log": _log() if _may_take_texts(request) else None,
    }
    return render(request, "reviews/packet.html", context, status=status)


def _lately() -> dict[str, str]:
    """Return the weeks that the page begins with: all that were ever declined is seldom what is wanted."""
    last = current_week(now=timezone.now())
    return {"since": week_name(last - LATELY), "until": week_name(last)}


def _offered(wanted: Declines) -> list[object]:
    return list(wanted.cases()[:OFFERED])


def _may_take_texts(request: PersonRequest) -> bool:
    return request.user.has_perms([READ_TEXT, LEAD])


def _log() -> list[TextExport]:
    return list(TextExport.objects.select_related("by")[:LATEST])


def _leaving(response: Answer, name: str) -> Answer:
    response["Cache-Control"] = "no-store"
    return as_download(response, name)
