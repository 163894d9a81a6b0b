"""A person's own file: what is kept of what they sent, and how it is given out."""

import hashlib

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from pipelines.models import Pipeline
from reviews.attach import OwnFile, attachment, keep
from reviews.decide import settle
from reviews.models import DeliveredFile, Delivery, Kind
from tests.reviews.making import NOW, held

CONTENT = b"<script>alert(1)</script>"


def test_by_hand_a_file_is_the_deliverable_as_it_was_sent(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    file = OwnFile(name="pier.html", media_type="text/html", content=CONTENT)
    settle(case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="r", file=file, by=reviewer, now=NOW)
    delivery = Delivery.objects.get()
    assert delivery.file is not None
    assert (delivery.text, delivery.run) == ("", None)
    assert bytes(delivery.file.content or b"") == CONTENT
    assert (delivery.file.name, delivery.file.size) == ("pier.html", len(CONTENT))
    assert delivery.file.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_file_goes_with_handling_by_hand_alone(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    file = OwnFile(name="pier.txt", media_type="text/plain", content=b"The pier.")
    with pytest.raises(ValueError, match="no file"):
        settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", file=file, by=reviewer, now=NOW)
    assert not DeliveredFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("pier.pdf", "pier.pdf"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
        ("\x00\ud800.txt", "\ufffd\ufffd.txt"),
        (" ", "deliverable"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
@pytest.mark.django_db
def test_a_name_is_kept_so_that_any_header_can_hold_it(name: str, kept: str) -> None:
    file = keep(OwnFile(name=name, media_type="text/plain", content=b"The pier."))
    assert file.name == kept
    assert attachment(file)["Content-Disposition"].startswith("attachment; filename")


@pytest.mark.parametrize(
    ("media_type", "kept"),
    [
        ("Image/SVG+xml", "image/svg+xml"),
        ("", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("text", "application/octet-stream"),
        ("a/" + "b" * 300, "application/octet-stream"),
    ],
)
@pytest.mark.django_db
def test_a_media_type_that_is_none_is_kept_as_unknown(media_type: str, kept: str) -> None:
    assert keep(OwnFile(name="a", media_type=media_type, content=b"The pier.")).media_type == kept


@pytest.mark.django_db
def test_no_browser_shows_or_runs_a_delivered_file() -> None:
    sent = attachment(keep(OwnFile(name="pier.html", media_type="text/html", content=CONTENT)))
    assert (sent.content, sent["Content-Type"]) == (CONTENT, "text/html")
    assert sent["Content-Disposition"] == 'attachment; filename="pier.html"'
    assert sent["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, 11])
def test_a_file_that_is_empty_or_too_large_is_not_kept(size: int, settings: Settings) -> None:
    settings.HAND_FILE_MAX_BYTES = 10
    with pytest.raises(ValueError, match=f"{size} bytes"):
        keep(OwnFile(name="a", media_type="text/plain", content=b"x" * size))
    assert not DeliveredFile.objects.exists()
