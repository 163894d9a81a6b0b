"""Cases are found by the words in them, the same on both databases, whatever is typed."""

import re
from itertools import pairwise
from unicodedata import normalize

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import Pipeline
from reviews.compose import Context
from reviews.models import Case, CaseText
from reviews.note import ask, note, reply
from reviews.queue import Filter
from reviews.search import EACH, index
from reviews.suspect import hold_suspected
from tests.reviews.making import APOLOGY, NOW, answered, come, declined, held, record, to_send

TEXTS = {
    "pier": "Describe the north pier, built in 1911. It's 40m long & carries two cranes.",
    "quay": "Describe the quay: the harbour-master's house, the café, the ÖL pumps.",
    "straße": "Die Straße zum Hafen heißt „Am Kai“; naïve drivers use it.",
    "москва": "Опишите причал в Москве, построенный в 1911 году.",
    "東京": "東京の港 の 案内 を書いてください。 \uff21\uff22\uff23\uff11\uff12\uff13 \ufb01ne",
    "hostile": "NOT AND OR NEAR(crane pier) text:* \" ' -- ; DROP TABLE <b>x</b> O'Neil",
}


@pytest.fixture
def cases(pipeline: Pipeline) -> dict[str, int]:
    return {
        name: held(pipeline, text, task_id=f"task-{n}").pk for n, (name, text) in enumerate(TEXTS.items())
    }


def found(query: str) -> set[int]:
    return {case.pk for case in Filter(state="all", q=query).cases(now=NOW)}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("pier", {"pier", "hostile"}),
        ("PIER", {"pier", "hostile"}),
        ("pie", set()),
        ("pie*", {"pier", "hostile"}),
        ("describe the", {"pier", "quay"}),
        ('"describe the north"', {"pier"}),
        ('"the describe"', set()),
        ('"Describe the', {"pier", "quay"}),
        ("describe -quay", {"pier"}),
        ("describe -qua*", {"pier"}),
        ('describe -"the quay" -harbour', {"pier"}),
        ("- describe", {"pier", "quay"}),
        ("1911", {"pier", "москва"}),
        ("191*", {"pier", "москва"}),
        ("40m", {"pier"}),
        ("40", set()),
        ("harbour-master", {"quay"}),
        ("harbour-mas*", {"quay"}),
        ("master-harbour", set()),
        ("harbour_master's", {"quay"}),
        ("café", {"quay"}),
        ("CAFE\u0301", {"quay"}),
        ("cafe", set()),
        ("öl", {"quay"}),
        ("STRASSE", {"straße"}),
        ("straße", {"straße"}),
        ("“kai”", {"straße"}),
        ("причал", {"москва"}),
        ("ПРИЧАЛ москв*", {"москва"}),
        ("東京の港", {"東京"}),
        ("東京*", {"東京"}),
        ("abc123", {"東京"}),
        ("\uff21\uff22\uff23\uff11\uff12\uff13", {"東京"}),
        ("fine", {"東京"}),
        ("NOT", {"hostile"}),
        ("AND OR", {"hostile"}),
        ("crane NEAR pier", {"hostile"}),
        ("NEAR(crane pier)", {"hostile"}),
        ("text:drop", {"hostile"}),
        ("o'neil", {"hostile"}),
        ("'; DROP TABLE reviews_case; --", set()),
        ("drop table", {"hostile"}),
        ("task-3", {"москва"}),
        ('task "3"', {"москва"}),
        ("t*", {"pier", "quay", "straße", "москва", "東京", "hostile"}),
    ],
)
def test_a_query_finds_what_it_says(cases: dict[str, int], query: str, names: set[str]) -> None:
    assert found(query) == {cases[name] for name in names}


@pytest.mark.parametrize(
    "query", ["", "   ", "*", "-", '"', '""', "-pier", '-"the quay" -x*', "?!', ;", "_", "²³"]
)
def test_a_query_without_a_word_to_look_for_narrows_nothing(cases: dict[str, int], query: str) -> None:
    everything = query != "²³"  # two digits, however small
    assert found(query) == (set(cases.values()) if everything else set())


@pytest.mark.parametrize(
    "query",
    [
        "x" * 100_000,
        '"' + "pier " * 5000,
        "(" * 5000,
        " ".join(f"-w{n}" for n in range(5000)) + " pier",
        "pier " + " ".join(f"-w{n}" for n in range(5000)),
        " ".join(f"w{n}*" for n in range(5000)),
        "\x00pier\x00",
        "\ud800",
        "a&b|!c:*<->d",
        "{text} : pier ^ + *",
        "%s %(x)s %",
        "\\'\\\\",
    ],
)
def test_nothing_that_is_typed_fails(cases: dict[str, int], query: str) -> None:
    found(query)


PIECES = [*"abAB19_-'\"*():&|!<>^+{}\\%.,;@#/ \t\n", *"éÉßñжЯ東京²½", "हि"]
# A letter of Arabic and a word in one character; a numeral; an accent alone; letters that fold unlike others.
PIECES += ["\u0627", "\ufdfa", "\u2167", "\u0301", "\u0130", "\u017f"]
SAID = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", normalize("NFKC", normalize("NFKC", text).casefold()))


@pytest.mark.django_db
@given(text=SAID, query=st.one_of(st.text(max_size=40), SAID))
@settings(max_examples=150, deadline=None)
def test_any_word_and_any_two_in_a_row_are_found_and_nothing_that_is_typed_fails(
    text: str, query: str
) -> None:
    with transaction.atomic():
        pipeline = Pipeline.objects.create(slug="museum-guide", title="Museum guide")
        case = held(pipeline, "Describe. " + text)
        inside = set(words("t1 " + text))
        for word in words(text):
            assert found(word) == {case.pk}
            assert found(word[:1] + "*") == {case.pk}
            assert found("describe -" + word) == set()
            assert found(word + "zz") == ({case.pk} if word + "zz" in inside else set())
        for one, other in pairwise(words(text)):
            assert found(f'"{one} {other}"') == {case.pk}
        found(query)
        transaction.set_rollback(True)


def test_a_case_is_found_by_its_run_its_detail_and_its_suspicious_answer(
    pipeline: Pipeline, reviewer: User
) -> None:
    (run,) = record(pipeline, [answered(APOLOGY, run_id="nightly/7")])
    case = hold_suspected(run_id=run.pk, by=reviewer, now=NOW)
    held(pipeline, "Another.")
    assert found('"sorry but"') == found("nightly/7") == {case.pk}


def test_a_case_is_found_by_what_people_and_reissues_added_to_it(pipeline: Pipeline, reviewer: User) -> None:
    pipeline.owner = reviewer
    pipeline.save()
    case = held(pipeline)
    held(pipeline, "Another.")
    for query in ("lighthouse", "brochure", "visitors", "restored", "zebra", "walrus"):
        assert found(query) == set()
    context = Context(purpose="A brochure.", background="Of the lighthouse.", handling_limits="No visitors.")
    sending = to_send(case, by=reviewer, context=context)
    assert found("lighthouse brochure visitors") == {case.pk}
    come(sending, now=NOW)
    assert found("restored") == {case.pk}, "it is in the answer"
    note(case_id=case.pk, text="See the zebra case.", by=reviewer, now=NOW)
    ask(case_id=case.pk, question="Why?", by=reviewer, now=NOW)
    reply(case_id=case.pk, text="The walrus said so.", by=reviewer, now=NOW)
    assert found("zebra walrus") == found("zebra pier") == {case.pk}


def test_a_note_behind_a_huge_prompt_is_found_and_so_is_the_answer(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline, "pier " * EACH + "zebra")
    note(case_id=case.pk, text="Walrus.", by=reviewer, now=NOW)
    assert found("walrus") == found("pier") == {case.pk}
    assert found("zebra") == set(), "of each text its beginning"


def test_a_text_of_any_words_can_be_indexed(pipeline: Pipeline) -> None:
    """PostgreSQL takes no word of 2 KiB and no vector of 1 MiB."""
    rare = [chr(point) for point in range(0x20000, 0x20000 + 40_000)]
    prompts = [" ".join(rare), "".join(rare), "x" * 60_000, " ".join(f"{n:099}" for n in range(5000))]
    made = [held(pipeline, prompt).pk for prompt in prompts]
    assert found(rare[0]) == {made[0]}
    assert found(rare[0] + "*") == set(made[:2])
    assert found("x" * 60_000) == found("x" * 100) == {made[2]}
    assert found(f"{17:099}") == {made[3]}


def test_writing_the_index_anew_changes_nothing(cases: dict[str, int]) -> None:
    before = list(CaseText.objects.order_by("pk").values_list("pk", "text"))
    for _ in range(2):
        index(case_ids=list(cases.values()))
    assert list(CaseText.objects.order_by("pk").values_list("pk", "text")) == before
    assert found("pier") == {cases["pier"], cases["hostile"]}


def test_a_repeat_writes_no_index(pipeline: Pipeline) -> None:
    case = held(pipeline)
    CaseText.objects.filter(case=case).update(text="kept")
    record(pipeline, [declined()])
    assert found("kept") == {case.pk}
    assert Case.objects.get().declines == 2
