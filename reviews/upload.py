"""An upload that is too large is read to its end and not kept: what a form refuses fills neither memory nor disk."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class Bounded(FileUploadHandler):
    """Stands before Django's own handlers. They are given `HAND_FILE_MAX_BYTES` at most of each file.

    A larger one becomes an empty file of its true size, so that the form says that it is too large.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= settings.HAND_FILE_MAX_BYTES else None

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        if file_size <= settings.HAND_FILE_MAX_BYTES:
            return None
        return InMemoryUploadedFile(
            BytesIO(), self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )
