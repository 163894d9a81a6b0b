"""The addresses of the pages for people."""

from django.urls import path, re_path

from reviews.views import (
    bulk,
    case,
    claims,
    desk,
    drafts,
    queue,
    reports,
    runs,
    saved,
    suspected,
    texts,
    undo,
)

urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("queue/next/", queue.queue_next, name="queue-next"),
    path("queue/views/", saved.view_save, name="view-save"),
    path("queue/views/<int:pk>/", saved.view_rename, name="view-rename"),
    path("queue/views/<int:pk>/delete/", saved.view_delete, name="view-delete"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("bulk/act/", bulk.bulk_act, name="bulk-act"),
    path("bulk/<int:pk>/", bulk.bulk_result, name="bulk-result"),
    path("bulk/<int:pk>/undo/", bulk.bulk_undo, name="bulk-undo"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/claim/", claims.case_claim, name="case-claim"),
    path("cases/<int:pk>/give-back/", claims.case_give_back, name="case-give-back"),
    path("cases/<int:pk>/take-over/", claims.case_take_over, name="case-take-over"),
    path("cases/<int:pk>/reissue/", case.case_reissue, name="case-reissue"),
    path("cases/<int:pk>/reclassify/", case.case_reclassify, name="case-reclassify"),
    path("cases/<int:pk>/accept/", case.case_accept, name="case-accept"),
    path("cases/<int:pk>/turn-down/", case.case_turn_down, name="case-turn-down"),
    re_path(r"^cases/(?P<pk>\d+)/(?P<kind>uphold|by_hand|withdraw)/$", case.case_settle, name="case-settle"),
    path("cases/<int:pk>/bar/", case.case_bar, name="case-bar"),
    path("cases/<int:pk>/draft/<slug:name>/", drafts.case_draft, name="case-draft"),
    path(
        "cases/<int:pk>/draft/<slug:name>/discard/",
        drafts.case_draft_discard,
        name="case-draft-discard",
    ),
    path("undo/<int:pk>/", undo.undo_event, name="undo"),
    path("preferences/advance/", desk.advance, name="preferences-advance"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/text/<slug:name>/", texts.text, name="text"),
    re_path(
        r"^runs/(?P<pk>\d+)/text/(?P<name>[\w-]+)/(?P<form>written|readable)/$",
        texts.text_form,
        name="text-form",
    ),
    path("suspected/", suspected.suspected, name="suspected"),
    re_path(
        r"^suspected/(?P<pk>\d+)/(?P<mark>held|dismissed)/$",
        suspected.suspected_settle,
        name="suspected-settle",
    ),
    path("reports/", reports.reports, name="reports"),
    path("reports/charts/<slug:name>/", reports.chart, name="chart"),
]
