"""Counts are looked up by their pipeline and week, and no longer by their pipeline alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0008_times_in_reach'),
        ('reviews', '0028_declines_of_patterns'),
    ]

    operations = [
        migrations.AlterField(
            model_name='weekdeclines',
            name='pipeline',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.pipeline'),
        ),
        migrations.AlterField(
            model_name='weekruns',
            name='pipeline',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.pipeline'),
        ),
        migrations.AddIndex(
            model_name='weekdeclines',
            index=models.Index(fields=['pipeline', 'week'], name='week_declines_of_pipeline'),
        ),
        migrations.AddIndex(
            model_name='weekruns',
            index=models.Index(fields=['pipeline', 'week'], name='week_runs_of_pipeline'),
        ),
    ]
