"""Who may do what. Denied by default: every view names its right, and a logged-out person sees the login."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

P = ParamSpec("P")

SEE_NUMBERS = "reviews.see_numbers"
READ_TEXT = "reviews.read_text"
DECIDE = "reviews.decide"
LEAD = "reviews.lead"


class PersonRequest(HttpRequest):
    """A request of a logged-in person, with what django-htmx adds."""

    user: User
    htmx: HtmxDetails


PersonView = Callable[Concatenate[PersonRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def allowed(permission: str) -> Callable[[PersonView[P]], View[P]]:
    """Let a view be used only by people who hold the permission; everybody else gets a 403."""

    def wrap(view: PersonView[P]) -> View[P]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            require(request.user, permission)
            return view(cast(PersonRequest, request), *args, **kwargs)

        return checked

    return wrap


def signed_in(view: PersonView[P]) -> View[P]:
    """Let everybody who is logged in use a view, whatever their role: it shows what is theirs alone."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_active:
            raise PermissionDenied("needs an active account")
        return view(cast(PersonRequest, request), *args, **kwargs)

    return checked


def able(permission: str) -> QuerySet[User]:
    """Return the active people who hold a permission, by name."""
    codename = permission.partition(".")[2]
    holders = (
        Q(groups__permissions__codename=codename)
        | Q(user_permissions__codename=codename)
        | Q(is_superuser=True)
    )
    return User.objects.filter(holders, is_active=True).distinct().order_by("username")


def require(person: AbstractBaseUser | AnonymousUser, permission: str) -> None:
    """Raise PermissionDenied unless the person is active and holds the permission."""
    if not (isinstance(person, User) and person.is_active and person.has_perm(permission)):
        raise PermissionDenied(f"needs the right {permission!r}")
