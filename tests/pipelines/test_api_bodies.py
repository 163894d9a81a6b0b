"""The body of a request: its kind, its encoding and its size."""

import gzip
import json
import zlib
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from pipelines.models import Run
from tests.pipelines.samples import row

RUNS = "/api/v1/runs"
LINES = "application/x-ndjson"


def send(client: Client, body: bytes, kind: str = "application/json", **headers: str) -> Any:
    return client.generic("POST", RUNS, body, content_type=kind, headers=headers)


def refusal(response: Any) -> tuple[int, str]:
    assert not Run.objects.exists()
    return response.status_code, response.json()["detail"]


def lines(*rows: Any) -> bytes:
    return "\n".join(json.dumps(one) for one in rows).encode()


@pytest.mark.parametrize(
    "kind", [LINES, "application/ndjson", "application/jsonl", f"{LINES}; charset=utf-8"]
)
def test_runs_may_come_one_a_line(api: Client, kind: str) -> None:
    body = lines(row("a"), row("b")) + b"\r\n\r\nnonsense\r\n" + lines(row("c"))
    response = send(api, body, kind)
    assert response.status_code == 200
    assert [answer["status"] for answer in response.json()] == ["stored", "stored", "refused", "stored"]


def test_one_line_is_answered_as_a_batch(api: Client) -> None:
    response = send(api, lines(row("a")), LINES)
    assert (response.status_code, len(response.json())) == (200, 1)


@pytest.mark.parametrize("kind", ["application/json", LINES])
def test_a_body_may_be_gzipped(api: Client, kind: str) -> None:
    response = send(api, gzip.compress(lines(row("a"))), kind, content_encoding="gzip")
    assert response.status_code in (200, 201)
    assert Run.objects.count() == 1


def test_a_gzip_body_may_have_several_members(api: Client) -> None:
    body = gzip.compress(lines(row("a"))) + gzip.compress(b"\n" + lines(row("b")))
    assert len(send(api, body, LINES, content_encoding="gzip").json()) == 2


def test_a_byte_order_mark_is_no_fault(api: Client) -> None:
    assert send(api, b"\xef\xbb\xbf" + lines(row("a"))).status_code == 201


def bomb(size: int) -> bytes:
    """A gzip body of a few kilobytes that unpacks to `size` bytes."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    chunks = [packer.compress(b" " * 2**20) for _ in range(size // 2**20)]
    return b"".join([*chunks, packer.flush()])


def test_a_body_that_unpacks_to_too_much_is_refused(api: Client) -> None:
    status, detail = refusal(send(api, bomb(64 * 2**20), content_encoding="gzip"))
    assert (status, "16,777,216" in detail) == (413, True)


def test_a_gzip_body_of_countless_empty_members_is_answered(api: Client) -> None:
    status, _ = refusal(send(api, gzip.compress(b"") * 100_000, content_encoding="gzip"))
    assert status == 400


def test_the_largest_body_is_taken_and_one_byte_more_is_not(api: Client, settings: Settings) -> None:
    body = lines(row("a"))
    settings.MAX_BODY_BYTES = len(body) - 1
    assert refusal(send(api, body))[0] == 413
    assert refusal(send(api, gzip.compress(body), content_encoding="gzip"))[0] == 413
    settings.MAX_BODY_BYTES = len(body)
    assert send(api, body).status_code == 201


def test_a_body_larger_than_djangos_usual_limit_is_taken(api: Client) -> None:
    assert send(api, lines(row("a", text="word " * 800_000))).status_code == 201


def test_a_thousand_and_one_runs_are_too_many(api: Client) -> None:
    status, detail = refusal(send(api, json.dumps([row(str(n)) for n in range(1001)]).encode()))
    assert (status, detail) == (413, "1,001 runs in one request; at most 1,000.")


@pytest.mark.parametrize(
    "body",
    [gzip.compress(lines(row("a")))[:-6], gzip.compress(lines(row("a")))[:12], b"\x1f\x8b"],
    ids=["no checksum", "half", "mark alone"],
)
def test_a_gzip_body_that_ends_in_the_middle_is_refused(api: Client, body: bytes) -> None:
    status, detail = refusal(send(api, body, content_encoding="gzip"))
    assert (status, detail) == (400, "The gzip body ends in the middle.")


@pytest.mark.parametrize(
    "body",
    [b"{}", gzip.compress(lines(row("a"))) + b"more", b"\x1f\x8b\x08" + b"\xff" * 30],
    ids=["plain", "more after the end", "bytes at random"],
)
def test_a_body_that_is_no_gzip_is_refused(api: Client, body: bytes) -> None:
    status, detail = refusal(send(api, body, content_encoding="gzip"))
    assert (status, detail.startswith("The ")) == (400, True)


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_kind_of_body_is_refused(api: Client, kind: str) -> None:
    status, detail = refusal(send(api, lines(row("a")), kind))
    assert status == 415
    assert "application/json" in detail


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_another_encoding_is_refused(api: Client, encoding: str) -> None:
    status, detail = refusal(send(api, lines(row("a")), content_encoding=encoding))
    assert status == 415
    assert "gzip" in detail


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b" ", "found the end"),
        (b"{", "not JSON"),
        (b'[{"a": 1}, {', "not JSON"),
        (b"5", "expected a JSON object"),
        (b"{} {}", "more text after the end"),
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b'{"a": NaN}', "NaN"),
        (b"[" * 50_000, "nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8"),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_the_reason(api: Client, body: bytes, reason: str) -> None:
    status, detail = refusal(send(api, body))
    assert status == 400
    assert reason in detail


def test_a_row_that_python_cannot_take_does_not_sink_its_neighbours(api: Client) -> None:
    body = b'[%s, {"run_id": "b", "run_id": "c"}, {"n": NaN}, {"n": %s}, %s]' % (
        lines(row("a")), b"9" * 5000, lines(row("e")),
    )  # fmt: skip
    statuses = [answer["status"] for answer in send(api, body).json()]
    assert statuses == ["stored", "refused", "refused", "refused", "stored"]
