"""Full-text search for cases: PostgreSQL's own, or SQLite's FTS5. The same words find the same cases.

A case is found by its task, the identities of its first run, its prompt, answer and detail, the context
that people added, what the re-issues answered, and the notes. Words are matched whole and without
regard to case; a word with * at its end matches every word that begins so; "several words" in quotation
marks must follow each other; a word with a minus before it must not occur.
"""

import re
from collections.abc import Sequence
from unicodedata import normalize

from django.db import connection
from django.db.models.expressions import RawSQL

from pipelines.models import RunContent
from reviews.models import Case, CaseEvent, CaseText, EventKind, Reissue

# What is read of a case: the first characters of each text, so that a long prompt hides no note; and no more
# words and characters in all than PostgreSQL gives places to. The texts themselves are whole.
EACH = 50_000
WORDS, INDEXED = 16_000, 200_000
# No word of a language is longer, and PostgreSQL takes none of more than 2 KiB.
LONGEST = 100
# What is read of a query: SQLite has no room for a term more than some two hundred.
ASKED, TERMS = 1_000, 30

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_WORD = re.compile(r"[^\W_]+")


def index(*, case_ids: Sequence[int]) -> None:
    """Write anew what a search reads of these cases, in the transaction that changed them."""
    cases = list(Case.objects.filter(pk__in=case_ids).select_related("first_run"))
    texts = {case.pk: [case.task_id, case.first_run.run_id, case.first_run.request_id] for case in cases}
    told = CaseEvent.objects.filter(case__in=texts, kind__in=[EventKind.NOTED, EventKind.REPLIED])
    for event in told.order_by("pk"):
        texts[event.case_id].append(event.text)
    sendings = Reissue.objects.filter(case__in=texts).select_related("run__content").order_by("number")
    for sending in sendings:
        texts[sending.case_id] += [sending.purpose, sending.serves, sending.authority, sending.background]
        texts[sending.case_id] += [sending.handling_limits, sending.text_after]
    contents = RunContent.objects.in_bulk([case.first_run_id for case in cases])
    for case in cases:
        if content := contents.get(case.first_run_id):
            texts[case.pk] += [content.detail, content.prompt, content.answer]
    for sending in sendings:
        if content := getattr(sending.run, "content", None):
            texts[sending.case_id].append(content.answer)
    CaseText.objects.bulk_create(
        [CaseText(case_id=pk, text=_read(parts)) for pk, parts in texts.items()],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["text"],
    )


def _read(parts: Sequence[str]) -> str:
    """Return the words of some texts alone, so that both databases see the same ones."""
    words = _words(_folded("\n".join(part[:EACH] for part in parts)))
    return " ".join(words[:WORDS])[:INDEXED]


def _folded(text: str) -> str:
    """Return a text without regard to case, and with one way of writing each character."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def _words(folded: str) -> list[str]:
    return [word[:LONGEST] for word in _WORD.findall(folded)]


def found(query: str) -> RawSQL | None:
    """Return the ids of the cases that match, as a subquery; None where the query holds no word to look for."""
    if connection.vendor == "postgresql":
        terms = [_postgresql(*term) for term in _terms(query)]
        sql = (
            "SELECT case_id FROM reviews_casetext "
            "WHERE to_tsvector('simple', text) @@ to_tsquery('simple', %s)"
        )
        return _ids(sql, " & ".join(terms)) if terms else None
    wanted = [_sqlite(*term) for term in _terms(query) if not term[0]]
    unwanted = [_sqlite(*term) for term in _terms(query) if term[0]]
    if not wanted:
        return None
    text = " AND ".join(wanted) + "".join(f" NOT {term}" for term in unwanted)
    return _ids("SELECT rowid FROM reviews_casetext_words WHERE reviews_casetext_words MATCH %s", text)


def _ids(sql: str, query: str) -> RawSQL:
    return RawSQL(sql, [query])  # noqa: S611  # ours but for the query, which is a parameter


def _terms(query: str) -> list[tuple[bool, list[str], bool]]:
    """Return the terms: whether it must not occur, its words in a row, whether the last is only a beginning.

    A query of unwanted words alone looks for nothing. Of a long one, its beginning is read.
    """
    terms = []
    for minus, phrase, word in _TERM.findall(_folded(query[:ASKED])):
        if words := _words(phrase or word):
            terms.append((bool(minus), words, word.endswith("*")))
    terms = terms[:TERMS]
    return terms if any(not minus for minus, _, _ in terms) else []


def _postgresql(minus: bool, words: list[str], prefix: bool) -> str:
    quoted = [f"'{word}'" for word in words]
    if prefix:
        quoted[-1] += ":*"
    return ("!" if minus else "") + "(" + " <-> ".join(quoted) + ")"


def _sqlite(minus: bool, words: list[str], prefix: bool) -> str:
    return '"' + " ".join(words) + '"' + ("*" if prefix else "")
