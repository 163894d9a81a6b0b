"""The addresses of the pages for people."""

from django.urls import path, re_path

from reviews.views import asked, case, deeds, mentions, preferences, queue, reports, runs, suspected

urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/reissue/", case.case_reissue, name="case-reissue"),
    path("cases/<int:pk>/reclassify/", case.case_reclassify, name="case-reclassify"),
    path("cases/<int:pk>/accept/", case.case_accept, name="case-accept"),
    path("cases/<int:pk>/turn-down/", case.case_turn_down, name="case-turn-down"),
    re_path(r"^cases/(?P<pk>\d+)/(?P<kind>uphold|by_hand|withdraw)/$", case.case_settle, name="case-settle"),
    path("cases/<int:pk>/assign/", deeds.case_assign, name="case-assign"),
    path("cases/<int:pk>/topic/", deeds.case_topic, name="case-topic"),
    path("cases/<int:pk>/snooze/", deeds.case_snooze, name="case-snooze"),
    path("cases/<int:pk>/wake/", deeds.case_wake, name="case-wake"),
    path("cases/<int:pk>/merge/", deeds.case_merge, name="case-merge"),
    path("cases/<int:pk>/split/", deeds.case_split, name="case-split"),
    path("cases/<int:pk>/ask/", deeds.case_ask, name="case-ask"),
    path("cases/<int:pk>/reply/", deeds.case_reply, name="case-reply"),
    path("cases/<int:pk>/note/", deeds.case_note, name="case-note"),
    path("cases/<int:pk>/reopen/", deeds.case_reopen, name="case-reopen"),
    path("mentions/", mentions.mentions, name="mentions"),
    path("asked/", asked.asked, name="asked"),
    path("asked/<int:pk>/", asked.asked_reply, name="asked-reply"),
    path("preferences/", preferences.preferences, name="preferences"),
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
