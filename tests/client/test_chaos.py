"""The small version of `python -m tests.client.chaos`, on this session's database."""

from pathlib import Path

import pytest

from pipelines.models import Run
from refusalhub.ports import free_port
from tests.client.chaos import client_environment, faults, running_hub, unleash
from tests.processes import session_database_url


@pytest.mark.django_db(transaction=True)
def test_every_acknowledged_run_arrives_once(key: str, tmp_path: Path) -> None:
    port, database_url = free_port(), session_database_url()
    chaos = unleash(
        runs=2000,
        writers=4,
        pause=0.01,
        seed=1,
        start_hub=lambda: running_hub(port=port, database_url=database_url),
        environ=client_environment(port=port, key=key, folder=tmp_path),
        folder=tmp_path,
    )
    assert len(chaos.acknowledged) >= 2000
    assert chaos.killed_hubs
    assert chaos.killed_writers
    assert faults(chaos, list(Run.objects.values_list("run_id", flat=True))) == []
    assert list((tmp_path / "spool").rglob("*.*")) == []
