"""When cases were open, read from the history of those that stand; and since when a decision was waited for.

Histories from before acts said what they changed are read by the kinds of their lines. How a case
stands now is never guessed: its last opening ends as the case says.
"""

import django.db.models.deletion
from django.db import migrations, models

CHUNK = 500
SETTLED = {"uphold": "upheld", "by_hand": "by_hand", "withdraw": "withdrawn"}


def fill(apps, schema_editor):
    Case, Opening = apps.get_model("reviews", "Case"), apps.get_model("reviews", "Opening")
    last = 0
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = cases[-1].pk
        lines = {case.pk: [] for case in cases}
        events = apps.get_model("reviews", "CaseEvent").objects.filter(case__in=lines)
        for event in events.select_related("decision", "undone_by").order_by("pk"):
            lines[event.case_id].append(event)
        Opening.objects.bulk_create([one for case in cases for one in openings(apps, case, lines[case.pk])])


def openings(apps, case, events):
    """Return when a case was open, oldest first, by the lines of its history; what was undone did not happen."""
    Opening = apps.get_model("reviews", "Opening")
    since = next((event.at for event in events if event.kind == "held"), case.first_seen)
    found, merging = [Opening(began="new", since=since)], None
    for event in events:
        opening, undone = found[-1], getattr(event, "undone_by", None)
        if event.kind == "undone" and merging and event.undoes_id == merging.pk:
            found.append(_again(apps, opening, "split", event, merging))
            merging = None
        elif opening.until is None and (resolution := _closes(event)):
            into = event.changes.get("merged_into_id", [None, None])[1]
            if undone and not (into and _returns(apps, into, event.pk, undone.pk)):
                continue
            opening.until, opening.resolution = max(event.at, opening.since), resolution
            opening.merged_into_id, merging = into, event if into else None
        elif opening.until is not None and event.kind == "came_back":
            link = _brought_by(apps, case.pk, event)
            back = Opening(began="came_back", since=event.at, returned_at=event.at, returned_with_id=link)
            found.append(back)
        elif opening.until is not None and _opens(event) and not undone:
            found.append(_again(apps, opening, event.kind, event, merging))
    _as_it_stands(found[-1], case)
    for opening in found:
        opening.case_id, opening.pipeline_id = case.pk, case.pipeline_id
        opening.topic_id, opening.code = case.topic_id, case.code
    return found


def _closes(event):
    """Return the resolution that a line of history closed the case with, or nothing."""
    if "state" in event.changes:
        closed = event.kind != "undone" and event.changes["state"][1] == "closed"
        return event.changes["resolution"][1] if closed else ""
    if event.changes:
        return ""
    if event.kind == "accepted":
        return "delivered"
    if event.kind != "decided":
        return ""
    if event.decision.kind == "reclassify" and event.decision.to_outcome != "declined":
        return "reclassified"
    return SETTLED.get(event.decision.kind, "")


def _opens(event):
    return event.kind in ("reopened", "split") and event.changes.get("state", [""])[0] == "closed"


def _again(apps, before, began, event, merging):
    """Return the opening that a person began. If the case was merged, it had the other's endings meanwhile."""
    returned_at, returned_with = before.returned_at, before.returned_with_id
    if before.merged_into_id:
        before.split_at = event.at
        back = _returns(apps, before.merged_into_id, merging.pk, event.pk)
        if back:
            returned_at, returned_with = back.at, _brought_by(apps, before.merged_into_id, back)
    return apps.get_model("reviews", "Opening")(
        began=began, since=event.at, returned_at=returned_at, returned_with_id=returned_with
    )


def _returns(apps, case, after, before):
    """Return the line that says that a case came back, the last one between two lines."""
    events = apps.get_model("reviews", "CaseEvent").objects.filter(case=case, kind="came_back")
    return events.filter(pk__gt=after, pk__lt=before).order_by("pk").last()


def _brought_by(apps, case, event):
    """Return the link of the run that made a case come back: the first that was declined since it was closed,
    its own or of a case that was merged into it then."""
    events = apps.get_model("reviews", "CaseEvent").objects.filter(pk__lt=event.pk).order_by("pk")
    lines = events.filter(case=case).select_related("decision").reverse()
    closing = next((line.pk for line in lines if _closes(line)), 0)
    group = {case}
    for kind, number in events.filter(case=case, kind__in=("merged", "split")).values_list("kind", "text"):
        if number:  # the other case of this line
            (group.add if kind == "merged" else group.discard)(int(number))
    repeat = events.filter(case__in=group, kind="repeated", pk__gt=closing).first()
    links = apps.get_model("reviews", "CaseRun").objects.order_by("pk")
    if repeat and (link := links.filter(run=repeat.run_id).first()):
        return link.pk
    return links.filter(case=case).last().pk


def _as_it_stands(opening, case):
    closed = case.state == "closed"
    opening.until = max(case.closed_at, opening.since) if closed else None
    opening.resolution, opening.merged_into_id = case.resolution, case.merged_into_id


def tell_endings(apps, schema_editor):
    Run = apps.get_model("pipelines", "Run")
    ending = models.Subquery(Run.objects.filter(pk=models.OuterRef("run")).values("happened_at"))
    apps.get_model("reviews", "CaseRun").objects.update(ended_at=ending)


def forget(apps, schema_editor):
    """What was filled goes with its table, or its column."""


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0013_report_counts'),
        ('pipelines', '0005_reissue_models'),
    ]

    operations = [
        migrations.AddField(
            model_name='caserun',
            name='ended_at',
            field=models.DateTimeField(help_text='When its run ended.', null=True),
        ),
        migrations.RunPython(tell_endings, forget),
        migrations.AlterField(
            model_name='caserun',
            name='ended_at',
            field=models.DateTimeField(help_text='When its run ended.'),
        ),
        # With the index of the column, Django would take every other index on the column alone on PostgreSQL.
        migrations.RemoveConstraint(model_name='caserun', name='case_has_one_first_run'),
        migrations.AlterField(
            model_name='caserun',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='folded', to='reviews.case'),
        ),
        migrations.AddConstraint(
            model_name='caserun',
            constraint=models.UniqueConstraint(
                condition=models.Q(('kind', 'first')), fields=('case',), name='case_has_one_first_run'
            ),
        ),
        migrations.AddIndex(
            model_name='caserun',
            index=models.Index(fields=['case', 'id', 'kind', 'ended_at'], name='case_run_of_case'),
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, verbose_name='reason code')),
                ('began', models.CharField(choices=[('new', 'first decline'), ('came_back', 'came back'), ('reopened', 'held again by hand'), ('split', 'split off again')], max_length=10, verbose_name='began')),
                ('since', models.DateTimeField(verbose_name='open since')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('resolution', models.CharField(blank=True, choices=[('delivered', 'answered and delivered'), ('upheld', 'upheld: the decline was right'), ('by_hand', 'handled by hand'), ('reclassified', 'reclassified: no decline'), ('withdrawn', 'withdrawn'), ('merged', 'merged into another case')], max_length=16, verbose_name='resolution')),
                ('returned_at', models.DateTimeField(blank=True, help_text='The last time that it came back by then.', null=True, verbose_name='came back at')),
                ('split_at', models.DateTimeField(blank=True, null=True, verbose_name='split off')),
            ],
            options={
                'verbose_name': 'opening',
                'verbose_name_plural': 'openings',
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='held_since',
            field=models.DateTimeField(blank=True, help_text='Since when it waited for this decision; empty where that was not kept yet.', null=True, verbose_name='held since'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['at', 'kind'], name='decision_at'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('taken_back_at__isnull', True)), fields=['at'], name='delivery_at'),
        ),
        migrations.AddIndex(
            model_name='reissue',
            index=models.Index(fields=['finished_at', 'state'], name='reissue_finished'),
        ),
        migrations.AddIndex(
            model_name='caseevent',
            index=models.Index(condition=models.Q(('undoes__isnull', False)), fields=['at'], name='case_event_undone'),
        ),
        migrations.AddField(
            model_name='opening',
            name='pipeline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.pipeline'),
        ),
        migrations.AddField(
            model_name='opening',
            name='topic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.topic'),
        ),
        migrations.AddField(
            model_name='opening',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='openings', to='reviews.case'),
        ),
        migrations.AddField(
            model_name='opening',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='reviews.case', verbose_name='merged into'),
        ),
        migrations.AddField(
            model_name='opening',
            name='returned_with',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reviews.caserun'),
        ),
        migrations.AddIndex(
            model_name='opening',
            index=models.Index(fields=['since'], name='opening_since'),
        ),
        migrations.AddIndex(
            model_name='opening',
            index=models.Index(fields=['until'], name='opening_until'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('case',), name='opening_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(('began__in', ['new', 'came_back', 'reopened', 'split'])), name='opening_began_known'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolution', ''), ('until__isnull', True)), models.Q(('resolution__in', ['delivered', 'upheld', 'by_hand', 'reclassified', 'withdrawn', 'merged']), ('until__isnull', False)), _connector='OR'), name='opening_closed_whole'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='opening_in_order'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('returned_at__isnull', True), ('returned_with__isnull', True)), models.Q(('returned_at__isnull', False), ('returned_with__isnull', False)), _connector='OR'), name='opening_returned_whole'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('began', 'came_back'), _negated=True), models.Q(('returned_at', models.F('since')), ('returned_at__isnull', False)), _connector='OR'), name='opening_came_back_with_a_run'),
        ),
        migrations.AddConstraint(
            model_name='opening',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_into__isnull', False), ('resolution', 'merged')), models.Q(models.Q(('resolution', 'merged'), _negated=True), ('merged_into__isnull', True), ('split_at__isnull', True)), _connector='OR'), name='opening_merged_says_where'),
        ),
        migrations.RunPython(fill, forget),
    ]
