"""API keys: made once, shown once, kept as a digest."""

import hashlib
import secrets
from datetime import datetime

from pipelines.models import ApiKey, Pipeline
from pipelines.models.pipeline import LABEL_LENGTH

PREFIX_LENGTH = 12


def digest_of(key: str) -> str:
    """Return the hex SHA-256 under which a key is kept."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create_key(*, pipeline: Pipeline, now: datetime, label: str = "") -> str:
    """Make a key for the pipeline and return it. It cannot be read again afterwards.

    Raises ValueError for a label that is too long to be kept.
    """
    if len(label) > LABEL_LENGTH:
        raise ValueError(f"a label has at most {LABEL_LENGTH} characters, this one has {len(label)}")
    key = f"rh_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(
        pipeline=pipeline, label=label, prefix=key[:PREFIX_LENGTH], digest=digest_of(key), created_at=now
    )
    return key


def pipeline_of(key: str) -> Pipeline | None:
    """Return the pipeline that a key belongs to; None for an unknown or revoked key."""
    found = (
        ApiKey.objects.filter(digest=digest_of(key), revoked_at__isnull=True)
        .select_related("pipeline")
        .first()
    )
    return found.pipeline if found else None
