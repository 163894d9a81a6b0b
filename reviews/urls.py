"""The addresses of the pages for people."""

from django.urls import path, re_path

from reviews.views import case, claims, desk, drafts, queue, reports, runs, suspected, undo

urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/reissue/", case.case_reissue, name="case-reissue"),
    path("cases/<int:pk>/reclassify/", case.case_reclassify, name="case-reclassify"),
    path("cases/<int:pk>/accept/", case.case_accept, name="case-accept"),
    path("cases/<int:pk>/turn-down/", case.case_turn_down, name="case-turn-down"),
    re_path(r"^cases/(?P<pk>\d+)/(?P<kind>uphold|by_hand|withdraw)/$", case.case_settle, name="case-settle"),
    path("cases/<int:pk>/bar/", case.case_bar, name="case-bar"),
    path("cases/<int:pk>/claim/", claims.case_claim, name="case-claim"),
    path("cases/<int:pk>/give-back/", claims.case_give_back, name="case-give-back"),
    path("cases/<int:pk>/take-over/", claims.case_take_over, name="case-take-over"),
    path("cases/<int:pk>/draft/<slug:name>/", drafts.case_draft, name="case-draft"),
    path(
        "cases/<int:pk>/draft/<slug:name>/discard/",
        drafts.case_draft_discard,
        name="case-draft-discard",
    ),
    path("queue/next/", claims.queue_next, name="queue-next"),
    path("undo/<int:pk>/", undo.undo_event, name="undo"),
    path("preferences/advance/", desk.advance, name="preferences-advance"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("suspected/", suspected.suspected, name="suspected"),
    re_path(
        r"^suspected/(?P<pk>\d+)/(?P<mark>held|dismissed)/$",
        suspected.suspected_settle,
        name="suspected-settle",
    ),
    path("reports/", reports.reports, name="reports"),
    path("reports/charts/<slug:name>/", reports.chart, name="chart"),
]
