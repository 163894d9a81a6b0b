"""What models cannot say: history is append-only again, cases can be searched, and the first reasons to pick."""

import re
from unicodedata import normalize

from django.db import migrations

APPEND_ONLY = ("reviews_decision", "reviews_caseevent", "reviews_bulk")
# All of a delivery but whether it was taken back.
DELIVERED = "case_id, run_id, text, by_id, at, send_after"
EACH, WORDS, LONGEST, INDEXED = 50_000, 16_000, 100, 200_000
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
    for case in apps.get_model("reviews", "Case").objects.select_related("first_run").iterator():
        endings = [int(run.happened_at.timestamp()) for run in waiting(apps, case)]
        case.blocked_runs, case.blocked_since = len(endings), sum(endings)
        case.save(update_fields=["blocked_runs", "blocked_since"])
        text = "\n".join(part[:EACH] for part in texts(apps, case))
        words = WORD.findall(normalize("NFKC", normalize("NFKC", text).casefold()))[:WORDS]
        read = " ".join(word[:LONGEST] for word in words)[:INDEXED]
        apps.get_model("reviews", "CaseText").objects.create(case=case, text=read)
    schema_editor.execute("UPDATE reviews_delivery SET send_after = at")


def waiting(apps, case):
    """Return the runs that wait for a case: if it came back, those that brought it and what came after them."""
    runs = apps.get_model("pipelines", "Run").objects
    events = apps.get_model("reviews", "CaseEvent").objects.filter(case=case).order_by("pk")
    back = events.filter(kind="came_back").last()
    if back is None:
        return runs.filter(folded__case=case, origin="pipeline")
    closing = events.filter(pk__lt=back.pk).exclude(kind="repeated").last()
    repeats = events.filter(pk__gt=closing.pk, kind="repeated")
    return runs.filter(pk__in=[event.run_id for event in repeats])


def texts(apps, case):
    """Return what a search reads of a case; people's words come first."""
    contents = apps.get_model("pipelines", "RunContent").objects
    found = [case.task_id, case.first_run.run_id, case.first_run.request_id]
    sendings = list(apps.get_model("reviews", "Reissue").objects.filter(case=case).order_by("number"))
    for sending in sendings:
        found += [sending.purpose, sending.background, sending.handling_limits]
    if content := contents.filter(run=case.first_run).first():
        found += [content.detail, content.prompt, content.answer]
    for content in contents.filter(run__in=[one.run_id for one in sendings if one.run_id]).order_by("run"):
        found.append(content.answer)
    return found


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
