"""Browser fixtures: a real Chromium on the live server, in which any console error fails the test."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.chromium import find_chromium

# How long a page may take. No test is about time: on a busy machine a page takes many times as long as on a quiet one.
PATIENCE = 60_000  # milliseconds
expect.set_options(timeout=PATIENCE)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def playwright_beside_django() -> Iterator[Playwright]:
    """Run Playwright, whose event loop stays in this thread, without Django taking the tests for async code.

    Where a loop runs, Django refuses the ORM unless told otherwise, and hands out other connection
    objects; these lack what pytest-django restores the migrations' rows from, and nobody closes them.
    """
    rows = getattr(connection, "_test_serialized_contents", None)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        if rows is not None:
            connection._test_serialized_contents = rows  # type: ignore[attr-defined]  # Django's test runner sets it
        yield playwright
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """One Chromium for the session; every test gets a context of its own in it."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium: install one, or name it with CHROMIUM")
    with playwright_beside_django() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page_errors() -> list[str]:
    """What went wrong in this test's pages. A test that provokes an error checks it and clears the list."""
    return []


def watch(page: Page, *, origin: str, errors: list[str]) -> None:
    """Collect what a person would find in the console, and every request that leaves the site."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"console: {message.text}")

    def on_failure(request: Request) -> None:
        # A page that is left aborts its requests, and a download ends its navigation: no errors.
        if request.failure != "net::ERR_ABORTED":
            errors.append(f"failed: {request.method} {request.url}: {request.failure}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{origin}/", "data:", "blob:", "about:")):
            errors.append(f"left the site: {request.method} {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(f"script: {error}"))
    page.on("requestfailed", on_failure)
    page.on("request", on_request)


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def open_whole(page: Page, address: str) -> None:
    """Open a page, and wait until what it fetches by itself, such as its charts, is there."""
    page.goto(address)
    expect(page.locator(".htmx-request")).to_have_count(0)


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 AA on the page as it stands, each with its places."""
    found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    return [
        f"{one['id']}: {one['help']}: " + "; ".join(str(node["target"]) for node in one["nodes"])
        for one in found.response["violations"]
    ]


@pytest.fixture
def page_as(
    browser: Browser, live_server: LiveServer, settings: Settings, page_errors: list[str]
) -> Iterator[Callable[..., Page]]:
    """Open a page in which a person is signed in: `page_as(reviewer)`; addresses may be relative.

    Further arguments go to Playwright's `new_context`, such as `color_scheme="dark"`, `viewport=...`
    or `java_script_enabled=False`.
    """
    settings.SITE_URL = live_server.url
    contexts: list[BrowserContext] = []

    def open_page(user: User | None, **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)  # type: ignore[arg-type]  # checked there
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = django_settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, origin=live_server.url, errors=page_errors)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert page_errors == [], "the browser reported errors"


@pytest.fixture
def browser_page(page_as: Callable[..., Page]) -> Page:
    """Open a page with nobody signed in."""
    return page_as(None)
