"""`/patterns/` and `/alerts/`: numbers for who may see them, cases for who may read them, choices for everybody."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline, Run, Topic
from reviews.count import correct
from reviews.models import AlertChoice, AlertHook, AlertMessage, Pattern, WeekDeclines
from reviews.patterns.evaluate import evaluate
from reviews.patterns.listing import PAGE_SIZE
from reviews.reports.weeks import current_week, week_name
from tests.cases import QUESTION, held_case
from tests.patterns.making import WEEK
from tests.reviews.making import answered, guarded, record

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/services/T0/B0/secret-of-the-chat"


@pytest.fixture
def pattern(db: None) -> Pattern:
    held_case()
    evaluate(now=timezone.now())
    return Pattern.objects.get()


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response
    return response.content.decode()


def test_a_viewer_sees_numbers_and_neither_text_nor_a_way_to_it(
    pattern: Pattern, viewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(viewer)
    page = text(client, "/patterns/") + text(client, pattern.get_absolute_url())
    assert "CYBER" in page
    assert "/queue/" not in page
    assert QUESTION not in page
    assert "hush" not in page
    assert client.post(f"{pattern.get_absolute_url()}hush/").status_code == 403


def test_an_owner_without_a_role_sees_the_patterns_of_their_own_pipelines(
    pattern: Pattern, outsider: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(outsider)
    assert client.get("/patterns/").status_code == 403
    Pipeline.objects.create(slug="other", title="Other", owner=outsider)
    assert "CYBER" not in text(client, "/patterns/")
    assert client.get(pattern.get_absolute_url()).status_code == 404
    Pipeline.objects.filter(pk=pattern.pipeline_id).update(owner=outsider)
    assert "CYBER" in text(client, "/patterns/") + text(client, pattern.get_absolute_url())


def test_a_pattern_of_which_no_decline_is_left_is_not_listed_and_keeps_its_page(
    pattern: Pattern, viewer: User, client_as: Callable[[User], Client]
) -> None:
    client, address = client_as(viewer), pattern.get_absolute_url()
    wrong = held_case(question="Another.").first_run_id
    for left, runs in ((True, [wrong]), (False, Run.objects.values_list("pk", flat=True))):
        correct(run_ids=runs, outcome="ok", code="")
        for _evaluated in range(2):
            assert (address in text(client, "/patterns/")) is left
            assert (address in text(client, "/patterns/?state=quiet")) is False
            evaluate(now=timezone.now())
    assert "CYBER" in text(client, address)


def test_a_reviewer_makes_a_pattern_quiet_and_listens_again(
    pattern: Pattern, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    page = client.post(f"{pattern.get_absolute_url()}hush/", follow=True).content.decode()
    assert "Quiet until it grows, since" in page
    assert "Listen again" in page
    assert "already" in client.post(f"{pattern.get_absolute_url()}hush/", follow=True).content.decode()
    page = client.post(f"{pattern.get_absolute_url()}listen/", follow=True).content.decode()
    assert "Quiet until it grows, since" not in page
    assert "listened to again" in page
    assert client.get(f"{pattern.get_absolute_url()}listen/").status_code == 405


def test_a_pattern_leads_a_reader_to_its_cases(
    pattern: Pattern, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    addresses = re.findall(r'href="(/queue/\?[^"]+)"', text(client, pattern.get_absolute_url()))
    assert len(addresses) == 2, "all like it, and those of this week"
    for address in addresses:
        assert "Write a notice" in text(client, address.replace("&amp;", "&"))


def test_a_pattern_says_what_was_to_be_expected_and_how_sure_that_is(
    viewer: User, client_as: Callable[[User], Client]
) -> None:
    pipeline, now = Pipeline.objects.create(slug="piers", title="Piers"), timezone.now()
    for back in range(3, -1, -1):
        at = now - back * WEEK
        rows = [guarded(f"Pier {back} {number}.", at=at) for number in range(1 if back else 40)]
        record(pipeline, [answered(at=at) for _ in range(200)] + rows, now=at)
    evaluate(now=now)
    page = text(client_as(viewer), Pattern.objects.get().get_absolute_url())
    assert "40, where 1.2 were to be expected from the 2 weeks before (p &lt; 0.0001)" in page
    assert f"40 declines in {week_name(current_week(now=now))}, 1.2 expected, p &lt; 0.0001" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=new", True),
        ("state=quiet", False),
        ("pipeline=notices&code=CYBER", True),
        ("code=PII", False),
        ("pipeline=nobody", True),
        ("state=nothing&before=x.y", True),
        ("before=2020-01-06.1", False),
        ("before=2026-99-99.1", True),
        ("before=2026-01-05.99999999999999999999999", True),
    ],
)
def test_the_list_is_narrowed_by_what_can_be_read(
    query: str, found: bool, pattern: Pattern, viewer: User, client_as: Callable[[User], Client]
) -> None:
    assert (pattern.get_absolute_url() in text(client_as(viewer), f"/patterns/?{query}")) is found


def test_what_wants_to_be_looked_at_is_counted_above_the_list_and_leads_to_it(
    pattern: Pattern, viewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(viewer)

    def chips(address: str) -> list[tuple[str, str]]:
        found = re.findall(r'class="chip" href="([^"]+)"[^>]*>(.*?)</a>', text(client, address), re.DOTALL)
        return [(where, " ".join(re.sub(r"<[^>]*>", " ", words).split())) for where, words in found]

    assert chips("/patterns/?code=CYBER") == [("/patterns/?code=CYBER&amp;state=new", "new 1")]
    assert chips("/patterns/?state=new&code=CYBER") == [
        ("/patterns/?code=CYBER", "new 1 \N{MULTIPLICATION SIGN} remove")
    ]
    assert chips("/patterns/?state=ongoing") == [("/patterns/?state=new", "new 1")]
    assert chips("/patterns/?code=PII") == []
    correct(run_ids=Run.objects.values_list("pk", flat=True), outcome="ok", code="")
    assert chips("/patterns/") == [], "what is not listed is not counted"


def test_a_topic_is_called_by_its_name(viewer: User, client_as: Callable[[User], Client]) -> None:
    record(
        held_case().pipeline, [guarded("Where does the crane stand?", topic="harbour")], now=timezone.now()
    )
    Topic.objects.update(name="Harbour and piers")
    evaluate(now=timezone.now())
    client = client_as(viewer)
    for page in ("/patterns/", Pattern.objects.get(topic="harbour").get_absolute_url()):
        assert "Harbour and piers" in text(client, page)


def test_a_long_list_comes_in_pages_and_asks_the_database_as_often(
    pattern: Pattern,
    viewer: User,
    client_as: Callable[[User], Client],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = client_as(viewer)
    client.get("/patterns/")
    with django_assert_num_queries(12):
        client.get("/patterns/")
    fields = {name: getattr(pattern, name) for name in ("state", "since", "first_week", "last_week")}
    Pattern.objects.bulk_create(
        Pattern(code=f"OWN_{number}", pipeline_id=pattern.pipeline_id, **fields)
        for number in range(PAGE_SIZE)
    )
    WeekDeclines.objects.bulk_create(
        WeekDeclines(
            code=f"OWN_{number}", pipeline_id=pattern.pipeline_id, week=pattern.last_week, surface="model",
            hidden=False, declines=1,
        )
        for number in range(PAGE_SIZE)
    )  # fmt: skip
    with django_assert_num_queries(12):
        page = text(client, "/patterns/")
    assert pattern.get_absolute_url() not in page
    (older,) = re.findall(r'rel="next" href="([^"]+)"', page)
    assert pattern.get_absolute_url() in text(client, f"/patterns/{older}")


def test_everybody_chooses_what_they_hear_of(viewer: User, client_as: Callable[[User], Client]) -> None:
    client = client_as(viewer)
    page = text(client, "/preferences/alerts/")
    assert "nothing concerns you now" in page
    chosen = dict.fromkeys(("code", "escalating", "regressed", "new", "degraded"), "never")
    assert client.post("/preferences/alerts/", chosen | {"new": "hourly"}).status_code == 422
    assert not AlertChoice.objects.exists()
    assert client.post("/preferences/alerts/", chosen | {"new": "at_once"}).status_code == 302
    assert dict(AlertChoice.objects.values_list("kind", "when")) == chosen | {"new": "at_once"}


@pytest.mark.parametrize("role", ["viewer", "reviewer", "outsider"])
def test_nobody_but_a_lead_sees_the_log_or_the_chats(
    role: str, request: pytest.FixtureRequest, client_as: Callable[[User], Client]
) -> None:
    client = client_as(request.getfixturevalue(role))
    assert client.get("/alerts/").status_code == 403
    assert client.post("/alerts/chats/1/off/").status_code == 403
    assert client.get("/alerts/messages/1/").status_code == 403


def test_a_lead_adds_a_chat_whose_address_is_never_shown_whole(
    lead: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(lead)
    assert client.post("/alerts/", {"url": "https://10.0.0.1/", "kinds": ["code"]}).status_code == 422
    assert client.post("/alerts/", {"url": URL, "kinds": ["code"]}).status_code == 302
    page = text(client, "/alerts/")
    assert "https://hooks.example/…chat" in page
    assert "secret-of" not in page
    hook = AlertHook.objects.get()
    client.post(f"/alerts/chats/{hook.pk}/off/")
    hook.refresh_from_db()
    assert hook.disabled_at
    client.post(f"/alerts/chats/{hook.pk}/on/")
    hook.refresh_from_db()
    assert hook.disabled_at is None


def test_a_lead_sees_what_was_told_to_whom(
    pattern: Pattern, lead: User, client_as: Callable[[User], Client]
) -> None:
    held_case(category="bio")
    evaluate(now=timezone.now())
    message = AlertMessage.objects.get()
    client = client_as(lead)
    assert "daily digest, not written yet" in text(client, "/alerts/")
    assert "No message" in text(client, "/alerts/?state=failed")
    assert "leaves after" in text(client, message.get_absolute_url())
