"""Saved views: a filter of the queue under a name, for oneself or shared with everybody."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from reviews.access import LEAD
from reviews.models import SavedView


class NameTaken(ValueError):
    """The person has another view of that name."""


def shown_to(person: User) -> list[SavedView]:
    """Return the views a person can pick: their own first, then what others share."""
    views = SavedView.objects.filter(Q(by=person) | Q(shared=True)).select_related("by")
    return sorted(views.order_by("name", "pk"), key=lambda view: view.by_id != person.pk)


def save(*, name: str, query: str, shared: bool, by: User) -> SavedView:
    """Keep a filter under a name; one's own view of that name is replaced."""
    view, _made = SavedView.objects.update_or_create(
        by=by, name=name, defaults={"query": query, "shared": shared}
    )
    return view


def rename(*, view_id: int, name: str, by: User) -> None:
    """Give one's own view another name. Raises PermissionDenied or NameTaken."""
    view = SavedView.objects.get(pk=view_id)
    if view.by_id != by.pk:
        raise PermissionDenied("only whoever saved a view renames it")
    view.name = name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError as taken:
        raise NameTaken(_("You have a view named “%(name)s” already.") % {"name": name}) from taken


def delete(*, view_id: int, by: User) -> bool:
    """Delete one's own view, or as a lead a shared one. Raises PermissionDenied.

    The e-mails about it end with it; says whether there were any.
    """
    view = SavedView.objects.get(pk=view_id)
    if view.by_id != by.pk and not (view.shared and by.has_perm(LEAD)):
        raise PermissionDenied("only whoever saved a view deletes it, or a lead if it is shared")
    mailed = view.report_subscriptions.filter(weekly=True).exists()
    view.delete()
    return mailed
