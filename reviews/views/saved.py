"""Saving the queue's filter as a view, renaming and deleting views. Each leads back to the list it came from."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews import saved
from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.forms import QueueFilterForm, SavedViewForm
from reviews.models import SavedView
from reviews.views.queue import show


@require_POST
@allowed(READ_TEXT)
def view_save(request: PersonRequest) -> HttpResponse:
    """Keep the filter of the address under the name that was given."""
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        return show(request, saving=form, status=422)
    query = QueueFilterForm(request.GET).filter().query
    view = saved.save(**form.cleaned_data, query=query, by=request.user)
    return _back(request, _("Saved as “%(name)s”.") % {"name": view.name})


@require_POST
@allowed(READ_TEXT)
def view_rename(request: PersonRequest, pk: int) -> HttpResponse:
    """Give one's own view another name."""
    view = get_object_or_404(SavedView, pk=pk)
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        return _back(request, " ".join(map(str, form.errors["name"])), failed=True)
    try:
        saved.rename(view_id=pk, name=form.cleaned_data["name"], by=request.user)
    except saved.NameTaken as taken:
        return _back(request, str(taken), failed=True)
    said = _("“%(before)s” is named “%(name)s” now.")
    return _back(request, said % {"before": view.name, "name": form.cleaned_data["name"]})


@require_POST
@allowed(READ_TEXT)
def view_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete one's own view, or as a lead a shared one."""
    view = get_object_or_404(SavedView, pk=pk)
    mailed = saved.delete(view_id=pk, by=request.user)
    said = (
        _("The view “%(name)s” is deleted.")
        if not mailed
        else _("The view “%(name)s” is deleted, and its report no longer comes by e-mail.")
    )
    return _back(request, said % {"name": view.name})


def _back(request: PersonRequest, said: str, *, failed: bool = False) -> HttpResponse:
    """Lead back to the list with a message; to htmx, give the list itself."""
    if request.htmx:
        return show(request, said=said)
    (messages.warning if failed else messages.success)(request, said)
    return redirect(reverse("queue") + QueueFilterForm(request.GET).filter().query)
