"""The admin: set-up for leads, history to look at, and no way to settle or send anything."""

import re
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from pipelines.keys import digest_of, pipeline_of
from pipelines.models import ApiKey, Pipeline, Topic, TopicRule
from reviews.decide import settle
from reviews.guidance import guidance_for
from reviews.label import assign
from reviews.models import (
    Bulk,
    Case,
    CaseEvent,
    CodeGuidance,
    Decision,
    Delivery,
    Kind,
    Mention,
    ReasonTemplate,
    Reissue,
    Suspicion,
)
from reviews.note import note
from tests.reviews.making import APOLOGY, NOW, answered, held, record, to_send

HISTORY = [Bulk, Case, CaseEvent, Decision, Delivery, Mention, Reissue, Suspicion]


@pytest.fixture
def desk(lead: User, client_as: Callable[[User], Client]) -> Client:
    """A lead at the admin."""
    return client_as(lead)


@pytest.fixture
def root(client_as: Callable[[User], Client], db: None) -> Client:
    """Somebody with every right there is."""
    return client_as(User.objects.create_superuser("root", password="correct horse battery"))


@pytest.fixture
def history(pipeline: Pipeline, reviewer: User) -> None:
    """A row in every table of the history."""
    to_send(held(pipeline, "a"), by=reviewer)
    case = held(pipeline, "b")
    settle(case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="r", text="t", by=reviewer, now=NOW)
    record(pipeline, [answered(APOLOGY)])
    note(case_id=case.pk, text="@reviewer look.", by=reviewer, now=NOW)
    assign(
        case_id=case.pk, to=reviewer, by=reviewer, now=NOW,
        bulk=Bulk.objects.create(act="assign", by=reviewer, at=NOW, chosen=1),
    )  # fmt: skip


def test_a_key_is_shown_once_and_only_its_digest_is_kept(desk: Client, pipeline: Pipeline) -> None:
    added = {"pipeline": pipeline.pk, "label": "nightly"}
    page = desk.post(reverse("admin:pipelines_apikey_add"), added, follow=True).content.decode()
    (key,) = re.findall(r"rh_[\w-]{43}", page)
    stored = ApiKey.objects.get()
    assert (stored.digest, stored.label, stored.prefix) == (digest_of(key), "nightly", key[:12])
    assert pipeline_of(key) == pipeline
    for name, args in (("changelist", []), ("change", [stored.pk])):
        again = desk.get(reverse(f"admin:pipelines_apikey_{name}", args=args)).content.decode()
        assert key not in again and stored.digest not in again


def test_a_keys_label_can_be_changed_and_nothing_else(
    desk: Client, pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    desk.post(reverse("admin:pipelines_apikey_add"), {"pipeline": pipeline.pk, "label": "a"})
    before = ApiKey.objects.get()
    changed = {"label": "b", "pipeline": other_pipeline.pk, "digest": "x", "prefix": "x", "revoked_at": "x"}
    desk.post(reverse("admin:pipelines_apikey_change", args=[before.pk]), changed)
    after = ApiKey.objects.get()
    assert (after.label, after.pipeline, after.digest) == ("b", pipeline, before.digest)
    assert (after.prefix, after.revoked_at) == (before.prefix, None)


def test_a_key_is_revoked_once_and_cannot_be_deleted(desk: Client, root: Client, pipeline: Pipeline) -> None:
    page = desk.post(reverse("admin:pipelines_apikey_add"), {"pipeline": pipeline.pk}, follow=True)
    (key,) = re.findall(r"rh_[\w-]{43}", page.content.decode())
    stored = ApiKey.objects.get()
    action = {"action": "revoke", "_selected_action": [stored.pk]}
    said = desk.post(reverse("admin:pipelines_apikey_changelist"), action, follow=True).content.decode()
    assert "1 key revoked." in said
    assert pipeline_of(key) is None
    revoked_at = ApiKey.objects.get().revoked_at
    said = desk.post(reverse("admin:pipelines_apikey_changelist"), action, follow=True).content.decode()
    assert "0 keys revoked." in said
    assert ApiKey.objects.get().revoked_at == revoked_at
    assert root.post(reverse("admin:pipelines_apikey_delete", args=[stored.pk])).status_code == 403


def test_a_topic_is_made_with_its_rules(desk: Client) -> None:
    inline = {
        "rules-TOTAL_FORMS": 1, "rules-INITIAL_FORMS": 0,
        "rules-0-position": 10, "rules-0-pattern": "harbou?r", "rules-0-pipeline": "",
    }  # fmt: skip
    url = reverse("admin:pipelines_topic_add")
    assert desk.post(url, {"name": "Harbour", "slug": "harbour"} | inline).status_code == 302
    rule = TopicRule.objects.get()
    assert (rule.topic.slug, rule.pattern, rule.position) == ("harbour", "harbou?r", 10)
    bad = desk.post(url, {"name": "Cranes", "slug": "cranes"} | inline | {"rules-0-pattern": "(?=x)"})
    assert "RE2" in bad.content.decode()
    bad = desk.post(url, {"name": "Cranes", "slug": "Big__Cranes-"} | inline)
    assert "would be kept as" in bad.content.decode()
    assert Topic.objects.count() == 1


def test_what_counts_and_addresses_are_kept_under_stays_as_it_is(desk: Client, pipeline: Pipeline) -> None:
    topic = Topic.objects.create(slug="harbour", name="Harbour")
    inline = {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0}
    desk.post(
        reverse("admin:pipelines_topic_change", args=[topic.pk]), {"name": "Port", "slug": "port"} | inline
    )
    topic.refresh_from_db()
    assert (topic.slug, topic.name) == ("harbour", "Port")
    form = {
        "slug": "other", "title": "Guide", "done_conditions": '{"min_chars": 1}', "fallback_counts": "ok",
        "keep_ok_content": "always", "retention_days": 30,
    }  # fmt: skip
    desk.post(reverse("admin:pipelines_pipeline_change", args=[pipeline.pk]), form)
    pipeline.refresh_from_db()
    assert (pipeline.slug, pipeline.title, pipeline.retention_days) == ("museum-guide", "Guide", 30)


def test_a_pipeline_is_made_with_done_conditions_that_can_be_read(desk: Client) -> None:
    form = {
        "slug": "new", "title": "New", "done_conditions": '{"no_such": 1}', "fallback_counts": "ok",
        "keep_ok_content": "always", "retention_days": 30,
    }  # fmt: skip
    url = reverse("admin:pipelines_pipeline_add")
    assert "no_such" in desk.post(url, form).content.decode()
    assert desk.post(url, form | {"done_conditions": "{}"}).status_code == 302
    assert Pipeline.objects.get().slug == "new"


def test_a_lead_writes_reasons_to_start_from(desk: Client, pipeline: Pipeline) -> None:
    url = reverse("admin:reviews_reasontemplate_add")
    form = {"pipeline": pipeline.pk, "kind": "uphold", "title": "Policy 4", "text": "As policy 4 says."}
    assert "required" in desk.post(url, form | {"text": "", "position": 0}).content.decode()
    assert desk.post(url, form | {"position": 0}).status_code == 302
    made = ReasonTemplate.objects.get(title="Policy 4")
    again = reverse("admin:reviews_reasontemplate_change", args=[made.pk])
    desk.post(again, form | {"position": 1, "kind": "turn_down"})
    made.refresh_from_db()
    assert (made.kind, made.position) == ("turn_down", 1)
    desk.post(reverse("admin:reviews_reasontemplate_delete", args=[made.pk]), {"post": "yes"})
    assert not ReasonTemplate.objects.filter(title="Policy 4").exists()


def test_a_lead_writes_guidance_for_codes_that_there_are(desk: Client) -> None:
    url = reverse("admin:reviews_codeguidance_add")
    assert "NO_SUCH" in desk.post(url, {"code": "NO_SUCH", "text": "Ask Ana."}).content.decode()
    assert desk.post(url, {"code": "PII", "text": "Ask Ana.", "sensitive": "on"}).status_code == 302
    assert (guidance_for("PII").text, guidance_for("PII").sensitive) == ("Ask Ana.", True)
    made = CodeGuidance.objects.get()
    change = reverse("admin:reviews_codeguidance_change", args=[made.pk])
    assert desk.post(change, {"text": "Ask Ben.", "code": "CYBER"}).status_code == 302
    assert (guidance_for("PII").text, guidance_for("PII").sensitive) == ("Ask Ben.", False)


@pytest.mark.parametrize("model", HISTORY)
def test_history_can_be_looked_at_and_not_touched(
    history: None, desk: Client, root: Client, model: type[Case]
) -> None:
    name = f"admin:reviews_{model._meta.model_name}"
    row = model._default_manager.first()
    assert row is not None
    for client in (desk, root):
        assert client.get(reverse(f"{name}_changelist")).status_code == 200
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        for action, args in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
            assert client.post(reverse(f"{name}_{action}", args=args), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_nothing_in_the_admin_settles_or_sends(history: None, desk: Client) -> None:
    models = [model for model in admin.site._registry if model._meta.app_label in {"reviews", "pipelines"}]
    actions = {action for model in models for action in (admin.site._registry[model].actions or ())}
    assert actions == {"revoke"}


@pytest.mark.django_db  # the fixture is asked for by its name, so nothing else says that this test needs one
@pytest.mark.parametrize("who", ["viewer", "reviewer", "outsider"])
def test_who_is_no_lead_reaches_no_set_up(
    request: pytest.FixtureRequest, client_as: Callable[[User], Client], who: str
) -> None:
    user: User = request.getfixturevalue(who)
    user.is_staff = True
    user.save()
    client = client_as(user)
    for model in (
        "pipelines_pipeline",
        "pipelines_apikey",
        "pipelines_topic",
        "reviews_decision",
        "reviews_codeguidance",
    ):
        assert client.get(reverse(f"admin:{model}_changelist")).status_code == 403
