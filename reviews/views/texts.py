"""`/runs/N/text/<name>/`: one text of a run, as it is; and under it the same as written or laid out.

The exact text is plain text, for copying, saving and reading without script. As written and laid
out, it is a page of its own, and to htmx the part of a page that shows it, or its next portion.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from pipelines.models import RunContent
from pipelines.numbers import number_in
from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.reading import Form, shown
from reviews.texts import PORTION, portion, text_named


@require_GET
@allowed(READ_TEXT)
def text(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    """Answer with the exact text, which no browser takes for anything else."""
    response = HttpResponse(_text(_content(pk), name), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="run-{pk}-{name}.txt"'
    return response


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def text_form(request: PersonRequest, pk: int, name: str, form: str) -> HttpResponse:
    """Show the text as written or laid out; `from` is the character that a further portion begins with."""
    content = _content(pk)
    found = _text(content, name)
    start = _start(request.GET.get("from", ""), length=len(found))
    whole_page = not request.htmx
    part = portion(found, start=start or 0, most=PORTION) if whole_page or start is not None else None
    context = {
        "run": content.run,
        "shown": shown(content, name, form=Form(form), text=found, part=part),
        "wanted": form,
    }
    if whole_page:
        return render(request, "reviews/text.html", context)
    return render(request, f"reviews/_text.html#{'text' if start is None else 'rows'}", context)


def _content(pk: int) -> RunContent:
    return get_object_or_404(RunContent.objects.select_related("run"), pk=pk)


def _text(content: RunContent, name: str) -> str:
    try:
        return text_named(content, name)
    except KeyError as error:
        raise Http404(f"no text is called {name}") from error


def _start(given: str, *, length: int) -> int | None:
    """Return the character to begin with, None where none is named. Raises Http404 for one that is not there."""
    if not given:
        return None
    start = number_in(given)
    if start is None or start >= max(length, 1):
        raise Http404("there is no such place in the text")
    return start
