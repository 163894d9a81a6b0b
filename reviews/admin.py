"""The history in the admin, to be looked at and not touched; and what leads write for the reviewers' desk."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from refusals import KNOWN_CODES
from reviews.models import (
    Bulk,
    Case,
    CaseEvent,
    CodeGuidance,
    Decision,
    Delivery,
    Mention,
    ReasonTemplate,
    Reissue,
    Suspicion,
    TextExport,
)

if TYPE_CHECKING:  # generic in the stubs alone
    ReasonTemplateAdminBase = admin.ModelAdmin[ReasonTemplate]
    CodeGuidanceAdminBase = admin.ModelAdmin[CodeGuidance]
    CodeGuidanceFormBase = forms.ModelForm[CodeGuidance]
else:
    ReasonTemplateAdminBase = CodeGuidanceAdminBase = admin.ModelAdmin
    CodeGuidanceFormBase = forms.ModelForm


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """A table that only the product's own steps write. People work on cases in the queue."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ReadOnly):
    list_display = ("id", "pipeline", "code", "state", "resolution", "declines", "held_since")
    list_filter = ("state", "resolution", "pipeline")
    list_select_related = ("pipeline",)
    search_fields = ("task_id", "code")


@admin.register(CaseEvent)
class CaseEventAdmin(ReadOnly):
    list_display = ("at", "case", "kind", "by")
    list_filter = ("kind",)
    list_select_related = ("case", "by")


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("at", "case", "kind", "by", "reason")
    list_filter = ("kind",)
    list_select_related = ("case", "by")
    search_fields = ("reason",)


@admin.register(Reissue)
class ReissueAdmin(ReadOnly):
    list_display = ("created_at", "case", "number", "state", "by", "purpose")
    list_filter = ("state",)
    list_select_related = ("case", "by")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("at", "case", "run", "by")
    list_select_related = ("case", "run", "by")


@admin.register(Suspicion)
class SuspicionAdmin(ReadOnly):
    list_display = ("run", "mark", "by", "at")
    list_filter = ("mark",)
    list_select_related = ("run", "by")


@admin.register(Bulk)
class BulkAdmin(ReadOnly):
    list_display = ("at", "act", "chosen", "by", "filter")
    list_filter = ("act",)
    list_select_related = ("by",)


@admin.register(TextExport)
class TextExportAdmin(ReadOnly):
    list_display = ("at", "kind", "by", "n", "filter")
    list_filter = ("kind",)
    list_select_related = ("by",)


@admin.register(Mention)
class MentionAdmin(ReadOnly):
    list_display = ("event", "person", "seen_at")
    list_select_related = ("event", "person")


@admin.register(ReasonTemplate)
class ReasonTemplateAdmin(ReasonTemplateAdminBase):
    list_display = ("title", "kind", "pipeline", "position")
    list_filter = ("kind", "pipeline")
    list_select_related = ("pipeline",)
    actions = None


def _codes() -> list[tuple[str, str]]:
    return [(code, code) for code in sorted(map(str, KNOWN_CODES))]


class CodeGuidanceForm(CodeGuidanceFormBase):
    """Guidance for a code of the code book: one that nobody uses would never be shown."""

    code = forms.ChoiceField(label=CodeGuidance._meta.get_field("code").verbose_name, choices=_codes)


@admin.register(CodeGuidance)
class CodeGuidanceAdmin(CodeGuidanceAdminBase):
    form = CodeGuidanceForm
    list_display = ("code", "sensitive", "text")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: CodeGuidance | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()
