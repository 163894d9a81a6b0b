"""Retention alone may empty the copies of a request and what a person delivered: once, and for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was asked for and what was delivered never change, but for the texts that retention empties.
ASKED = (
    "case_id, number, decision_id, way, purpose, serves, authority, background, handling_limits, own_words_digest, "
    "attestation, attested_at, nonce, by_id, original_digest, model, needs_second, created_at"
)
DELIVERED = "case_id, run_id, file_id, by_id, at, send_after"
# Of these nothing changes but from a text to none, in the one step that says what deleted it. The words that a person
# added stay where they are an explanation; of an edit they go with the edit (a constraint of the table says so).
ONCE = "NEW.deletion_id IS NULL OR OLD.deletion_id IS NOT NULL"
RULES = [
    ("reviews_reissue", "append_only", ASKED, ""),
    (
        "reviews_reissue",
        "texts",
        "request, text_before, text_after, own_words, deletion_id",
        f" WHEN ({ONCE} OR NEW.request <> '' OR NEW.text_before <> '' OR NEW.text_after <> '' "
        "OR (NEW.own_words <> '' AND NEW.own_words <> OLD.own_words))",
    ),
    ("reviews_delivery", "append_only", DELIVERED, ""),
    ("reviews_delivery", "text", "text, deletion_id", f" WHEN ({ONCE} OR NEW.text <> '')"),
]


def let_go(apps, schema_editor):
    """The tables change: SQLite makes them anew, without their triggers."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ("reviews_reissue", "reviews_delivery"):
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, name, columns, when in RULES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table} "
                f"FOR EACH ROW{when} EXECUTE FUNCTION refusalhub_append_only()"
            )
        # That a delivery cannot be deleted stands since files can be delivered.
        schema_editor.execute(
            "CREATE TRIGGER reviews_reissue_kept BEFORE DELETE ON reviews_reissue "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
        return
    for table, name, columns, when in RULES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table}{when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0006_retention'),
        ('reviews', '0011_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(let_go),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_is_one_thing',
        ),
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_has_context',
        ),
        migrations.AddField(
            model_name='delivery',
            name='deletion',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, help_text="What deleted a person's own text or file. A run's answer goes with its run.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.deletion', verbose_name='deletion'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='deletion',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, help_text='What deleted its request, and the texts of an edit by hand.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.deletion', verbose_name='deletion'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('deletion__isnull', True), ('run__isnull', True)), fields=['case'], name='delivery_with_text'),
        ),
        migrations.AddIndex(
            model_name='reissue',
            index=models.Index(condition=models.Q(('deletion__isnull', True)), fields=['case'], name='reissue_with_request'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deletion__isnull', True), ('file__isnull', True), ('run__isnull', False), ('text', '')), models.Q(('deletion__isnull', True), ('file__isnull', True), ('run__isnull', True), models.Q(('text', ''), _negated=True)), models.Q(('deletion__isnull', False), ('file__isnull', True), ('run__isnull', True), ('text', '')), models.Q(('file__isnull', False), ('run__isnull', True), ('text', '')), _connector='OR'), name='delivery_is_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purpose', ''), _negated=True), models.Q(models.Q(('text_after', ''), ('text_before', ''), ('way', 'context'), models.Q(('background', ''), _negated=True)), models.Q(('authority', ''), ('background', ''), ('handling_limits', ''), ('serves', ''), ('way', 'edit'), models.Q(('deletion__isnull', False), models.Q(models.Q(('text_after', ''), _negated=True), models.Q(('text_after', models.F('text_before')), _negated=True)), _connector='OR')), _connector='OR')), name='reissue_has_context'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deletion__isnull', True), models.Q(('request', ''), _negated=True)), models.Q(('deletion__isnull', False), ('finished_at__isnull', False), ('request', ''), ('text_after', ''), ('text_before', ''), models.Q(('way', 'context'), ('own_words', ''), _connector='OR')), _connector='OR'), name='reissue_request_or_deletion'),
        ),
        migrations.RunPython(forbid),
    ]
