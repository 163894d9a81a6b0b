"""An answer with an ETag, which whoever has it already need not get again (RFC 9110).

Nobody but the caller may keep it, and has to ask each time.
"""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response


def tagged(request: HttpRequest, *, tag: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer that is made, or 304 where the caller has it: then nothing is made.

    `tag` changes whenever the answer does.
    """
    etag = f'"{tag}"'
    return _marked(get_conditional_response(request, etag=etag) or make(), etag)


def tagged_answer(request: HttpRequest, answer: HttpResponse, *, tag: str = "") -> HttpResponse:
    """Return an answer that is made already, or 304 where the caller has it; a HEAD gets it without its body.

    Its tag is the digest of its body unless one is given. What is no success is never answered by 304.
    """
    etag = f'"{tag or hashlib.sha256(answer.content).hexdigest()}"'
    response = get_conditional_response(request, etag=etag, response=answer) or answer
    if response.status_code == 304 and "Retry-After" in answer:
        response["Retry-After"] = answer["Retry-After"]
    elif request.method == "HEAD":
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return _marked(response, etag)


def _marked(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response
