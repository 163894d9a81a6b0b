"""Words that are kept as somebody heard or attested them name the language that they are in."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# What of each never changes once it is written.
TOLD = "person_id, hook_id, day, again, created_at"
ASKED = (
    "case_id, number, decision_id, way, purpose, serves, authority, background, handling_limits, own_words_digest, "
    "attestation, attested_in, attested_at, nonce, by_id, original_digest, model, needs_second, created_at"
)
# As in 0012: nothing changes but from a text to none, in the one step that says what deleted it.
TEXTS = "request, text_before, text_after, own_words, deletion_id"
EMPTIED = (
    " WHEN (NEW.deletion_id IS NULL OR OLD.deletion_id IS NOT NULL "
    "OR NEW.request <> '' OR NEW.text_before <> '' OR NEW.text_after <> '' "
    "OR (NEW.own_words <> '' AND NEW.own_words <> OLD.own_words))"
)


def fill(apps, schema_editor):
    """What is there was written in the site's language, as far as anybody can say."""
    for model, written, language in (
        ("AlertMessage", "text", "language"),
        ("Reissue", "attestation", "attested_in"),
    ):
        kept = apps.get_model("reviews", model)._base_manager
        kept.filter(~Q(**{written: ""})).update(**{language: settings.LANGUAGE_CODE})


def forbid(apps, schema_editor):
    """The language is part of what was attested. SQLite has made both tables anew, without their triggers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER reviews_reissue_append_only ON reviews_reissue")
        schema_editor.execute(
            f"CREATE TRIGGER reviews_reissue_append_only BEFORE UPDATE OF {ASKED} ON reviews_reissue "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
        return
    for table, name, columns, when in (
        ("reviews_alertmessage", "append_only", TOLD, ""),
        ("reviews_reissue", "append_only", ASKED, ""),
        ("reviews_reissue", "texts", TEXTS, EMPTIED),
    ):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table}{when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [('reviews', '0019_forget_webhooks')]

    operations = [
        migrations.RemoveConstraint(
            model_name='reissue',
            name='reissue_attested',
        ),
        migrations.AddField(
            model_name='alertmessage',
            name='language',
            field=models.CharField(blank=True, help_text='In which subject and text are written.', max_length=10),
        ),
        migrations.AddField(
            model_name='reissue',
            name='attested_in',
            field=models.CharField(blank=True, help_text='In which they read it.', max_length=10, verbose_name='language of the attestation'),
        ),
        migrations.RunPython(fill),
        migrations.AddConstraint(
            model_name='alertmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('language', ''), ('text', '')), models.Q(models.Q(('text', ''), _negated=True), models.Q(('language', ''), _negated=True)), _connector='OR'), name='alert_message_written_in_a_language'),
        ),
        migrations.AddConstraint(
            model_name='reissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('attested_at__isnull', False), models.Q(('attestation', ''), _negated=True), models.Q(('attested_in', ''), _negated=True)), models.Q(('attestation', ''), ('attested_at__isnull', True), ('attested_in', ''), ('nonce__startswith', 'unasked-')), _connector='OR'), name='reissue_attested'),
        ),
        migrations.RunPython(forbid),
    ]
