"""Chats are tried and removed, the log of a message says why no try followed; a report by e-mail may be that of a view."""

import django.db.models.deletion
from django.db import migrations, models

# What of a message never changes once it is written.
TOLD = "person_id, hook_id, day, again, test, created_at"


def forbid(apps, schema_editor):
    """Whether it is a test is part of whom a message is for. SQLite has made both tables anew, without their triggers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER reviews_alertmessage_append_only ON reviews_alertmessage")
        schema_editor.execute(
            f"CREATE TRIGGER reviews_alertmessage_append_only BEFORE UPDATE OF {TOLD} ON reviews_alertmessage "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
        return
    for table, columns in (("reviews_alertmessage", f" OF {TOLD}"), ("reviews_alertattempt", "")):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [('reviews', '0024_action_events')]

    operations = [
        migrations.RemoveConstraint(
            model_name='alertattempt',
            name='alert_attempt_failure_known',
        ),
        migrations.AddField(
            model_name='alerthook',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertmessage',
            name='test',
            field=models.BooleanField(default=False, help_text='Tells of nothing.'),
        ),
        migrations.AlterField(
            model_name='alertattempt',
            name='failure',
            field=models.CharField(blank=True, choices=[('address', 'the address is not allowed'), ('name', 'the name leads nowhere'), ('connection', 'no connection'), ('tls', 'the certificate does not hold'), ('timeout', 'no answer in time'), ('protocol', 'the answer is no HTTP'), ('redirect', 'the receiver redirects; redirects are not followed'), ('status', 'the receiver did not take it'), ('lost', 'the worker was cut off: nobody knows whether it arrived'), ('mail', 'the mail server did not take it'), ('off', 'not made: the chat was switched off or removed'), ('closed', 'not made: the account was closed or has no address')], max_length=12, verbose_name='failure'),
        ),
        migrations.AddConstraint(
            model_name='alertattempt',
            constraint=models.CheckConstraint(condition=models.Q(('failure__in', ['', 'address', 'name', 'connection', 'tls', 'timeout', 'protocol', 'redirect', 'status', 'lost', 'mail', 'off', 'closed'])), name='alert_attempt_failure_known'),
        ),
        migrations.AddConstraint(
            model_name='alerthook',
            constraint=models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('disabled_at__isnull', False), _connector='OR'), name='alert_hook_removed_is_off'),
        ),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(('test', False), models.Q(('again', False), ('hook__isnull', False)), _connector='OR'), name='alert_message_test_is_a_chats'),
        ),
        migrations.RemoveConstraint(
            model_name='reportsubscription',
            name='report_subscription_once',
        ),
        migrations.AddField(
            model_name='reportsubscription',
            name='view',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='report_subscriptions', to='reviews.savedview', verbose_name='saved view'),
        ),
        migrations.AddConstraint(
            model_name='reportsubscription',
            constraint=models.UniqueConstraint(condition=models.Q(('view__isnull', True)), fields=('person', 'pipeline', 'topic'), name='report_subscription_once'),
        ),
        migrations.AddConstraint(
            model_name='reportsubscription',
            constraint=models.UniqueConstraint(fields=('person', 'view'), name='report_subscription_once_per_view'),
        ),
        migrations.AddConstraint(
            model_name='reportsubscription',
            constraint=models.CheckConstraint(condition=models.Q(('view__isnull', True), models.Q(('pipeline', ''), ('topic', '')), _connector='OR'), name='report_subscription_by_view_or_scope'),
        ),
        migrations.RunPython(forbid),
    ]
