"""A request's body: its size, its encoding and its kind, checked before anything is parsed."""

import gzip
import io
import zlib

from django.conf import settings
from django.http import HttpRequest

from pipelines.jsontext import BadJson, RawRow, read_body, read_lines

JSON_TYPES = ("application/json",)
LINES_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


class BadBody(Exception):
    """A body that is refused whole; `status` is the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def rows_of(request: HttpRequest) -> tuple[list[RawRow | BadJson], bool]:
    """Return the rows of a request, and whether it held one run alone. Raises BadBody (400, 413, 415)."""
    kind = (request.content_type or "").lower()
    if kind not in JSON_TYPES + LINES_TYPES:
        raise BadBody(
            415, f"Content-Type must be application/json or application/x-ndjson, not {kind or 'nothing'}."
        )
    try:
        text = _body(request).decode("utf-8-sig")
        rows = list(read_lines(text)) if kind in LINES_TYPES else read_body(text)
    except UnicodeDecodeError as error:
        raise BadBody(400, f"The body is not UTF-8: {error.reason} at byte {error.start}.") from error
    except BadJson as error:
        raise BadBody(400, str(error)) from error
    if isinstance(rows, RawRow):
        return [rows], True
    if len(rows) > settings.MAX_BATCH_ROWS:
        raise BadBody(413, f"{len(rows):,} runs in one request; at most {settings.MAX_BATCH_ROWS:,}.")
    return rows, False


def _body(request: HttpRequest) -> bytes:
    limit = settings.MAX_BODY_BYTES
    sent = _within(request.read(limit + 1), limit=limit)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return sent
    if encoding != "gzip":
        raise BadBody(415, f"Content-Encoding must be gzip or nothing, not {encoding}.")
    return _unzipped(sent, limit=limit)


def _unzipped(sent: bytes, *, limit: int) -> bytes:
    """Unpack the body, and no more than may be: a few bytes can unpack to gigabytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(sent)) as packed:
            unpacked = packed.read(limit + 1)
    except EOFError as error:
        raise BadBody(400, "The gzip body ends in the middle.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadBody(400, f"The body is not gzip: {error}.") from error
    return _within(unpacked, limit=limit)


def _within(body: bytes, *, limit: int) -> bytes:
    if len(body) > limit:
        raise BadBody(413, f"The body is larger than {limit:,} bytes unpacked: send fewer runs at a time.")
    return body
