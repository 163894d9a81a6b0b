"""The history in the admin, to be looked at: nothing here can be added, changed or deleted by hand."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from reviews.models import Case, CaseEvent, Decision, Delivery, Reissue, Suspicion


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
