"""Monday e-mails: who wants them and how far each is; and the log of files of texts, which is append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def forbid(apps, schema_editor):
    """Let the database refuse to rewrite the log."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TRIGGER reviews_textexport_append_only BEFORE UPDATE OR DELETE ON reviews_textexport "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
    else:
        schema_editor.execute(
            "CREATE TRIGGER reviews_textexport_append_only BEFORE UPDATE ON reviews_textexport "
            "BEGIN SELECT RAISE(ABORT, 'reviews_textexport is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0017_standing_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pipeline', models.CharField(blank=True, help_text='Empty: all of them.', max_length=80, verbose_name='pipeline')),
                ('topic', models.CharField(blank=True, help_text='Empty: all of them. A dash: no topic.', max_length=80, verbose_name='topic')),
                ('weekly', models.BooleanField(default=True, verbose_name='every Monday')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='report_subscriptions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'report by e-mail',
                'verbose_name_plural': 'reports by e-mail',
                'ordering': ('pipeline', 'topic', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='SentReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField(help_text='Its Monday.', verbose_name='week')),
                ('to', models.CharField(max_length=254, verbose_name='address')),
                ('state', models.CharField(choices=[('sending', 'being sent'), ('sent', 'handed to the mail server'), ('failed', 'not sent'), ('unknown', 'nobody knows whether it was sent')], default='sending', max_length=8, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=1, verbose_name='tries')),
                ('began_at', models.DateTimeField(help_text='Of the latest try.', verbose_name='began')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('problem', models.TextField(blank=True, verbose_name='problem')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sent', to='reviews.reportsubscription')),
            ],
            options={
                'verbose_name': 'sent report',
                'verbose_name_plural': 'sent reports',
                'ordering': ('-week', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='TextExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('dataset', 'data set'), ('packet', 'provider packet')], max_length=8, verbose_name='what')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('filter', models.TextField(blank=True, help_text='As an address writes it; empty: all.', verbose_name='filter')),
                ('n', models.PositiveIntegerField(help_text='How many cases with their texts.', verbose_name='n')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='text_exports', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'file of texts',
                'verbose_name_plural': 'files of texts',
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.AddConstraint(
            model_name='reportsubscription',
            constraint=models.UniqueConstraint(fields=('person', 'pipeline', 'topic'), name='report_subscription_once'),
        ),
        migrations.AddIndex(
            model_name='sentreport',
            index=models.Index(condition=models.Q(('state', 'sending')), fields=['began_at'], name='sent_report_cut_off'),
        ),
        migrations.AddConstraint(
            model_name='sentreport',
            constraint=models.UniqueConstraint(fields=('subscription', 'week'), name='sent_report_once_a_week'),
        ),
        migrations.AddConstraint(
            model_name='sentreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('problem', ''), ('state', 'sending')), models.Q(('finished_at__isnull', False), ('problem', ''), ('state', 'sent')), models.Q(('finished_at__isnull', False), ('state__in', ['failed', 'unknown']), models.Q(('problem', ''), _negated=True)), _connector='OR'), name='sent_report_state_whole'),
        ),
        migrations.AddConstraint(
            model_name='sentreport',
            constraint=models.CheckConstraint(condition=models.Q(('tries__gte', 1)), name='sent_report_tried'),
        ),
        migrations.AddConstraint(
            model_name='textexport',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['dataset', 'packet'])), name='text_export_kind_known'),
        ),
        # Dropping the table drops its trigger.
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
