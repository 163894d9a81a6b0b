"""Who may do what. Denied by default: a view that does not name whom it is for is open to nobody."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

P = ParamSpec("P")

SEE_NUMBERS = "reviews.see_numbers"
READ_TEXT = "reviews.read_text"
DECIDE = "reviews.decide"
LEAD = "reviews.lead"
# What `signed_in` asks for: an account, whatever its role.
ACCOUNT = "an account"
# The name under which a view keeps what it asks for; decorators that stand outside copy it.
_MARK = "asks_for"


class PersonRequest(HttpRequest):
    """A request of a logged-in person, with what django-htmx adds."""

    user: User
    htmx: HtmxDetails


PersonView = Callable[Concatenate[PersonRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def allowed(permission: str) -> Callable[[PersonView[P]], View[P]]:
    """Let a view be used only by people who hold the permission; everybody else gets a 403."""

    def wrap(view: PersonView[P]) -> View[P]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            require(request.user, permission)
            return view(cast(PersonRequest, request), *args, **kwargs)

        setattr(checked, _MARK, permission)
        return checked

    return wrap


def signed_in(view: PersonView[P]) -> View[P]:
    """Let everybody who is logged in use a view, whatever their role: it shows what is theirs alone."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_active:
            raise PermissionDenied("needs an active account")
        return view(cast(PersonRequest, request), *args, **kwargs)

    setattr(checked, _MARK, ACCOUNT)
    return checked


def asks_for(view: Callable[..., HttpResponseBase]) -> str | None:
    """Return the right that a view asks for, or `ACCOUNT`; None where neither decorator marked it."""
    return getattr(view, _MARK, None)


class DeniedByDefault(LoginRequiredMiddleware):
    """Lead strangers to the login, and answer 403 for a view that does not say whom it is for.

    Django's own middleware does the first alone: it would open a view whose decorator was forgotten to every account.
    Open to all is what carries Django's `login_not_required`. The admin checks each of its addresses itself.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        answer: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is not None or asks_for(view_func) or not getattr(view_func, "login_required", True):
            return answer
        if request.resolver_match and "admin" in request.resolver_match.app_names:
            return None
        raise PermissionDenied(f"the view of {request.path} does not say whom it is for")

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        """Lead to the login. From a form, which may lead nowhere by itself, the way back is the page it stood on."""
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        stood_on = request.headers.get("Referer", "")
        is_ours = of_this_site(stood_on, request)
        page = urlsplit(stood_on)._replace(scheme="", netloc="").geturl() if is_ours else resolve_url("home")
        said = _("You were no longer signed in: nothing was stored. Sign in, and send the form again.")
        messages.warning(request, said)
        return redirect_to_login(page)


def of_this_site(address: str, request: HttpRequest) -> bool:
    """Whether an address that came with a request leads to this site, and is as safe as the request was."""
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


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
