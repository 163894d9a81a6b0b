"""Messages of alerts that ended may be deleted, and what belongs to a message with it; the alerts never."""

import django.db.models.deletion
from django.db import migrations, models

KEPT = (
    ("reviews_alertmessage", " OF person_id, hook_id, day, again, created_at"),
    ("reviews_alertline", ""),
    ("reviews_alertattempt", ""),
)

# As refusalhub_goes_with_its_message() of 0019, whose messages are those of webhooks.
WITH_ITS_MESSAGE = """
CREATE FUNCTION refusalhub_goes_with_its_alert_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM reviews_alertmessage WHERE id = OLD.message_id) THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$
"""
DELETING = (
    "CREATE TRIGGER reviews_alertmessage_kept BEFORE DELETE ON reviews_alertmessage "
    "FOR EACH ROW WHEN (OLD.state = 'pending') EXECUTE FUNCTION refusalhub_append_only()",
    "CREATE TRIGGER reviews_alertline_kept BEFORE DELETE ON reviews_alertline "
    "FOR EACH ROW EXECUTE FUNCTION refusalhub_goes_with_its_alert_message()",
    "CREATE TRIGGER reviews_alertattempt_kept BEFORE DELETE ON reviews_alertattempt "
    "FOR EACH ROW EXECUTE FUNCTION refusalhub_goes_with_its_alert_message()",
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

    dependencies = [('reviews', '0020_languages_of_stored_words')]

    operations = [
        migrations.AlterField(
            model_name='alertattempt',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='attempts', to='reviews.alertmessage'),
        ),
        migrations.AlterField(
            model_name='alertline',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='lines', to='reviews.alertmessage'),
        ),
        migrations.AddIndex(
            model_name='alertmessage',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='alert_message_ended'),
        ),
        migrations.RunPython(let_go),
    ]
