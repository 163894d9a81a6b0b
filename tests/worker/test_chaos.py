"""Workers killed at random: no re-issue is lost, none is sent twice unsaid."""

import pytest
from django.contrib.auth.models import User

from tests.worker.chaos import unleash

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_amid_killed_workers_every_reissue_is_sent_once_or_shown_as_unknown(
    reviewer: User, sandbox: str
) -> None:
    chaos = unleash(count=30, by=reviewer, seed=7, sandbox=sandbox)
    assert chaos.faults == []
    assert chaos.states.total() == 30
    assert chaos.killed > 1
