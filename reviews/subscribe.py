"""Who gets a week's report by e-mail: asking for it, and being rid of it with a signed address and no login."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from reviews.access import READ_TEXT, require
from reviews.models import ReportSubscription, SavedView
from reviews.reports.scope import Scope

# A token of another purpose is worth nothing here.
_SALT = "reviews.report-subscription"


def subscribe(*, person: User, scope: Scope, now: datetime) -> ReportSubscription:
    """Let a person have the report of this scope every Monday, also where they had switched it off."""
    return _kept(person=person, view=None, pipeline=scope.pipeline, topic=scope.topic, now=now)


def subscribe_to_view(*, person: User, view: SavedView, now: datetime) -> ReportSubscription:
    """Let a person have the report of what their own view is about. Raises PermissionDenied for another's."""
    require(person, READ_TEXT)
    if view.by_id != person.pk:
        raise PermissionDenied("only whoever saved a view gets a report of it")
    return _kept(person=person, view=view, pipeline="", topic="", now=now)


def _kept(*, now: datetime, **asked: Any) -> ReportSubscription:
    kept, _made = ReportSubscription.objects.update_or_create(
        **asked, defaults={"weekly": True}, create_defaults={"weekly": True, "created_at": now}
    )
    return kept


def unsubscribe_address(subscription: ReportSubscription) -> str:
    """Return the address by which whoever holds it ends this subscription, and can do nothing else."""
    token = signing.dumps(subscription.pk, salt=_SALT)
    return f"{settings.SITE_URL}{reverse('unsubscribe', args=[token])}"


def subscription_of(token: str) -> ReportSubscription | None:
    """Return the subscription that a token was signed for; None once it is gone.

    Raises django.core.signing.BadSignature for a token that this site did not sign.
    """
    number = signing.loads(token, salt=_SALT)
    return ReportSubscription.objects.filter(pk=number).first()
