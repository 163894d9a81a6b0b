"""Messages that ended may be deleted, and the tries of a message with it; nothing else of either."""

import django.db.models.deletion
from django.db import migrations, models

SAID = "endpoint_id, hook, about_id, message_id, payload, created_at"
KEPT = (("reviews_webhookattempt", ""), ("reviews_webhookmessage", f" OF {SAID}"))

WITH_ITS_MESSAGE = """
CREATE FUNCTION refusalhub_goes_with_its_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM reviews_webhookmessage WHERE id = OLD.message_id) THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$
"""
DELETING = (
    "CREATE TRIGGER reviews_webhookmessage_kept BEFORE DELETE ON reviews_webhookmessage "
    "FOR EACH ROW WHEN (OLD.state = 'pending') EXECUTE FUNCTION refusalhub_append_only()",
    "CREATE TRIGGER reviews_webhookattempt_kept BEFORE DELETE ON reviews_webhookattempt "
    "FOR EACH ROW EXECUTE FUNCTION refusalhub_goes_with_its_message()",
)


def let_go(apps, schema_editor):
    """SQLite refuses no DELETE (0002 says why), so there nothing changes."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, columns in KEPT:
        schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        schema_editor.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
    schema_editor.execute(WITH_ITS_MESSAGE, params=None)  # with parameters, its % would be placeholders
    for trigger in DELETING:
        schema_editor.execute(trigger)


class Migration(migrations.Migration):

    dependencies = [('reviews', '0018_subscriptions')]

    operations = [
        migrations.AlterField(
            model_name='webhookattempt',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='attempts', to='reviews.webhookmessage'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='webhook_message_ended'),
        ),
        migrations.RunPython(let_go),
    ]
