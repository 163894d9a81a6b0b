"""What the fields are called, for translation. Nothing in the database changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0002_field_names'),
        ('reviews', '0005_reasons_for_turning_down'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='bulk',
            name='at',
            field=models.DateTimeField(verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='bulk',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='case',
            name='assigned_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned', to=settings.AUTH_USER_MODEL, verbose_name='handed to'),
        ),
        migrations.AlterField(
            model_name='case',
            name='blocked_since',
            field=models.BigIntegerField(default=0, help_text='Sum of their endings, in seconds since 1970.', verbose_name='blocked since'),
        ),
        migrations.AlterField(
            model_name='case',
            name='claimed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to=settings.AUTH_USER_MODEL, verbose_name='claimed by'),
        ),
        migrations.AlterField(
            model_name='case',
            name='first_run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.run', verbose_name='first run'),
        ),
        migrations.AlterField(
            model_name='case',
            name='key',
            field=models.CharField(editable=False, max_length=64, verbose_name='key'),
        ),
        migrations.AlterField(
            model_name='case',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='reviews.case', verbose_name='merged into'),
        ),
        migrations.AlterField(
            model_name='case',
            name='pipeline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='pipelines.pipeline', verbose_name='pipeline'),
        ),
        migrations.AlterField(
            model_name='case',
            name='snoozed_models',
            field=models.JSONField(blank=True, help_text="The pipeline's models at that time.", null=True, verbose_name='snoozed models'),
        ),
        migrations.AlterField(
            model_name='case',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='snoozed until'),
        ),
        migrations.AlterField(
            model_name='case',
            name='topic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='pipelines.topic', verbose_name='topic'),
        ),
        migrations.AlterField(
            model_name='case',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name='version'),
        ),
        migrations.AlterField(
            model_name='case',
            name='wakes_at_declines',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='wakes at declines'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='at',
            field=models.DateTimeField(verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='bulk',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='reviews.bulk', verbose_name='bulk act'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='reviews.case', verbose_name='case'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='changes',
            field=models.JSONField(blank=True, default=dict, verbose_name='changes'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='decision',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='event', to='reviews.decision', verbose_name='decision'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='kind',
            field=models.CharField(choices=[('held', 'held'), ('repeated', 'declined once more'), ('came_back', 'came back after it was closed'), ('woke', 'woke up'), ('claimed', 'claimed'), ('taken_over', 'taken over'), ('assigned', 'handed over'), ('topic_set', 'topic set'), ('snoozed', 'snoozed'), ('merged', 'merged'), ('split', 'split off again'), ('noted', 'noted'), ('asked', 'owner asked for background'), ('replied', 'background given'), ('decided', 'decided'), ('reopened', 'held again by hand'), ('undone', 'undone'), ('sent', 're-issue sent'), ('answered', 'answered'), ('declined_again', 'declined again'), ('send_failed', 're-issue failed'), ('fate_unknown', 're-issue: nobody knows whether it was sent'), ('accepted', 'answer accepted'), ('not_accepted', 'answer not accepted')], max_length=16, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='run',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.run', verbose_name='run'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='text',
            field=models.TextField(blank=True, verbose_name='text'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='undoes',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='reviews.caseevent', verbose_name='undoes'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='at',
            field=models.DateTimeField(verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='reviews.case', verbose_name='case'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='case_version',
            field=models.PositiveIntegerField(help_text='The version of the case that the person saw.', verbose_name='version of the case'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='to_code',
            field=models.CharField(blank=True, max_length=64, verbose_name='corrected code'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='to_outcome',
            field=models.CharField(blank=True, choices=[('ok', 'ok'), ('infra_error', 'infrastructure error'), ('declined', 'declined'), ('degraded', 'degraded')], max_length=12, verbose_name='corrected outcome'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='at',
            field=models.DateTimeField(verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='reviews.case', verbose_name='case'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='run',
            field=models.ForeignKey(blank=True, help_text='Whose answer.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='pipelines.run', verbose_name='run'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='send_after',
            field=models.DateTimeField(verbose_name='leaves at'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='taken_back_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='taken back'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='text',
            field=models.TextField(blank=True, help_text="A person's own answer, where no run gave it.", verbose_name='text'),
        ),
        migrations.AlterField(
            model_name='mention',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentions', to='reviews.caseevent', verbose_name='case event'),
        ),
        migrations.AlterField(
            model_name='mention',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentions', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='mention',
            name='seen_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='seen'),
        ),
        migrations.AlterField(
            model_name='reasontemplate',
            name='pipeline',
            field=models.ForeignKey(blank=True, help_text='Empty: for every pipeline.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reason_templates', to='pipelines.pipeline', verbose_name='pipeline'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reissues', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reissues', to='reviews.case', verbose_name='case'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='created_at',
            field=models.DateTimeField(verbose_name='created'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='decision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reissue', to='reviews.decision', verbose_name='decision'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='finished'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='give_up_at',
            field=models.DateTimeField(blank=True, help_text='After this, nobody waits for it.', null=True, verbose_name='given up at'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='original_digest',
            field=models.CharField(help_text="SHA-256 of the original request's text.", max_length=64, verbose_name='digest of the original'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='run',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reissue', to='pipelines.run', verbose_name='run'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='send_after',
            field=models.DateTimeField(verbose_name='leaves at'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='sending_since',
            field=models.DateTimeField(blank=True, null=True, verbose_name='sent at'),
        ),
        migrations.AlterField(
            model_name='suspicion',
            name='at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='suspicion',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='suspicion',
            name='mark',
            field=models.CharField(choices=[('waiting', 'waiting'), ('held', 'held: it is a decline'), ('dismissed', 'dismissed: it is an answer')], default='waiting', max_length=10, verbose_name='mark'),
        ),
        migrations.AlterField(
            model_name='suspicion',
            name='run',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='suspicion', serialize=False, to='pipelines.run', verbose_name='run'),
        ),
    ]
