"""What models cannot say: history is append-only again, cases can be searched, and the first reasons to pick."""

import re

from django.db import migrations

APPEND_ONLY = ("reviews_decision", "reviews_caseevent", "reviews_bulk")
# All of a delivery but whether it was taken back.
DELIVERED = "case_id, run_id, text, by_id, at, send_after"
INDEXED = 200_000
WORD = re.compile(r"[^\W_]+")

POSTGRESQL_SEARCH = "CREATE INDEX reviews_casetext_words ON reviews_casetext USING gin (to_tsvector('simple', text))"
SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE reviews_casetext_words USING fts5(text, content='reviews_casetext', content_rowid='case_id', "
    "tokenize='unicode61 remove_diacritics 0')",
    """CREATE TRIGGER reviews_casetext_added AFTER INSERT ON reviews_casetext BEGIN
    INSERT INTO reviews_casetext_words(rowid, text) VALUES (new.case_id, new.text); END""",
    """CREATE TRIGGER reviews_casetext_gone AFTER DELETE ON reviews_casetext BEGIN
    INSERT INTO reviews_casetext_words(reviews_casetext_words, rowid, text) VALUES ('delete', old.case_id, old.text);
    END""",
    """CREATE TRIGGER reviews_casetext_changed AFTER UPDATE ON reviews_casetext BEGIN
    INSERT INTO reviews_casetext_words(reviews_casetext_words, rowid, text) VALUES ('delete', old.case_id, old.text);
    INSERT INTO reviews_casetext_words(rowid, text) VALUES (new.case_id, new.text); END""",
)

TEMPLATES = [
    ("uphold", "The decline was right", "The decline was right: this should not be answered, whoever asks."),
    ("uphold", "Not ours to ask", "The decline was right: the pipeline should not have asked this. Its owner is to mend it."),
    ("withdraw", "No longer needed", "Nobody needs this answer any more."),
    ("withdraw", "A test", "A test or a mistake of the pipeline: there is nothing to answer."),
]


def fill(apps, schema_editor):
    """Reckon what the new columns hold for the rows that stand already."""
    Case, CaseRun, CaseText = (apps.get_model("reviews", name) for name in ("Case", "CaseRun", "CaseText"))
    RunContent = apps.get_model("pipelines", "RunContent")
    for case in Case.objects.iterator():
        runs = CaseRun.objects.filter(case=case).exclude(kind="reissue")
        endings = [int(at.timestamp()) for at in runs.values_list("run__happened_at", flat=True)]
        case.blocked_runs, case.blocked_since = len(endings), sum(endings)
        case.save(update_fields=["blocked_runs", "blocked_since"])
        content = RunContent.objects.filter(run=case.first_run_id).first()
        texts = [case.task_id] + ([content.prompt, content.answer, content.detail] if content else [])
        CaseText.objects.create(case=case, text=" ".join(WORD.findall("\n".join(texts).casefold()))[:INDEXED])
    schema_editor.execute("UPDATE reviews_delivery SET send_after = at")


def make_templates(apps, schema_editor):
    Template = apps.get_model("reviews", "ReasonTemplate")
    for position, (kind, title, text) in enumerate(TEMPLATES):
        Template.objects.create(kind=kind, title=title, text=text, position=position)


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in APPEND_ONLY:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
            )
        schema_editor.execute(
            f"CREATE TRIGGER reviews_delivery_append_only BEFORE UPDATE OF {DELIVERED} OR DELETE ON reviews_delivery "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
    else:
        for table, columns in [*((table, "") for table in APPEND_ONLY), ("reviews_delivery", f" OF {DELIVERED}")]:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
            )


def make_searchable(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_SEARCH)
    else:
        for statement in SQLITE_SEARCH:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_the_desk"), ("pipelines", "0001_initial")]

    operations = [
        migrations.RunPython(make_searchable),
        migrations.RunPython(fill),
        migrations.RunPython(make_templates),
        migrations.RunPython(forbid),
    ]
