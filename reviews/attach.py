"""A person's own file: taken in whole, kept in the database, and given out as a download and nothing else."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

from pipelines.storable import storable
from reviews.download import as_download
from reviews.models import DeliveredFile

_MEDIA_TYPE = re.compile(r"[a-z0-9][\w.+-]{0,40}/[a-z0-9][\w.+-]{0,55}", re.ASCII | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NAME_LENGTH = 255
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A file as somebody gave it: its name and media type are what they say."""

    name: str
    media_type: str
    content: bytes


def taken(upload: "UploadedFile[Any]") -> OwnFile:
    """Return what was uploaded. The form has bounded its size."""
    return OwnFile(name=upload.name or "", media_type=upload.content_type or "", content=upload.read())


def keep(file: OwnFile) -> DeliveredFile:
    """Store a file under a name and a media type that any header can hold.

    Raises ValueError for one that is empty or larger than `HAND_FILE_MAX_BYTES`.
    """
    if not 0 < len(file.content) <= settings.HAND_FILE_MAX_BYTES:
        raise ValueError(f"a file of {len(file.content)} bytes cannot be delivered")
    name = _CONTROL.sub("", storable(file.name)).strip()[-NAME_LENGTH:]
    return DeliveredFile.objects.create(
        name=name or "deliverable",
        media_type=file.media_type.lower() if _MEDIA_TYPE.fullmatch(file.media_type) else UNKNOWN_TYPE,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content,
    )


def attachment(file: DeliveredFile) -> HttpResponse:
    """Answer with the file as a download, which no browser shows, runs or takes for another type."""
    response = HttpResponse(bytes(file.content or b""), content_type=file.media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return as_download(response, file.name)
