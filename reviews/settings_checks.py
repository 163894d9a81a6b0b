"""What Django checks before it starts: settings that only the vocabulary can judge."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from refusals import KNOWN_CODES

NOWHERE = "No model can be called: neither ANTHROPIC_API_KEY nor SANDBOX_URL is set."


@register()
def alert_codes_are_known(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse codes to alert for that nobody knows: no decline would ever have them."""
    return [
        Error(
            f"ALERT_CODES names {code!r}, which is no reason code.",
            hint="`python -m refusals codes` lists them; `register_code` adds your own.",
            id="reviews.E001",
        )
        for code in settings.ALERT_CODES
        if code not in KNOWN_CODES
    ]


@register()
def digests_have_an_hour(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse an hour that no day has."""
    if 0 <= settings.ALERT_DIGEST_HOUR <= 23:
        return []
    hour = settings.ALERT_DIGEST_HOUR
    return [Error(f"ALERT_DIGEST_HOUR is {hour}: an hour is 0 to 23.", id="reviews.E002")]


@register()
def model_calls_go_somewhere(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse to guess where prompts may go: local mode alone has a sandbox by default."""
    if settings.ANTHROPIC_API_KEY or settings.SANDBOX_URL:
        return []
    hint = "Set the key; or name a sandbox, where simulated answers are what is wanted."
    return [Error(NOWHERE, hint=hint, id="reviews.E003")]
