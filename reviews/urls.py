"""The addresses of the pages for people."""

from django.urls import path, re_path

from reviews.views import case, queue, reports, runs, suspected, texts

urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/reissue/", case.case_reissue, name="case-reissue"),
    path("cases/<int:pk>/reclassify/", case.case_reclassify, name="case-reclassify"),
    path("cases/<int:pk>/accept/", case.case_accept, name="case-accept"),
    path("cases/<int:pk>/turn-down/", case.case_turn_down, name="case-turn-down"),
    re_path(r"^cases/(?P<pk>\d+)/(?P<kind>uphold|by_hand|withdraw)/$", case.case_settle, name="case-settle"),
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
