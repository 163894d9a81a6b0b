"""An answer as a file to save. That no browser guesses another type is the security middleware's doing."""

from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)


def as_download(response: Answer, name: str) -> Answer:
    """Return the answer as a file of this name, which no browser shows as a page."""
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
