"""A pattern can escalate further while it escalates, and its history says so."""

from django.db import migrations, models


def forbid(apps, schema_editor):
    """Put back what 0015 forbids: SQLite has made the table anew, without its trigger."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE TRIGGER reviews_patternevent_append_only BEFORE UPDATE ON reviews_patternevent "
            "BEGIN SELECT RAISE(ABORT, 'reviews_patternevent is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [('reviews', '0029_weeks_of_pipelines')]

    operations = [
        migrations.RemoveConstraint(
            model_name='patternevent',
            name='pattern_event_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='patternevent',
            name='pattern_event_moves',
        ),
        migrations.AlterField(
            model_name='patternevent',
            name='kind',
            field=models.CharField(choices=[('became', 'became'), ('revised', 'is, after counts were corrected or came late'), ('hushed', 'made quiet until it grows'), ('grew', 'grew beyond what it was made quiet at'), ('again', 'grew further, and is'), ('listened', 'listened to again')], max_length=10, verbose_name='what happened'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['became', 'revised', 'hushed', 'grew', 'again', 'listened'])), name='pattern_event_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='patternevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('hushed', 'listened')), ('from_state', models.F('to_state'))), ('kind', 'grew'), models.Q(('from_state', 'escalating'), ('kind', 'again'), ('to_state', 'escalating')), models.Q(('kind', 'revised'), models.Q(('from_state', models.F('to_state')), _negated=True)), models.Q(('from_state', ''), ('kind', 'became')), models.Q(('from_state', 'new'), ('kind', 'became'), ('to_state__in', ['escalating', 'ongoing', 'quiet', 'regressed'])), models.Q(('from_state', 'ongoing'), ('kind', 'became'), ('to_state__in', ['escalating', 'quiet', 'regressed'])), models.Q(('from_state', 'escalating'), ('kind', 'became'), ('to_state__in', ['ongoing', 'quiet', 'regressed'])), models.Q(('from_state', 'quiet'), ('kind', 'became'), ('to_state__in', ['escalating', 'ongoing', 'regressed'])), models.Q(('from_state', 'regressed'), ('kind', 'became'), ('to_state__in', ['escalating', 'ongoing', 'quiet'])), _connector='OR'), name='pattern_event_moves'),
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
