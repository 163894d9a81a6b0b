"""The shared example bodies, each as text and as data, with and without the provider named."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from refusals.signals import RULES_VERSION, read, read_batch, read_otlp

PAYLOADS = Path(os.environ.get("REFUSALHUB_SHARED", "../shared")) / "payloads"

needs_payloads = pytest.mark.skipif(
    not PAYLOADS.exists(), reason="needs the shared payloads (REFUSALHUB_SHARED)"
)


def expected() -> Any:
    if not PAYLOADS.exists():
        return []
    with (PAYLOADS / "expected.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


@needs_payloads
@pytest.mark.parametrize("is_named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("form", [str, str.encode, json.loads], ids=["text", "bytes", "data"])
@pytest.mark.parametrize("row", expected(), ids=lambda row: row["file"])
def test_an_example_body_is_read_as_expected(row: Any, form: Any, is_named: Any) -> None:
    body = form((PAYLOADS / row["file"]).read_text())
    named = {"provider": row["provider"], "http_status": int(row["http_status"])} if is_named else {}
    signal = read(body, **named)
    assert (signal.outcome, signal.code and str(signal.code)) == (row["outcome"], row["reason_code"] or None)
    assert len(signal.hidden_declines) == int(row["declined_hops"])
    assert (signal.outcome == "declined") == bool(signal.declines[len(signal.hidden_declines) :])
    assert signal.rules == RULES_VERSION
    assert is_named or row["provider"] == "otlp" or signal.raw.provider == row["provider"]


@needs_payloads
def test_a_fallback_names_its_hop_and_the_model_that_served() -> None:
    signal = read((PAYLOADS / "anthropic-fallback-served.json").read_text())
    (hop,) = signal.declines
    assert (hop.from_model, hop.to_model, hop.code, hop.category) == (
        "claude-opus-5-5",
        "claude-opus-4-8",
        "BIO",
        "bio",
    )
    assert signal.model == "claude-opus-4-8"
    assert signal.raw.found_at == "/content/0"


@needs_payloads
def test_a_batch_is_read_line_by_line() -> None:
    text = (PAYLOADS / "anthropic-batch-results.jsonl").read_text()
    found = {custom_id: (str(signal.outcome), signal.code) for custom_id, signal in read_batch(text)}
    assert found == {
        "row-0001": ("ok", None),
        "row-0002": ("declined", "CYBER"),
        "row-0003": ("infra_error", "INVALID_REQUEST"),
        "row-0004": ("infra_error", "CANCELED"),
        "row-0005": ("infra_error", "EXPIRED"),
    }
    assert (
        dict(read_batch(text.encode())).keys() == dict(read_batch(text.splitlines())).keys() == found.keys()
    )


@needs_payloads
def test_every_span_of_a_model_call_is_read() -> None:
    request = json.loads((PAYLOADS / "otlp-genai-ok.json").read_text())
    other = json.loads((PAYLOADS / "otlp-genai-declined.json").read_text())
    request["resourceSpans"] += other["resourceSpans"]
    assert [str(signal.outcome) for signal in read_otlp(request)] == ["ok", "declined"]
    assert str(read(request).outcome) == "declined"
