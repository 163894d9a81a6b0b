"""How a try to deliver a message ended: one of a webhook, or of an alert to a chat or by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings

from reviews.models import Failure
from reviews.webhooks.address import Unreachable, place_of
from reviews.webhooks.post import EXCERPT, post

OVERLOADED = (429, 502, 503, 504)
LONGEST_RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a try ended: with nothing in `failure`, it was delivered. `status` is None where no HTTP was answered."""

    failure: str = ""
    status: int | None = None
    excerpt: str = ""
    retry_after: str = ""

    def asked_for(self, *, now: datetime) -> timedelta:
        """Return how long an overloaded receiver wants to be left alone; nothing where it does not say."""
        text = self.retry_after.strip()
        if self.status not in OVERLOADED or not text:
            return timedelta()
        if text.isdecimal() and text.isascii():
            asked = timedelta(seconds=int(text[:9]))
        else:
            try:
                until = parsedate_to_datetime(text)
            except ValueError:
                return timedelta()
            asked = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
        return min(max(asked, timedelta()), LONGEST_RETRY_AFTER)


def posted(url: str, *, body: bytes, headers: Mapping[str, str]) -> Ending:
    """Post JSON to an address, as far as the site's settings allow it, and return how that ended."""
    headers = {**headers, "Content-Type": "application/json"}
    try:
        place = place_of(url, http=settings.WEBHOOK_ALLOW_HTTP)
        reply = post(place, body=body, headers=headers, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
    except Unreachable as why:
        return Ending(failure=why.failure, excerpt=str(why)[:EXCERPT])
    refused = Failure.REDIRECT if 300 <= reply.status < 400 else Failure.STATUS
    return Ending(
        failure="" if 200 <= reply.status < 300 else refused,
        status=reply.status,
        excerpt=reply.excerpt,
        retry_after=reply.retry_after,
    )
