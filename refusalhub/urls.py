"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from refusalhub.api import api
from refusalhub.health import live, ready
from reviews.access import signed_in
from reviews.views import accounts

# Machines show a key, which the API checks itself; a login page would be no answer to them.
api_urls = api.urls
for address in api_urls[0]:
    if address.callback is not None:
        login_not_required(address.callback)

urlpatterns = [
    path("", accounts.home, name="home"),
    path("", include("reviews.urls")),
    path("login/", accounts.Login.as_view(), name="login"),
    path("login/forgotten/", accounts.PasswordReset.as_view(), name="password_reset"),
    path(
        "login/forgotten/<slug:uidb64>/<slug:token>/",
        accounts.PasswordResetConfirm.as_view(),
        name="password_reset_confirm",
    ),
    path("logout/", signed_in(LogoutView.as_view()), name="logout"),
    path("preferences/password/", signed_in(accounts.PasswordChange.as_view()), name="password_change"),
    path("admin/", admin.site.urls),
    path("api/v1/", api_urls),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
]
