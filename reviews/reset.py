"""A way back in for whoever forgot their password: a link by e-mail, good once and for `PASSWORD_RESET_TIMEOUT`.

A worker looks for the account, so that the page answers alike, and as fast, whether there is one or not.
"""

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from reviews.models import Preferences


def send_links(*, email: str, language: str) -> int:
    """Send a link to each active account with this address; `language` is for people who chose none.

    Returns how many were sent. Raises what the mail server's connection raises.
    """
    people = [one for one in PasswordResetForm().get_users(email) if isinstance(one, User)]
    for person in people:
        with translation.override(Preferences.of(person).language or language):
            _message(person).send()
    return len(people)


def _message(person: User) -> EmailMessage:
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    lines = [
        _("Somebody asked to set a new password for the account %(account)s of RefusalHub.")
        % {"account": person.get_username()},
        _("If that was you, open this link. It works once, within %(hours)s hours:") % {"hours": hours},
        link_of(person),
        _("If it was not you, do nothing: your password stays as it is."),
    ]
    return EmailMessage(_("A new password for RefusalHub"), "\n\n".join(lines) + "\n", to=[person.email])


def link_of(person: User) -> str:
    """Return the address at which a person sets a new password, on the site's own name whoever asked."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    token = default_token_generator.make_token(person)
    return f"{settings.SITE_URL}{reverse('password_reset_confirm', args=[uid, token])}"
