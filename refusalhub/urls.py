"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from refusalhub.api import api
from refusalhub.health import live, ready

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="queue"), name="home"),
    path("", include("reviews.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
]
