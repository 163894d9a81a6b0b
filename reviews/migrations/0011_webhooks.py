"""Webhooks: endpoints, the outbox of messages to them, and the log of tries, which is append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What of a message never changes: what it says and to whom.
SAID = "endpoint_id, hook, about_id, message_id, payload, created_at"
KEPT = (("reviews_webhookattempt", ""), ("reviews_webhookmessage", f" OF {SAID}"))


def forbid(apps, schema_editor):
    """Let the database refuse to rewrite the log or what was said."""
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
        ('reviews', '0010_names_of_the_brakes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=1000, verbose_name='address')),
                ('events', models.JSONField(default=list, help_text='Their names on the wire.', verbose_name='events')),
                ('secret', models.CharField(max_length=100)),
                ('previous_secret', models.CharField(blank=True, max_length=100)),
                ('previous_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('disabled', models.CharField(blank=True, choices=[('by_hand', 'switched off'), ('gone', 'the receiver answered 410: it wants no more')], max_length=8, verbose_name='disabled')),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('busy_until', models.DateTimeField(blank=True, null=True)),
                ('rests_until', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Tries in a row that the receiver did not answer, or asked to be spared.')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='pipelines.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'ordering': ('pipeline__slug', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hook', models.CharField(choices=[('case.held', 'a case waits for a person, for the first time or again'), ('case.claimed', 'somebody works on a case'), ('case.decided', 'a person decided'), ('reissue.sent', 'a re-issue was sent'), ('reissue.answered', 'a re-issue was answered'), ('case.closed', 'a case is closed, and what came of it can be fetched'), ('endpoint.test', 'a test')], max_length=20, verbose_name='event')),
                ('message_id', models.CharField(max_length=40, unique=True, verbose_name='message id')),
                ('payload', models.TextField(help_text='The exact JSON that leaves.', verbose_name='payload')),
                ('created_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('pending', 'waiting'), ('delivered', 'delivered'), ('failed', 'failed'), ('withdrawn', 'withdrawn: what it told of was undone')], default='pending', max_length=10, verbose_name='state')),
                ('send_after', models.DateTimeField()),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('tries_left', models.PositiveSmallIntegerField(help_text='Tries until it is given up.')),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('about', models.ForeignKey(blank=True, help_text='The line of history that it tells of; none for a test.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhook_messages', to='reviews.caseevent')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='reviews.webhookendpoint')),
            ],
            options={
                'verbose_name': 'webhook message',
                'verbose_name_plural': 'webhook messages',
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='First, second … try of its message.')),
                ('at', models.DateTimeField(help_text='When it began; of one that was cut off, when that was found.')),
                ('duration_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='HTTP status')),
                ('failure', models.CharField(blank=True, choices=[('address', 'the address is not allowed'), ('name', 'the name leads nowhere'), ('connection', 'no connection'), ('tls', 'the certificate does not hold'), ('timeout', 'no answer in time'), ('protocol', 'the answer is no HTTP'), ('redirect', 'the receiver redirects; redirects are not followed'), ('status', 'the receiver did not take it'), ('lost', 'the worker was cut off: nobody knows whether it arrived')], max_length=12, verbose_name='failure')),
                ('excerpt', models.TextField(blank=True, help_text="How the answer's body begins, or the error's own words.")),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='reviews.webhookmessage')),
            ],
            options={
                'verbose_name': 'webhook attempt',
                'verbose_name_plural': 'webhook attempts',
                'ordering': ('pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(fields=('pipeline', 'url'), name='webhook_once_per_address'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('secret', ''), _negated=True), name='webhook_has_secret'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_secret', ''), ('previous_until__isnull', True)), models.Q(models.Q(('previous_secret', ''), _negated=True), ('previous_until__isnull', False)), _connector='OR'), name='webhook_previous_secret_whole'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disabled', ''), ('disabled_at__isnull', True)), models.Q(('disabled__in', ['by_hand', 'gone']), ('disabled_at__isnull', False)), _connector='OR'), name='webhook_disabled_whole'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['endpoint', 'send_after', 'id'], name='webhook_message_due'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['endpoint', '-id'], name='webhook_message_log'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['endpoint', 'state', '-id'], name='webhook_message_log_of_state'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.UniqueConstraint(fields=('endpoint', 'hook', 'about'), name='webhook_message_told_once'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'delivered', 'failed', 'withdrawn'])), name='webhook_message_state_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(('hook__in', ['case.held', 'case.claimed', 'case.decided', 'reissue.sent', 'reissue.answered', 'case.closed', 'endpoint.test'])), name='webhook_message_hook_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('about__isnull', True), ('hook', 'endpoint.test')), models.Q(models.Q(('hook', 'endpoint.test'), _negated=True), ('about__isnull', False)), _connector='OR'), name='webhook_message_test_about_nothing'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='webhook_message_finished_whole'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'pending'), models.Q(('state', 'withdrawn'), ('tries', 0)), models.Q(('state__in', ['delivered', 'failed']), ('tries__gte', 1)), _connector='OR'), name='webhook_message_withdrawn_unsent'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(('message_id__startswith', 'msg_'), models.Q(('payload', ''), _negated=True)), name='webhook_message_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='webhookattempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('failure', ''), ('status__gte', 200), ('status__lt', 300)), models.Q(('failure__in', ['redirect', 'status']), ('status__isnull', False)), models.Q(('failure__in', ['address', 'name', 'connection', 'tls', 'timeout', 'protocol', 'redirect', 'status', 'lost']), ('status__isnull', True), models.Q(('failure__in', ['redirect', 'status']), _negated=True)), _connector='OR'), name='webhook_attempt_ended_one_way'),
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
