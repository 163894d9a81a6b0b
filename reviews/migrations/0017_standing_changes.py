"""What the over-refusal report, changes at the source and the meeting are kept in. First outcomes are worked out anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Prefetch

# As 0002 does, and for its reasons.
APPEND_ONLY = ("reviews_standingchangeevent", "reviews_meetingrecord")
DECIDED_AS = {"uphold": "upheld", "by_hand": "by_hand", "reclassify": "reclassified", "withdraw": "withdrawn"}


def forbid(apps, schema_editor):
    for table in APPEND_ONLY:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
            )


def allow(apps, schema_editor):
    for table in APPEND_ONLY:
        on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER {table}_append_only{on}")


def _ending(case, event):
    if event.decision:
        return DECIDED_AS[event.decision.kind]
    reissue = event.run.reissue
    if case.first_run.requested_model not in ("", reissue.model):
        return "other_model"
    return "edited" if reissue.way == "edit" else "answered"


def work_out(apps, schema_editor):
    Case, FirstOutcome = apps.get_model("reviews", "Case"), apps.get_model("reviews", "FirstOutcome")
    closings = apps.get_model("reviews", "CaseEvent").objects.filter(kind__in=["decided", "accepted"], undone_by=None)
    closings = closings.order_by("at", "pk").select_related("decision", "run__reissue").defer(
        "run__reissue__request", "run__reissue__own_words"
    )
    cases = Case.objects.filter(merged_into=None).select_related("topic", "first_run").order_by("pk")
    cases = cases.prefetch_related(Prefetch("events", closings, to_attr="closings"))
    batch = []
    for case in cases.iterator(chunk_size=1000):
        for event in case.closings:
            if event.changes.get("state", [None, None])[1] == "closed":
                batch.append(
                    FirstOutcome(
                        case_id=case.pk, at=event.at, ending=_ending(case, event), pipeline_id=case.pipeline_id,
                        code=case.code, topic=case.topic.slug if case.topic else "",
                        model=case.first_run.requested_model,
                    )
                )
                break
    FirstOutcome.objects.bulk_create(batch, batch_size=1000)


def forget(apps, schema_editor):
    apps.get_model("reviews", "FirstOutcome").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0005_reissue_models'),
        ('reviews', '0016_alerts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField(help_text='The Monday of the week whose meeting it is.', verbose_name='week')),
                ('line', models.CharField(max_length=300, verbose_name='line')),
                ('label', models.CharField(max_length=300, verbose_name='what the line said')),
                ('note', models.CharField(max_length=500, verbose_name='note')),
                ('due', models.DateField(verbose_name='due')),
                ('created_at', models.DateTimeField(verbose_name='added')),
                ('state', models.CharField(choices=[('open', 'open'), ('done', 'done'), ('dropped', 'dropped')], default='open', max_length=8, verbose_name='state')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
            ],
            options={
                'verbose_name': 'action',
                'verbose_name_plural': 'actions',
                'ordering': ('due', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='FirstOutcome',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='first_outcome', serialize=False, to='reviews.case', verbose_name='case')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('ending', models.CharField(choices=[('answered', 'answered once context was given'), ('edited', 'answered after an edit by hand'), ('other_model', 'answered by another model'), ('upheld', 'upheld'), ('by_hand', 'handled by hand'), ('reclassified', 'reclassified: no decline'), ('withdrawn', 'withdrawn')], max_length=12, verbose_name='ending')),
                ('code', models.CharField(max_length=64, verbose_name='reason code')),
                ('topic', models.CharField(blank=True, max_length=80, verbose_name='topic')),
                ('model', models.CharField(blank=True, max_length=120, verbose_name='model')),
            ],
            options={
                'verbose_name': 'first outcome',
                'verbose_name_plural': 'first outcomes',
            },
        ),
        migrations.CreateModel(
            name='MeetingRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField(unique=True, verbose_name='week')),
                ('closed_at', models.DateTimeField(verbose_name='closed')),
                ('values', models.TextField(verbose_name='values')),
                ('digest', models.CharField(help_text='SHA-256 of the values, in hexadecimal digits.', max_length=64, verbose_name='digest')),
            ],
            options={
                'verbose_name': 'record of a meeting',
                'verbose_name_plural': 'records of meetings',
                'ordering': ('-week',),
            },
        ),
        migrations.CreateModel(
            name='StandingChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('words', models.TextField(help_text="What the pipeline's brief says from then on.", verbose_name='words')),
                ('code', models.CharField(blank=True, max_length=64, verbose_name='reason code')),
                ('model', models.CharField(blank=True, max_length=120, verbose_name='model')),
                ('due', models.DateField(verbose_name='due')),
                ('state', models.CharField(choices=[('planned', 'planned'), ('done', 'done'), ('dropped', 'dropped')], default='planned', max_length=8, verbose_name='state')),
                ('done_on', models.DateField(blank=True, help_text='The day on which it took effect in the pipeline.', null=True, verbose_name='done on')),
                ('context_digest', models.CharField(blank=True, help_text='Of the own words of the re-issues that it came from.', max_length=64, verbose_name='digest of the context')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(verbose_name='suggested')),
            ],
            options={
                'verbose_name': 'standing change',
                'verbose_name_plural': 'standing changes',
                'ordering': ('due', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='StandingChangeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('state', models.CharField(choices=[('planned', 'planned'), ('done', 'done'), ('dropped', 'dropped')], help_text='In which it was from then on.', max_length=8, verbose_name='state')),
                ('changes', models.JSONField(verbose_name='changes')),
            ],
            options={
                'verbose_name': 'event of a standing change',
                'verbose_name_plural': 'events of standing changes',
                'ordering': ('at', 'pk'),
            },
        ),
        migrations.AddIndex(
            model_name='reissue',
            index=models.Index(fields=['created_at'], name='reissue_created'),
        ),
        migrations.AddField(
            model_name='action',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by'),
        ),
        migrations.AddField(
            model_name='action',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='action',
            name='settled_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by'),
        ),
        migrations.AddField(
            model_name='firstoutcome',
            name='pipeline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.pipeline', verbose_name='pipeline'),
        ),
        migrations.AddField(
            model_name='meetingrecord',
            name='closed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by'),
        ),
        migrations.AddField(
            model_name='standingchange',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='suggested by'),
        ),
        migrations.AddField(
            model_name='standingchange',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='standingchange',
            name='pipeline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standing_changes', to='pipelines.pipeline', verbose_name='pipeline'),
        ),
        migrations.AddField(
            model_name='standingchange',
            name='topic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.topic', verbose_name='topic'),
        ),
        migrations.AddField(
            model_name='action',
            name='change',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='reviews.standingchange', verbose_name='standing change'),
        ),
        migrations.AddField(
            model_name='standingchangeevent',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='standingchangeevent',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='reviews.standingchange', verbose_name='standing change'),
        ),
        migrations.AddIndex(
            model_name='firstoutcome',
            index=models.Index(fields=['at'], name='first_outcome_at'),
        ),
        migrations.AddConstraint(
            model_name='firstoutcome',
            constraint=models.CheckConstraint(condition=models.Q(('ending__in', ['answered', 'edited', 'other_model', 'upheld', 'by_hand', 'reclassified', 'withdrawn'])), name='first_outcome_ending_known'),
        ),
        migrations.AddConstraint(
            model_name='meetingrecord',
            constraint=models.CheckConstraint(condition=models.Q(('values', ''), _negated=True), name='meeting_record_has_values'),
        ),
        migrations.AddIndex(
            model_name='standingchange',
            index=models.Index(condition=models.Q(('done_on__isnull', False)), fields=['done_on'], name='standing_change_done'),
        ),
        migrations.AddConstraint(
            model_name='standingchange',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'done', 'dropped'])), name='standing_change_state_known'),
        ),
        migrations.AddConstraint(
            model_name='standingchange',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='standing_change_has_title'),
        ),
        migrations.AddConstraint(
            model_name='standingchange',
            constraint=models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='standing_change_has_words'),
        ),
        migrations.AddConstraint(
            model_name='standingchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_on__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('done_on__isnull', True)), _connector='OR'), name='standing_change_done_says_when'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['week'], name='action_of_week'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['due'], name='action_open'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'dropped'])), name='action_state_known'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('line', ''), _negated=True), name='action_has_line'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='action_has_note'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('settled_by__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='action_settled_whole'),
        ),
        migrations.AddConstraint(
            model_name='standingchangeevent',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'done', 'dropped'])), name='standing_change_event_state_known'),
        ),
        migrations.RunPython(forbid, allow),
        migrations.RunPython(work_out, forget),
    ]
