"""What the fields are called, for translation. Nothing in the database changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='apikey',
            name='digest',
            field=models.CharField(editable=False, max_length=64, unique=True, verbose_name='SHA-256 of the key'),
        ),
        migrations.AlterField(
            model_name='apikey',
            name='pipeline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='pipelines.pipeline', verbose_name='pipeline'),
        ),
        migrations.AlterField(
            model_name='topicrule',
            name='pipeline',
            field=models.ForeignKey(blank=True, help_text='Leave empty for a rule that holds for every pipeline.', null=True, on_delete=django.db.models.deletion.CASCADE, to='pipelines.pipeline', verbose_name='pipeline'),
        ),
        migrations.AlterField(
            model_name='topicrule',
            name='topic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='pipelines.topic', verbose_name='topic'),
        ),
    ]
