"""The rate a pattern was made quiet at gets its unit: runs, or weeks where time stands in for them.

The line that was written with it says which. The exposure alone would not: 8.0 can be eight weeks or eight runs.
"""

from django.db import migrations, models

PATTERN_KEY = "code, topic, pipeline_id, model"


def fill(apps, schema_editor):
    """Take the unit from the last line that says a person made the pattern quiet: one transaction wrote both."""
    patterns, events = apps.get_model("reviews", "Pattern"), apps.get_model("reviews", "PatternEvent")
    hushed = events.objects.filter(pattern=models.OuterRef("pk"), kind="hushed").order_by("-pk")
    patterns.objects.filter(hushed_at__isnull=False).update(
        hushed_by_time=models.Subquery(hushed.values("by_time")[:1])
    )


def forbid(apps, schema_editor):
    """Put back what 0015 forbids: SQLite has made the table anew, without its trigger."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER reviews_pattern_append_only BEFORE UPDATE OF {PATTERN_KEY} ON reviews_pattern "
            "BEGIN SELECT RAISE(ABORT, 'reviews_pattern is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [('reviews', '0022_stamps')]

    operations = [
        migrations.RemoveConstraint(model_name='pattern', name='pattern_hushed_whole'),
        migrations.AddField(
            model_name='pattern',
            name='hushed_by_time',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hushed_at__isnull', True), ('hushed_by__isnull', True), ('hushed_by_time__isnull', True), ('hushed_declines__isnull', True), ('hushed_exposure__isnull', True)), models.Q(('hushed_at__isnull', False), ('hushed_by__isnull', False), ('hushed_by_time__isnull', False), ('hushed_declines__isnull', False), ('hushed_exposure__gt', 0), ('hushed_exposure__isnull', False)), _connector='OR'), name='pattern_hushed_whole'),
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
