"""The guide for receivers is true: its code tells our messages from others, its lists are whole."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews.deliver import accept
from reviews.models import TOLD, Hook, WebhookMessage
from reviews.webhooks import endpoints, sign
from reviews.webhooks.announce import RETRIES
from tests.reviews.making import NOW, held, sent

GUIDE = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", [0, 1])
def test_both_ways_to_check_a_message_tell_ours_from_others(number: int, tmp_path: Path) -> None:
    (tmp_path / "receiver.py").write_text(blocks("python")[number])
    read = runpy.run_path(str(tmp_path / "receiver.py"))["read"]
    old, new = sign.new_secret(), sign.new_secret()
    body = '{"type":"endpoint.test","data":{"pipeline":"grüße"}}'
    now = timezone.now()
    headers = sign.headers(message_id="msg_1", payload=body, keys=[new, old], now=now)
    for secret in (old, new):
        assert read(body.encode(), headers, secret) == json.loads(body)
    assert read(body.encode(), headers, sign.new_secret()) is None
    assert read(body.encode() + b" ", headers, new) is None
    assert read(body.encode(), {**headers, "webhook-id": "msg_2"}, new) is None
    assert read(body.encode(), {**headers, "webhook-timestamp": str(int(now.timestamp()) - 60)}, new) is None
    stale = sign.headers(message_id="msg_1", payload=body, keys=[new], now=NOW)
    assert read(body.encode(), stale, new) is None


def test_every_type_is_listed_and_no_other() -> None:
    assert re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", GUIDE, flags=re.MULTILINE) == Hook.values


def test_every_wait_is_listed() -> None:
    hours = [f"{seconds // 3600}" for seconds in RETRIES[3:]]
    listed = " ".join(GUIDE.split())
    assert f"after 5 seconds, 5 minutes, 30 minutes, {', '.join(hours[:-1])} and {hours[-1]} hours" in listed
    assert RETRIES[:3] == (5, 300, 1800)


@pytest.mark.django_db
def test_the_message_that_is_shown_has_the_fields_of_a_real_one(
    pipeline: Pipeline, reviewer: User, lead: User, sandbox: str
) -> None:
    events = [hook.value for hook in TOLD]
    endpoints.add(pipeline=pipeline, url="https://hooks.example/", events=events, by=lead, now=NOW)
    case = held(pipeline)
    sent(case, reviewer)
    accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW)
    (shown,) = map(json.loads, blocks("json"))
    real: dict[str, Any] = json.loads(WebhookMessage.objects.latest("pk").payload)
    assert real.keys() == shown.keys()
    assert real["data"].keys() == shown["data"].keys()
    for field in ("state", "resolution", "code", "surface", "run_count"):
        assert real["data"][field] == shown["data"][field]
