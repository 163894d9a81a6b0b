"""Alerts: what is told, who hears of it, the outbox of messages and the log of tries."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What of each never changes once it is written; nothing named: nothing changes.
KEPT = (
    ("reviews_alert", " OF kind, pipeline_id, code, topic, model, week, event_id, opened_at, until"),
    ("reviews_alertmessage", " OF person_id, hook_id, day, again, created_at"),
    ("reviews_alertline", ""),
    ("reviews_alertattempt", ""),
)


def forbid(apps, schema_editor):
    """Let the database refuse to rewrite what was told, and to whom."""
    for table, columns in KEPT:
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
        ('reviews', '0015_patterns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('code', 'a decline under one of the codes that are told at once'), ('escalating', 'a pattern escalates'), ('regressed', 'a pattern is back after it was quiet'), ('new', 'a new pattern'), ('degraded', 'a pipeline degrades')], max_length=10, verbose_name='kind')),
                ('code', models.CharField(blank=True, max_length=64, verbose_name='reason code')),
                ('topic', models.CharField(blank=True, max_length=80, verbose_name='topic')),
                ('model', models.CharField(blank=True, max_length=120, verbose_name='model')),
                ('week', models.DateField(verbose_name='week')),
                ('opened_at', models.DateTimeField(verbose_name='since')),
                ('until', models.DateTimeField()),
                ('last_at', models.DateTimeField(verbose_name='latest')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='count')),
                ('declines', models.PositiveIntegerField(default=0, help_text='Declines, or degraded runs, of the week.')),
                ('runs', models.FloatField(blank=True, help_text='What they are measured against.', null=True)),
                ('expected', models.FloatField(blank=True, null=True)),
                ('event', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alert', to='reviews.patternevent')),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'alert',
                'verbose_name_plural': 'alerts',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='AlertChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('code', 'a decline under one of the codes that are told at once'), ('escalating', 'a pattern escalates'), ('regressed', 'a pattern is back after it was quiet'), ('new', 'a new pattern'), ('degraded', 'a pipeline degrades')], max_length=10)),
                ('when', models.CharField(choices=[('at_once', 'at once'), ('digest', 'in the daily digest'), ('never', 'not at all')], max_length=8)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alert_choices', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AlertHook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=1000, verbose_name='address')),
                ('kinds', models.JSONField(default=list, verbose_name='alerts')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pipeline', models.ForeignKey(blank=True, help_text='Empty: of every pipeline.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'chat',
                'verbose_name_plural': 'chats',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='AlertLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='reviews.alert')),
            ],
        ),
        migrations.CreateModel(
            name='AlertMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(blank=True, null=True, verbose_name='day')),
                ('again', models.BooleanField(default=False, help_text='What was counted after the first message.')),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='subject')),
                ('text', models.TextField(blank=True, help_text='As it left last.', verbose_name='text')),
                ('told', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(choices=[('pending', 'waiting'), ('delivered', 'delivered'), ('failed', 'failed'), ('withdrawn', 'withdrawn: what it told of was undone')], default='pending', max_length=10, verbose_name='state')),
                ('created_at', models.DateTimeField()),
                ('send_after', models.DateTimeField()),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('tries_left', models.PositiveSmallIntegerField(help_text='Tries until it is given up.')),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('alerts', models.ManyToManyField(related_name='messages', through='reviews.AlertLine', to='reviews.alert')),
                ('hook', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='reviews.alerthook')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alert_messages', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'alert message',
                'verbose_name_plural': 'alert messages',
            },
        ),
        migrations.AddField(
            model_name='alertline',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='reviews.alertmessage'),
        ),
        migrations.CreateModel(
            name='AlertAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField(help_text='When it began; of one that was cut off, when that was found.')),
                ('status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='HTTP status')),
                ('failure', models.CharField(blank=True, choices=[('address', 'the address is not allowed'), ('name', 'the name leads nowhere'), ('connection', 'no connection'), ('tls', 'the certificate does not hold'), ('timeout', 'no answer in time'), ('protocol', 'the answer is no HTTP'), ('redirect', 'the receiver redirects; redirects are not followed'), ('status', 'the receiver did not take it'), ('lost', 'the worker was cut off: nobody knows whether it arrived'), ('mail', 'the mail server did not take it')], max_length=12, verbose_name='failure')),
                ('excerpt', models.TextField(blank=True)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='reviews.alertmessage')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['pipeline', 'kind', 'code', '-until'], name='alert_of_the_same'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['code', 'escalating', 'regressed', 'new', 'degraded'])), name='alert_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event__isnull', True), ('kind__in', ['code', 'degraded'])), models.Q(models.Q(('kind__in', ['code', 'degraded']), _negated=True), ('event__isnull', False)), _connector='OR'), name='alert_is_of_a_pattern_or_not'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('kind', 'degraded')), models.Q(models.Q(('kind', 'degraded'), _negated=True), models.Q(('code', ''), _negated=True)), _connector='OR'), name='alert_has_code'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('count__gte', 1), ('last_at__gte', models.F('opened_at')), ('until__gte', models.F('opened_at'))), name='alert_counted'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'degraded')), fields=('pipeline', 'week'), name='alert_degraded_once_a_week'),
        ),
        migrations.AddConstraint(
            model_name='alertchoice',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='alert_choice_once'),
        ),
        migrations.AddConstraint(
            model_name='alertchoice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['code', 'escalating', 'regressed', 'new', 'degraded']), ('when__in', ['at_once', 'digest', 'never'])), name='alert_choice_known'),
        ),
        migrations.AddConstraint(
            model_name='alerthook',
            constraint=models.CheckConstraint(condition=models.Q(('url', ''), _negated=True), name='alert_hook_has_url'),
        ),
        migrations.AddIndex(
            model_name='alertmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['send_after', 'id'], name='alert_message_due'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.UniqueConstraint(fields=('person', 'day'), name='alert_digest_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hook__isnull', True), ('person__isnull', False)), models.Q(('day__isnull', True), ('hook__isnull', False), ('person__isnull', True)), _connector='OR'), name='alert_message_to_one'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'delivered', 'failed', 'withdrawn'])), name='alert_message_state_known'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='alert_message_finished_whole'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'pending'), models.Q(('state', 'withdrawn'), ('tries', 0)), models.Q(('state__in', ['delivered', 'failed']), ('tries__gte', 1)), _connector='OR'), name='alert_message_withdrawn_unsent'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), ('tries', 0)), models.Q(('tries__gte', 1), models.Q(('text', ''), _negated=True)), _connector='OR'), name='alert_message_tried_is_written'),
        ),
        migrations.AddConstraint(
            model_name='alertline',
            constraint=models.UniqueConstraint(fields=('message', 'alert'), name='alert_line_once'),
        ),
        migrations.AddConstraint(
            model_name='alertattempt',
            constraint=models.CheckConstraint(condition=models.Q(('failure__in', ['', 'address', 'name', 'connection', 'tls', 'timeout', 'protocol', 'redirect', 'status', 'lost', 'mail'])), name='alert_attempt_failure_known'),
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
