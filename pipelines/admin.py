"""Set-up for leads: pipelines, their keys, and topics with the rules that find them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pipelines.keys import create_key, digest_of
from pipelines.models import ApiKey, Pipeline, Topic, TopicRule
from pipelines.topics import topic_slug

if TYPE_CHECKING:  # generic in the stubs alone
    PipelineAdminBase = admin.ModelAdmin[Pipeline]
    ApiKeyAdminBase = admin.ModelAdmin[ApiKey]
    TopicAdminBase = admin.ModelAdmin[Topic]
    TopicFormBase = forms.ModelForm[Topic]
    TopicRuleInlineBase = admin.TabularInline[TopicRule, Topic]
else:
    PipelineAdminBase = ApiKeyAdminBase = TopicAdminBase = admin.ModelAdmin
    TopicFormBase, TopicRuleInlineBase = forms.ModelForm, admin.TabularInline


@admin.register(Pipeline)
class PipelineAdmin(PipelineAdminBase):
    list_display = ("slug", "title", "owner", "keep_ok_content", "retention_days", "held_expires_after")
    list_select_related = ("owner",)
    search_fields = ("slug", "title")

    def get_readonly_fields(self, request: HttpRequest, obj: Pipeline | None = None) -> tuple[str, ...]:
        # Addresses that people and pipelines keep are made from it.
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Pipeline | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("title",)}


@admin.register(ApiKey)
class ApiKeyAdmin(ApiKeyAdminBase):
    """A key is made here and shown once; what is stored cannot give it back. It is revoked, never deleted."""

    list_display = ("__str__", "label", "pipeline", "created_at", "revoked_at")
    list_filter = ("pipeline",)
    list_select_related = ("pipeline",)
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return ("pipeline", "label", "prefix", "created_at", "revoked_at") if obj else ("pipeline", "label")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return ("pipeline", "prefix", "created_at", "revoked_at") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: "ModelForm[ApiKey]", change: bool) -> None:
        if change:
            obj.save(update_fields=["label"])
            return
        key = create_key(pipeline=obj.pipeline, label=obj.label, now=timezone.now())
        obj.pk = ApiKey.objects.get(digest=digest_of(key)).pk
        obj.refresh_from_db()
        messages.warning(request, _("The new key, shown this once: %(key)s") % {"key": key})

    @admin.action(description=gettext_lazy("Revoke the selected keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = queryset.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        said = ngettext("%(n)d key revoked.", "%(n)d keys revoked.", revoked) % {"n": revoked}
        messages.success(request, said)


class TopicForm(TopicFormBase):
    """A topic under the slug that a run's topic name leads to."""

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if topic_slug(slug) != slug:
            raise ValidationError(
                _("A run's topic would be kept as “%(slug)s”: use that."), params={"slug": topic_slug(slug)}
            )
        return slug


class TopicRuleInline(TopicRuleInlineBase):
    model = TopicRule
    extra = 1


@admin.register(Topic)
class TopicAdmin(TopicAdminBase):
    form = TopicForm
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    inlines = (TopicRuleInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> tuple[str, ...]:
        # The weekly counts are kept under it.
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Topic | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}
