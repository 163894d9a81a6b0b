"""Logging in and where that leads, one's password, and the way back in by e-mail, with a limit on tries."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.views import (
    LoginView,
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetView,
)
from django.contrib.messages.views import SuccessMessageMixin
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from reviews import tries
from reviews.access import READ_TEXT, SEE_NUMBERS, PersonRequest, signed_in
from reviews.tasks import ring_for_links
from reviews.tries import Counter

if TYPE_CHECKING:  # generic in the stubs alone
    FormPage = FormView[Form]
    Says = SuccessMessageMixin[Any]
else:
    FormPage, Says = FormView, SuccessMessageMixin

# How many mails with a link an address gets in one window of `tries`.
MOST_MAILS = 3


class Limited(FormPage):
    """A form that is refused with 429 once it was sent too often. What succeeds leads on, and is not counted."""

    gives_back = True

    def counters(self) -> list[Counter]:
        """Return what the request is counted by."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now, counters = timezone.now(), self.counters()
        if seconds := tries.take(counters, now=now):
            return self._refused(seconds)
        response = super().post(request, *args, **kwargs)
        if response.status_code == 302 and self.gives_back:
            tries.give_back(counters, now=now)
        return response

    def _refused(self, seconds: int) -> HttpResponse:
        # The form as it is first shown: a bound one would look at the password after all.
        form = self.get_form_class()(**self.get_form_kwargs() | {"data": None, "files": None})
        minutes = -(-seconds // 60)
        said = ngettext(
            "Too many tries. Wait %(minutes)s minute, then try again.",
            "Too many tries. Wait %(minutes)s minutes, then try again.",
            minutes,
        )
        context = self.get_context_data(form=form, refused=said % {"minutes": minutes})
        return self.render_to_response(context, status=429, headers={"Retry-After": str(seconds)})


@require_safe
@signed_in
def home(request: PersonRequest) -> HttpResponse:
    """Lead to what the person works on: the queue, the numbers, or what becomes of their own pipelines."""
    if request.user.has_perm(READ_TEXT):
        return redirect("queue")
    if request.user.has_perm(SEE_NUMBERS):
        return redirect("reports")
    return redirect("patterns" if request.user.pipelines.exists() else "preferences")


class Login(Limited, LoginView):
    """`/login/`, the one way in: the admin's own page leads here."""

    redirect_authenticated_user = True

    def counters(self) -> list[Counter]:
        return tries.of_login(self.request, self._username)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        if response.status_code == 302:
            tries.remember_browser(response, request=request, username=self._username)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(offers_reset=settings.PASSWORD_RESET, **kwargs)

    @property
    def _username(self) -> str:
        return self.request.POST.get("username", "")


class PasswordChange(Says, Limited, PasswordChangeView):
    """`/preferences/password/`: a person's own. Guesses at the old one are counted, for a session may be stolen."""

    success_url = reverse_lazy("preferences")
    success_message = _("Your password is changed. Everywhere else you are logged out.")

    def counters(self) -> list[Counter]:
        return [Counter(f"change:{self.request.user.pk}", settings.LOGIN_TRIES_PER_ACCOUNT)]


class ResetForm(PasswordResetForm):
    """Asks a worker for the mail in place of sending it."""

    def save(self, *args: object, **kwargs: object) -> None:
        ring_for_links(email=self.cleaned_data["email"], language=get_language() or settings.LANGUAGE_CODE)


class ByMail(FormPage):
    """A page that is not there where the site sends no e-mail."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not settings.PASSWORD_RESET:
            raise Http404("this site sends no e-mail")
        super().setup(request, *args, **kwargs)


class PasswordReset(ByMail, Says, Limited, PasswordResetView):
    """`/login/forgotten/`: asks for a link by e-mail. Says the same whether there is such an account or not."""

    form_class = ResetForm
    success_url = reverse_lazy("login")
    success_message = _("If an account has this address, a mail with a link is on its way.")
    gives_back = False

    def counters(self) -> list[Counter]:
        mails = Counter(f"mail:{tries.digest(self.request.POST.get('email', ''))}", MOST_MAILS)
        return [tries.of_address(self.request), mails]


class PasswordResetConfirm(ByMail, Says, PasswordResetConfirmView):
    """Where the link leads: a new password, twice. Whoever comes by it owns the mailbox, so their browser is known."""

    success_url = reverse_lazy("login")
    success_message = _("Your new password is set. Log in with it.")

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        if self.user is not None:
            tries.remember_browser(response, request=self.request, username=self.user.get_username())
        return response
