"""Brakes on re-issues: who asked and by which form, edits by hand, a second person; and two kinds of history."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Cast, Concat

# What was asked for never changes; how far it is does.
ASKED = (
    "case_id, number, decision_id, way, purpose, serves, authority, background, handling_limits, text_before, "
    "text_after, own_words, own_words_digest, attestation, attested_at, nonce, by_id, request, original_digest, "
    "model, needs_second, created_at"
)


def let_go(apps, schema_editor):
    """The table of the history changes: SQLite makes it anew, without its trigger."""
    on = " ON reviews_caseevent" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER reviews_caseevent_append_only{on}")


def name_the_unasked(apps, schema_editor):
    """Nobody was asked for a pass or an attestation before: such rows say so."""
    apps.get_model("reviews", "Reissue").objects.update(
        nonce=Concat(models.Value("unasked-"), Cast("pk", models.CharField()))
    )


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TRIGGER reviews_caseevent_append_only BEFORE UPDATE OR DELETE ON reviews_caseevent "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
        schema_editor.execute(
            f"CREATE TRIGGER reviews_reissue_append_only BEFORE UPDATE OF {ASKED} OR DELETE ON reviews_reissue "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
        return
    for table, columns in (("reviews_caseevent", ""), ("reviews_reissue", f" OF {ASKED}")):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0005_reissue_models'),
        ('reviews', '0008_precedents'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(let_go),
        migrations.AlterModelOptions(
            name='reissue',
            options={'base_manager_name': 'objects', 'ordering': ('case', 'number'), 'verbose_name': 're-issue', 'verbose_name_plural': 're-issues'},
        ),
        migrations.RemoveConstraint(
            model_name='caseevent',
            name='case_event_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='caseevent',
            name='case_event_says_who',
        ),
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_one_on_its_way_per_case',
        ),
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_has_context',
        ),
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_finished_whole',
        ),
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_never_sent_is_unsent',
        ),
        migrations.AddField(
            model_name='reissue',
            name='approval_nonce',
            field=models.CharField(blank=True, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='reissue',
            name='approved_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='reissue',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reissue',
            name='attestation',
            field=models.TextField(blank=True, help_text='The sentence that the person put their tick to.', verbose_name='attestation'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='attested_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='reissue',
            name='authority',
            field=models.TextField(blank=True, verbose_name='authority'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='needs_second',
            field=models.BooleanField(default=False, help_text='Its code is sensitive.', verbose_name='needs a second person'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='nonce',
            field=models.CharField(default='', help_text='Of the form that asked for it.', max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(name_the_unasked),
        migrations.AlterField(
            model_name='reissue',
            name='nonce',
            field=models.CharField(help_text='Of the form that asked for it.', max_length=64, unique=True),
        ),
        migrations.AddField(
            model_name='reissue',
            name='own_words',
            field=models.TextField(blank=True, help_text='What the person added, normalised to compare by.'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='own_words_digest',
            field=models.CharField(blank=True, db_index=True, max_length=64),
        ),
        migrations.AddField(
            model_name='reissue',
            name='serves',
            field=models.TextField(blank=True, verbose_name='who it serves'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='text_after',
            field=models.TextField(blank=True, help_text="Edited by hand: the person's text.", verbose_name='text after'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='text_before',
            field=models.TextField(blank=True, help_text="Edited by hand: the original's text.", verbose_name='text before'),
        ),
        migrations.AddField(
            model_name='reissue',
            name='turned_down_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reissue',
            name='turned_down_why',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='reissue',
            name='way',
            field=models.CharField(choices=[('context', 'context added'), ('edit', 'edited by hand')], default='context', max_length=8, verbose_name='what was done'),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='kind',
            field=models.CharField(choices=[('held', 'held'), ('repeated', 'declined once more'), ('came_back', 'came back after it was closed'), ('woke', 'woke up'), ('claimed', 'claimed'), ('taken_over', 'taken over'), ('assigned', 'handed over'), ('topic_set', 'topic set'), ('snoozed', 'snoozed'), ('merged', 'merged'), ('split', 'split off again'), ('noted', 'noted'), ('asked', 'owner asked for background'), ('replied', 'background given'), ('decided', 'decided'), ('reopened', 'held again by hand'), ('undone', 'undone'), ('approved', 'proposed re-issue approved'), ('not_approved', 'proposed re-issue turned down'), ('sent', 're-issue sent'), ('answered', 'answered'), ('declined_again', 'declined again'), ('send_failed', 're-issue failed'), ('fate_unknown', 're-issue: nobody knows whether it was sent'), ('accepted', 'answer accepted'), ('not_accepted', 'answer not accepted')], max_length=16),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='background',
            field=models.TextField(blank=True, verbose_name='background'),
        ),
        migrations.AlterField(
            model_name='reissue',
            name='state',
            field=models.CharField(choices=[('proposed', 'waits for a second person'), ('pending', 'waiting for a worker'), ('sending', 'sent, waiting for the answer'), ('answered', 'answered'), ('declined', 'declined again'), ('failed', 'failed'), ('unknown', 'nobody knows whether it was sent'), ('taken_back', 'taken back before it was sent'), ('turned_down', 'turned down by a second person')], default='pending', max_length=11, verbose_name='state'),
        ),
        migrations.AddConstraint(
            model_name='caseevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['held', 'repeated', 'came_back', 'woke', 'claimed', 'taken_over', 'assigned', 'topic_set', 'snoozed', 'merged', 'split', 'noted', 'asked', 'replied', 'decided', 'reopened', 'undone', 'approved', 'not_approved', 'sent', 'answered', 'declined_again', 'send_failed', 'fate_unknown', 'accepted', 'not_accepted'])), name='case_event_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='caseevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('claimed', 'taken_over', 'assigned', 'topic_set', 'snoozed', 'merged', 'split', 'noted', 'asked', 'replied', 'decided', 'reopened', 'undone', 'approved', 'not_approved', 'accepted', 'not_accepted')), _negated=True), ('by__isnull', False), _connector='OR'), name='case_event_says_who'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('proposed', 'pending', 'sending'))), fields=('case',), name='reissue_one_on_its_way_per_case'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'pending', 'sending', 'answered', 'declined', 'failed', 'unknown', 'taken_back', 'turned_down'])), name='reissue_state_known'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purpose', ''), _negated=True), models.Q(models.Q(('text_after', ''), ('text_before', ''), ('way', 'context'), models.Q(('background', ''), _negated=True)), models.Q(('authority', ''), ('background', ''), ('handling_limits', ''), ('serves', ''), ('way', 'edit'), models.Q(('text_after', ''), _negated=True), models.Q(('text_after', models.F('text_before')), _negated=True)), _connector='OR')), name='reissue_has_context'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('attested_at__isnull', False), models.Q(('attestation', ''), _negated=True)), models.Q(('attestation', ''), ('attested_at__isnull', True), ('nonce__startswith', 'unasked-')), _connector='OR'), name='reissue_attested'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(('nonce', ''), _negated=True), name='reissue_has_nonce'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approval_nonce__isnull', True), ('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approval_nonce__isnull', False), ('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='reissue_approved_whole'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('by')), _negated=True), _connector='OR'), name='reissue_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(('needs_second', False), ('state__in', ['proposed', 'taken_back', 'turned_down']), ('approved_by__isnull', False), _connector='OR'), name='reissue_sensitive_has_second'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'proposed'), _negated=True), models.Q(('approved_by__isnull', True), ('needs_second', True)), _connector='OR'), name='reissue_proposed_is_open'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'turned_down'), ('turned_down_by__isnull', False), models.Q(('turned_down_why', ''), _negated=True)), models.Q(models.Q(('state', 'turned_down'), _negated=True), ('turned_down_by__isnull', True), ('turned_down_why', '')), _connector='OR'), name='reissue_turned_down_whole'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('give_up_at__isnull', True), ('sending_since__isnull', True), ('state__in', ('proposed', 'pending', 'taken_back', 'turned_down'))), models.Q(models.Q(('state__in', ('proposed', 'pending', 'taken_back', 'turned_down')), _negated=True), ('give_up_at__isnull', False), ('sending_since__isnull', False)), _connector='OR'), name='reissue_never_sent_is_unsent'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state__in', ('proposed', 'pending', 'sending'))), models.Q(models.Q(('state__in', ('proposed', 'pending', 'sending')), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='reissue_finished_whole'),
        ),
        migrations.RunPython(forbid),
    ]
