"""Patterns and their history, which is append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


PATTERN_KEY = "code, topic, pipeline_id, model"


def forbid(apps, schema_editor):
    """Let the database refuse to rewrite a pattern's history, or to make a pattern another one."""
    for table, columns in (("reviews_patternevent", ""), ("reviews_pattern", f" OF {PATTERN_KEY}")):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
            )


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0005_reissue_models'),
        ('reviews', '0014_openings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pattern',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, verbose_name='reason code')),
                ('topic', models.CharField(blank=True, max_length=80, verbose_name='topic')),
                ('model', models.CharField(blank=True, max_length=120, verbose_name='declining model')),
                ('state', models.CharField(choices=[('new', 'new'), ('ongoing', 'ongoing'), ('escalating', 'escalating'), ('quiet', 'quiet'), ('regressed', 'regressed')], max_length=10, verbose_name='state')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('first_week', models.DateField(verbose_name='first week')),
                ('last_week', models.DateField(verbose_name='last week')),
                ('escalated_week', models.DateField(blank=True, null=True)),
                ('hushed_at', models.DateTimeField(blank=True, null=True)),
                ('hushed_declines', models.PositiveIntegerField(blank=True, null=True)),
                ('hushed_exposure', models.FloatField(blank=True, null=True)),
                ('hushed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='patterns', to='pipelines.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'pattern',
                'verbose_name_plural': 'patterns',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='PatternClock',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('evaluated_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='pattern_clock_once')],
            },
        ),
        migrations.CreateModel(
            name='PatternEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('became', 'became'), ('revised', 'is, after counts were corrected or came late'), ('hushed', 'made quiet until it grows'), ('grew', 'grew beyond what it was made quiet at'), ('listened', 'listened to again')], max_length=10, verbose_name='what happened')),
                ('from_state', models.CharField(blank=True, choices=[('new', 'new'), ('ongoing', 'ongoing'), ('escalating', 'escalating'), ('quiet', 'quiet'), ('regressed', 'regressed')], max_length=10)),
                ('to_state', models.CharField(choices=[('new', 'new'), ('ongoing', 'ongoing'), ('escalating', 'escalating'), ('quiet', 'quiet'), ('regressed', 'regressed')], max_length=10)),
                ('at', models.DateTimeField(verbose_name='at')),
                ('week', models.DateField(verbose_name='week')),
                ('declines', models.PositiveIntegerField(verbose_name='declines')),
                ('exposure', models.FloatField(verbose_name='exposure')),
                ('declines_before', models.PositiveIntegerField(verbose_name='declines in the weeks before')),
                ('exposure_before', models.FloatField(verbose_name='exposure in the weeks before')),
                ('by_time', models.BooleanField(verbose_name='compared by time')),
                ('expected', models.FloatField(blank=True, null=True, verbose_name='expected')),
                ('p_value', models.FloatField(blank=True, null=True, verbose_name='p-value')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pattern', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='reviews.pattern')),
            ],
            options={
                'verbose_name': 'event of a pattern',
                'verbose_name_plural': 'events of patterns',
                'ordering': ('pk',),
            },
        ),
        migrations.AddIndex(
            model_name='pattern',
            index=models.Index(fields=['-last_week', '-id'], name='pattern_listed'),
        ),
        migrations.AddIndex(
            model_name='pattern',
            index=models.Index(fields=['state', '-last_week', '-id'], name='pattern_listed_by_state'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.UniqueConstraint(fields=('code', 'topic', 'pipeline', 'model'), name='pattern_once'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='pattern_has_code'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'ongoing', 'escalating', 'quiet', 'regressed'])), name='pattern_state_known'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(('first_week__lte', models.F('last_week'))), name='pattern_weeks_in_order'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'escalating'), _negated=True), ('escalated_week__isnull', False), _connector='OR'), name='pattern_escalating_since_a_week'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hushed_at__isnull', True), ('hushed_by__isnull', True), ('hushed_declines__isnull', True), ('hushed_exposure__isnull', True)), models.Q(('hushed_at__isnull', False), ('hushed_by__isnull', False), ('hushed_declines__isnull', False), ('hushed_exposure__gt', 0), ('hushed_exposure__isnull', False)), _connector='OR'), name='pattern_hushed_whole'),
        ),
        migrations.AddIndex(
            model_name='patternevent',
            index=models.Index(fields=['pattern', '-id'], name='pattern_event_latest'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['became', 'revised', 'hushed', 'grew', 'listened'])), name='pattern_event_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(('from_state__in', ['', 'new', 'ongoing', 'escalating', 'quiet', 'regressed']), ('to_state__in', ['new', 'ongoing', 'escalating', 'quiet', 'regressed'])), name='pattern_event_state_known'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('by__isnull', False), ('kind__in', ('hushed', 'listened'))), models.Q(models.Q(('kind__in', ('hushed', 'listened')), _negated=True), ('by__isnull', True)), _connector='OR'), name='pattern_event_by_a_person'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('hushed', 'listened')), ('from_state', models.F('to_state'))), ('kind', 'grew'), models.Q(('kind', 'revised'), models.Q(('from_state', models.F('to_state')), _negated=True)), models.Q(('from_state', ''), ('kind', 'became')), models.Q(('from_state', 'new'), ('kind', 'became'), ('to_state__in', ['escalating', 'ongoing', 'quiet', 'regressed'])), models.Q(('from_state', 'ongoing'), ('kind', 'became'), ('to_state__in', ['escalating', 'quiet', 'regressed'])), models.Q(('from_state', 'escalating'), ('kind', 'became'), ('to_state__in', ['ongoing', 'quiet', 'regressed'])), models.Q(('from_state', 'quiet'), ('kind', 'became'), ('to_state__in', ['escalating', 'ongoing', 'regressed'])), models.Q(('from_state', 'regressed'), ('kind', 'became'), ('to_state__in', ['escalating', 'ongoing', 'quiet'])), _connector='OR'), name='pattern_event_moves'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expected__isnull', True), ('p_value__isnull', True)), models.Q(('expected__isnull', False), ('p_value__gte', 0), ('p_value__isnull', False), ('p_value__lte', 1)), _connector='OR'), name='pattern_event_compared_whole'),
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
