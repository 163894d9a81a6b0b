"""A running sandbox, and the real SDK pointed at it."""

from collections.abc import Iterator

import anthropic
import pytest

from refusalhub.sandbox.endings import Scenario
from refusalhub.sandbox.server import SandboxServer, sandbox_running

SCENARIOS = (
    Scenario(opening="Describe the harbour.", answer="## Harbour\nTwo piers and a crane."),
    Scenario(
        opening="Summarise the phishing report.",
        answer="## Report\nThe mail was caught by the filter.",
        declined=True,
        category="cyber",
        explanation="The report quotes a mail that asks for credentials.",
    ),
    Scenario(
        opening="Give me the address of another customer.",
        answer="## Never\nNobody reads this.",
        declined=True,
        stays_declined=True,
    ),
)


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with sandbox_running(scenarios=SCENARIOS) as server:
        yield server


@pytest.fixture
def client(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[anthropic.Anthropic]:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with anthropic.Anthropic(base_url=sandbox.url, api_key="sandbox", max_retries=0) as client:
        yield client
