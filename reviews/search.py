"""Full-text search for cases: PostgreSQL's own, or SQLite's FTS5. The same words find the same cases.

A case is found by its task, the identities of its first run, its prompt, answer and detail, the context
that people added, what the re-issues answered, and the notes. Words are matched whole and without
regard to case; a word with * at its end matches every word that begins so; "several words" in quotation
marks must follow each other; a word with a minus before it must not occur.
"""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models.expressions import RawSQL

from pipelines.models import RunContent
from reviews.models import Case, CaseEvent, CaseText, EventKind, Reissue

# What is read of a case, in characters: an index entry cannot be of any size. The texts themselves are whole.
INDEXED = 200_000

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_WORD = re.compile(r"[^\W_]+")


def index(*, case_ids: Sequence[int]) -> None:
    """Write anew what a search reads of these cases, in the transaction that changed them."""
    cases = list(Case.objects.filter(pk__in=case_ids).select_related("first_run"))
    contents = RunContent.objects.in_bulk([case.first_run_id for case in cases])
    texts: dict[int, list[str]] = {}
    for case in cases:
        run, content = case.first_run, contents.get(case.first_run_id)
        texts[case.pk] = [case.task_id, run.run_id, run.request_id]
        texts[case.pk] += [content.prompt, content.answer, content.detail] if content else []
    for sending in Reissue.objects.filter(case__in=texts).select_related("run__content").order_by("number"):
        content = getattr(sending.run, "content", None)
        texts[sending.case_id] += [sending.purpose, sending.background, sending.handling_limits]
        texts[sending.case_id] += [content.answer] if content else []
    told = CaseEvent.objects.filter(case__in=texts, kind__in=[EventKind.NOTED, EventKind.REPLIED])
    for event in told.order_by("pk"):
        texts[event.case_id].append(event.text)
    CaseText.objects.bulk_create(
        [CaseText(case_id=pk, text=_words("\n".join(parts))) for pk, parts in texts.items()],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["text"],
    )


def _words(text: str) -> str:
    """Return the words alone, so that both databases see the same ones."""
    return " ".join(_WORD.findall(text.casefold()))[:INDEXED]


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

    A query of unwanted words alone looks for nothing.
    """
    terms = []
    for minus, phrase, word in _TERM.findall(query):
        words = _WORD.findall((phrase or word).casefold())
        if words:
            terms.append((bool(minus), words, word.endswith("*")))
    return terms if any(not minus for minus, _, _ in terms) else []


def _postgresql(minus: bool, words: list[str], prefix: bool) -> str:
    quoted = [f"'{word}'" for word in words]
    if prefix:
        quoted[-1] += ":*"
    return ("!" if minus else "") + "(" + " <-> ".join(quoted) + ")"


def _sqlite(minus: bool, words: list[str], prefix: bool) -> str:
    return '"' + " ".join(words) + '"' + ("*" if prefix else "")
