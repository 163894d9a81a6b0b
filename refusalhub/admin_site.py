"""The admin, behind the site's own login and open to leads by their role."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator

from reviews.access import LEAD


class HubAdminSite(AdminSite):
    """Which models somebody sees there is a matter of their permissions, as ever."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say who may come in: leads, without a flag beside their role that could be forgotten, and staff."""
        return super().has_permission(request) or request.user.has_perm(LEAD)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the one login, where tries are counted; nobody who is logged in already has anything to do there."""
        if request.user.is_authenticated:
            raise PermissionDenied("needs the role of a lead, or staff status")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(  # type: ignore[override]  # the stubs want a page; Django sends what it is given
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one page for it, where tries are counted as well."""
        return redirect("password_change")
