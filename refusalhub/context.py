"""What every template knows of the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Say whether model calls go to the sandbox, so that no simulated answer passes for a real one."""
    return {"model_calls_simulated": not settings.ANTHROPIC_API_KEY}
