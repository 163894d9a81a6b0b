"""Retention: which runs hold texts, and what deleted those that no longer do."""

import django.db.models.deletion
from django.db import migrations, models


def mark_what_keeps_none(apps, schema_editor):
    """Runs that kept no texts, or lost them by somebody's own job, have nothing that retention could delete."""
    contents = apps.get_model("pipelines", "RunContent").objects.filter(run=models.OuterRef("pk"))
    declines = apps.get_model("pipelines", "DeclineEvent").objects.filter(run=models.OuterRef("pk"))
    apps.get_model("pipelines", "Run").objects.filter(
        ~models.Exists(contents), ~models.Exists(declines.exclude(detail=""))
    ).update(texts_kept=False)


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0005_reissue_models'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='texts_kept',
            field=models.BooleanField(default=True, editable=False, verbose_name='its texts are kept'),
        ),
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('after_days', models.PositiveIntegerField(help_text="The pipeline's retention time as it was set then.", verbose_name='after, days')),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='pipelines.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'deletion',
                'verbose_name_plural': 'deletions',
            },
        ),
        migrations.AddField(
            model_name='run',
            name='deletion',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.deletion', verbose_name='deletion'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('texts_kept', True)), fields=['pipeline', 'happened_at', 'id'], name='run_with_texts'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('deletion__isnull', True), ('texts_kept', False), _connector='OR'), name='run_deleted_keeps_no_text'),
        ),
        migrations.AddConstraint(
            model_name='deletion',
            constraint=models.UniqueConstraint(fields=('pipeline', 'at'), name='deletion_once_per_pass'),
        ),
        migrations.AddConstraint(
            model_name='deletion',
            constraint=models.CheckConstraint(condition=models.Q(('after_days__gte', 1)), name='deletion_after_a_time'),
        ),
        migrations.RunPython(mark_what_keeps_none, migrations.RunPython.noop),
    ]
