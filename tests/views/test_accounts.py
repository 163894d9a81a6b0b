"""Logging in and passwords: wrong tries are limited, nobody is locked out for good, everybody changes their own."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.translation import get_language
from pytest_django import Settings

from reviews import reset, tries
from reviews.models import Preferences

PASSWORD = "correct horse battery"
NEW = "a staple that nobody guesses"
LIMIT = 10
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def _counted_anew() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let it be this moment at the login."""

    def set_clock(now: datetime) -> None:
        monkeypatch.setattr("reviews.views.accounts.timezone.now", lambda: now)

    return set_clock


@pytest.fixture
def mails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[mail.EmailMessage]:
    """The site sends e-mail; the worker's part is done at once."""
    settings.PASSWORD_RESET, settings.SITE_URL = True, "https://hub.example"
    monkeypatch.setattr(
        "reviews.tasks.send_links.delay", lambda email, lang: reset.send_links(email=email, language=lang)
    )
    monkeypatch.setattr("reviews.tasks.transaction.on_commit", lambda ring, robust: ring())
    return mail.outbox


def log_in(client: Client, name: str, password: str, *, address: str = HERE, to: str = "") -> Any:
    return client.post(to or "/login/", {"username": name, "password": password}, REMOTE_ADDR=address)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def wrong_tries(name: str, count: int, *, address: str = HERE) -> list[int]:
    """Let a stranger try; return how each was answered."""
    stranger = Client()
    return [log_in(stranger, name, f"wrong {number}", address=address).status_code for number in range(count)]


def test_after_too_many_wrong_tries_at_an_account_not_even_the_right_password_is_looked_at(
    reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wrong_tries("reviewer", LIMIT) == [200] * LIMIT

    def look(*args: object, **kwargs: object) -> None:
        raise AssertionError("the password was looked at")

    monkeypatch.setattr("django.contrib.auth.forms.authenticate", look)
    refused = log_in(Client(), " Reviewer", PASSWORD, address=ELSEWHERE)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= tries.WINDOW
    assert re.search(r"Too many tries\. Wait \d+ minutes?, then try again\.", refused.content.decode())


def test_whoever_waits_gets_in(reviewer: User, at: Callable[[datetime], None]) -> None:
    now = timezone.now()
    at(now)
    assert wrong_tries("reviewer", LIMIT + 1)[-1] == 429
    waited = int(log_in(Client(), "reviewer", PASSWORD)["Retry-After"])
    at(now + timedelta(seconds=waited))
    client = Client()
    assert log_in(client, "reviewer", PASSWORD).status_code == 302
    assert signed_in(client)


def test_what_is_right_is_not_counted(reviewer: User) -> None:
    assert {log_in(Client(), "reviewer", PASSWORD).status_code for _ in range(3 * LIMIT)} == {302}


def test_an_account_that_nobody_has_is_answered_like_any_other(reviewer: User) -> None:
    assert wrong_tries("nobody", LIMIT + 1) == wrong_tries("reviewer", LIMIT + 1)


def test_tries_at_many_accounts_from_one_address_are_limited_together(
    reviewer: User, settings: Settings
) -> None:
    settings.LOGIN_TRIES_PER_ADDRESS = 4
    assert [wrong_tries(f"name {number}", 1)[0] for number in range(5)] == [200] * 4 + [429]
    assert log_in(Client(), "reviewer", PASSWORD).status_code == 429
    assert log_in(Client(), "reviewer", PASSWORD, address=ELSEWHERE).status_code == 302


def test_who_tries_a_strangers_account_does_not_lock_them_out_of_a_browser_that_they_use(
    reviewer: User, settings: Settings
) -> None:
    settings.LOGIN_TRIES_PER_ADDRESS = 2 * LIMIT
    own, new = Client(), Client()
    log_in(own, "reviewer", PASSWORD)
    own.post("/logout/")
    wrong_tries("reviewer", 3 * LIMIT)  # from the same address
    assert log_in(new, "reviewer", PASSWORD, address=ELSEWHERE).status_code == 429
    assert log_in(own, "reviewer", PASSWORD).status_code == 302
    assert signed_in(own)


def test_a_known_browser_has_its_own_limit_and_is_known_for_one_account(
    reviewer: User, other_reviewer: User
) -> None:
    client = Client()
    log_in(client, "other_reviewer", PASSWORD)
    client.post("/logout/")
    answers = [log_in(client, "other_reviewer", "wrong").status_code for _ in range(LIMIT + 1)]
    assert answers == [200] * LIMIT + [429]
    wrong_tries("reviewer", LIMIT)
    assert log_in(client, "reviewer", PASSWORD).status_code == 429


def test_a_browser_cannot_say_of_itself_that_it_is_known(reviewer: User) -> None:
    wrong_tries("reviewer", LIMIT)
    client = Client()
    client.cookies["known_browser"] = f"{tries.digest('reviewer')}-0123456789abcdef:made:up"
    assert log_in(client, "reviewer", PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "found"),
    [
        (0, "203.0.113.9", HERE, HERE),
        (1, "203.0.113.9, 198.51.100.7", "127.0.0.1", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", "127.0.0.1", "198.51.100.7"),
        (1, "", "127.0.0.1", "127.0.0.1"),
        (2, "198.51.100.7", "127.0.0.1", "127.0.0.1"),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (0, "", "::ffff:192.0.2.1", HERE),
        (0, "", "", ""),
    ],
)
def test_an_address_is_what_the_last_trusted_proxy_says(
    proxies: int, forwarded: str, remote: str, found: str, settings: Settings
) -> None:
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/login/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})
    assert tries.address_of(request) == found


@pytest.mark.parametrize("address", ["/admin/", "/admin/pipelines/pipeline/add/"])
def test_the_admin_has_no_login_of_its_own(address: str, lead: User) -> None:
    client = Client()
    page = client.get(address, follow=True)
    assert page.redirect_chain[-1][0] == f"/login/?next={address}"
    assert log_in(client, "lead", PASSWORD, to="/admin/login/")["Location"] == "/login/?next=/admin/"
    assert not signed_in(client)
    assert client.post(
        f"/login/?next={address}", {"username": "lead", "password": PASSWORD, "next": address}, follow=True
    ).redirect_chain == [(address, 302)]


def test_the_role_of_a_lead_opens_the_admin_and_goes_with_it(
    lead: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(lead)
    assert not lead.is_staff
    assert client.get("/admin/").status_code == 200
    assert 'href="/admin/"' in client.get("/reports/").content.decode()
    lead.groups.clear()
    assert client.get("/admin/", follow=True).status_code == 403


def test_whoever_may_not_use_the_admin_is_told_so_and_not_led_in_circles(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(reviewer).get("/admin/", follow=True).status_code == 403


def change(client: Client, old: str, new: str = NEW) -> Any:
    return client.post(
        "/preferences/password/", {"old_password": old, "new_password1": new, "new_password2": new}
    )


@pytest.mark.parametrize("who", ["outsider", "viewer", "reviewer", "lead"])
@pytest.mark.django_db
def test_everybody_changes_their_own_password(
    who: str, request: pytest.FixtureRequest, client_as: Callable[[User], Client]
) -> None:
    person: User = request.getfixturevalue(who)
    here, elsewhere = client_as(person), client_as(person)
    assert 'href="/preferences/password/"' in here.get("/preferences/").content.decode()
    answer = change(here, PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/preferences/")
    assert "Your password is changed." in here.get("/preferences/").content.decode()
    assert elsewhere.get("/preferences/")["Location"].startswith("/login/")
    assert log_in(Client(), who, PASSWORD).status_code == 200
    assert log_in(Client(), who, NEW).status_code == 302


def test_a_password_changes_only_with_the_old_one_and_to_a_good_one(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    assert change(client, "wrong").status_code == 200
    assert change(client, PASSWORD, new="12345678").status_code == 200
    reviewer.refresh_from_db()
    assert reviewer.check_password(PASSWORD)


def test_a_stolen_session_cannot_guess_the_old_password_for_ever(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    assert [change(client, f"wrong {number}").status_code for number in range(LIMIT)] == [200] * LIMIT
    assert change(client, PASSWORD).status_code == 429


def test_the_admin_leads_to_the_same_page_for_a_password(
    lead: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(lead).get("/admin/password_change/")["Location"] == "/preferences/password/"


def ask(client: Client, email: str) -> Any:
    return client.post("/login/forgotten/", {"email": email}, follow=True)


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"https://hub\.example(/login/forgotten/\S+)", str(message.body))
    assert found
    return found[1]


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(
    reviewer: User, mails: list[mail.EmailMessage]
) -> None:
    assert 'href="/login/forgotten/"' in Client().get("/login/").content.decode()
    ask(Client(), "Reviewer@example.com")
    assert [one.to for one in mails] == [["reviewer@example.com"]]
    wrong_tries("reviewer", LIMIT, address=ELSEWHERE)
    client, link = Client(), link_in(mails[0])
    form = client.get(link)["Location"]
    done = client.post(form, {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Your new password is set." in done.content.decode()
    assert log_in(client, "reviewer", NEW).status_code == 302, (
        "the mailbox lets them in, whoever keeps trying"
    )
    assert "This link was used before" in Client().get(link, follow=True).content.decode()


def test_it_is_said_alike_whether_there_is_an_account_or_not(
    reviewer: User, outsider: User, mails: list[mail.EmailMessage]
) -> None:
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    names = ("reviewer", "outsider", "nobody")
    pages = {ask(Client(), f"{name}@example.com").content.decode() for name in names}
    said = {re.sub(r'csrf[^>]*"[\w-]{64}"|csrftoken[^}]*}', "", page) for page in pages}
    assert len(said) == 1
    assert "If an account has this address, a mail with a link is on its way." in said.pop()
    assert [one.to for one in mails] == [["reviewer@example.com"]]


def test_nobody_is_flooded_with_mails(reviewer: User, mails: list[mail.EmailMessage]) -> None:
    answers = [ask(Client(), "reviewer@example.com").status_code for _ in range(5)]
    assert answers == [200] * 3 + [429] * 2
    assert len(mails) == 3


def test_the_mail_is_in_the_language_of_its_reader(
    reviewer: User, mails: list[mail.EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviews.reset._", lambda text: f"{get_language()}: {text}")
    german = {"accept-language": "de"}
    Client().post("/login/forgotten/", {"email": reviewer.email}, headers=german)
    Preferences.objects.create(person=reviewer, language="en")
    Client().post("/login/forgotten/", {"email": reviewer.email}, headers=german)
    assert [str(one.subject)[:3] for one in mails] == ["de:", "en:"]


@pytest.mark.django_db
def test_where_no_mail_is_sent_none_is_offered(client: Client) -> None:
    page = client.get("/login/").content.decode()
    assert "/login/forgotten/" not in page
    assert "Whoever runs this site can set a new one." in page
    assert client.get("/login/forgotten/").status_code == 404
    assert client.post("/login/forgotten/", {"email": "reviewer@example.com"}).status_code == 404
    assert client.get("/login/forgotten/MQ/abc-def/").status_code == 404
