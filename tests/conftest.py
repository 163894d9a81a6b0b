"""What every test can ask for: the cast, signed-in clients, the sandbox, a worker, a browser."""

from collections.abc import Callable, Iterator

import pytest
from celery import current_app
from django.contrib.auth.models import Group, User
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client, TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck, settings
from kombu.entity import Exchange, Queue
from pytest_django import DjangoDbBlocker

from tests.emptying import empty, nothing, remember, sql_flush
from tests.pages import browser, browser_page, page_as, page_errors
from tests.processes import RunningProcess, running_sandbox, running_worker

# A busy machine makes no test fail: how long an example takes is not what these tests are about.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# On the class: a running event loop, such as Playwright's, is handed connections of its own.
DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
BaseDatabaseCreation.deserialize_db_from_string = nothing  # type: ignore[method-assign]
TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]

__all__ = ["browser", "browser_page", "page_as", "page_errors"]


def is_transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    fixtures: list[str] = getattr(item, "fixturenames", [])
    by_marker = marker is not None and marker.kwargs.get("transaction", False)
    return by_marker or "transactional_db" in fixtures or "live_server" in fixtures


# A test that asks for none of these meets neither database nor broker.
SERVED = {"db", "transactional_db", "live_server", "django_db_setup"}


def is_served(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or not SERVED.isdisjoint(fixtures)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_transactional(item):
            # Such a test empties every table at its end. With this, Django does not fill some of them anew itself.
            fixtures: list[str] = getattr(item, "fixturenames", [])
            fixtures.append("django_db_serialized_rollback")
        if not is_served(item):
            item.add_marker(pytest.mark.once)
        if item.get_closest_marker("browser"):
            # `tests.lanes` counts them from the report.
            item.user_properties.append(("browser", "yes"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Make the database, and remember what migrations put there."""
    with django_db_blocker.unblock():
        remember()


@pytest.fixture(scope="session", autouse=True)
def _broker_keys() -> Iterator[None]:
    """Leave no key of this session in a Redis that belongs to somebody."""
    yield
    if current_app.conf.broker_url.startswith("redis"):
        import redis

        prefix = current_app.conf.broker_transport_options["global_keyprefix"]
        with redis.Redis.from_url(current_app.conf.broker_url) as server:
            for key in server.scan_iter(match=f"{prefix}*"):
                server.delete(key)


UNHEARD = Queue("unheard", Exchange("unheard"), "unheard")  # type: ignore[no-untyped-call]


def _into_the_void(
    _name: str, _args: object, _kwargs: object, options: dict[str, object], **_: object
) -> object:
    """Route a task to a queue that nobody takes from, unless whoever rings names one."""
    return None if options.get("queue") else {"queue": UNHEARD}


@pytest.fixture(autouse=True)
def _unheard() -> Iterator[None]:
    """Let nobody hear what a test rings that asks for no worker: the worker of an earlier test is still alive.

    It would send with the clock of today what the test sends with a clock of its own.
    """
    routes = current_app.amqp.router.routes
    routes.insert(0, _into_the_void)
    yield
    if _into_the_void in routes:
        routes.remove(_into_the_void)


@pytest.fixture
def heard(_unheard: None) -> None:
    """Let what a test rings reach the site's own queues."""
    current_app.amqp.router.routes.remove(_into_the_void)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Leave no language active that a request of this test asked for: Django keeps it until the next request."""
    yield
    translation.deactivate()


def person(name: str, *groups: str) -> User:
    """Make a person of these groups, which the migrations of `reviews` made."""
    user = User.objects.create_user(name, email=f"{name}@example.com", password="correct horse battery")
    user.groups.set([Group.objects.get(name=group) for group in groups])
    return user


@pytest.fixture
def viewer(db: None) -> User:
    """Somebody who sees numbers and no text."""
    return person("viewer", "viewer")


@pytest.fixture
def reviewer(db: None) -> User:
    """Somebody who works the queue."""
    return person("reviewer", "reviewer")


@pytest.fixture
def other_reviewer(db: None) -> User:
    """Somebody else who works the queue."""
    return person("other_reviewer", "reviewer")


@pytest.fixture
def lead(db: None) -> User:
    """Somebody who also takes over claims and edits pipelines, topics and keys."""
    return person("lead", "lead")


@pytest.fixture
def outsider(db: None) -> User:
    """Somebody with an account and no role."""
    return person("outsider")


@pytest.fixture
def client_as() -> Callable[[User], Client]:
    """Give a test client in which this person is signed in: `client_as(reviewer).get(...)`."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """Run the real sandbox model server; the value is its address, which is `settings.SANDBOX_URL`."""
    with running_sandbox():
        from django.conf import settings

        yield settings.SANDBOX_URL


@pytest.fixture(scope="session")
def _worker(django_db_setup: None, django_db_blocker: object) -> Iterator[RunningProcess]:
    with running_worker() as process:
        yield process


@pytest.fixture
def worker(transactional_db: None, heard: None, _worker: RunningProcess) -> RunningProcess:
    """Run a real Celery worker on the test database. To kill one, start your own `running_worker`."""
    return _worker
