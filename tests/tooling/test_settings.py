"""Production settings pass the deployment check, and without a secret key nothing starts."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from reviews.send import GRACE
from reviews.settings_checks import NOWHERE

ROOT = Path(settings.BASE_DIR)


def production(**env: str) -> subprocess.CompletedProcess[str]:
    """Check the settings as production would load them, with these variables and no other."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    key = "a-key-of-this-test-alone:" + "".join(chr(65 + n % 26) for n in range(40))
    where = {"ALLOWED_HOSTS": "hub.example", "REFUSALHUB_VAR": str(tmp_path)}
    for calls in ({"ANTHROPIC_API_KEY": "k"}, {"SANDBOX_URL": "http://sandbox.example"}):
        result = production(SECRET_KEY=key, **where, **calls)
        assert result.returncode == 0, result.stderr


def test_production_that_does_not_say_where_model_calls_go_does_not_start(tmp_path: Path) -> None:
    result = production(SECRET_KEY="k" * 50, ALLOWED_HOSTS="hub.example", REFUSALHUB_VAR=str(tmp_path))
    assert result.returncode != 0
    assert NOWHERE in result.stderr


def test_a_worker_does_not_start_where_a_command_would_not(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "celery", "--app", "refusalhub", "worker", "--pool", "solo"]
    env = {"SECRET_KEY": "k" * 50, "CELERY_BROKER_URL": "memory://", "REFUSALHUB_VAR": str(tmp_path)}
    result = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode != 0
    assert NOWHERE in result.stderr


def test_production_without_a_secret_key_does_not_start(tmp_path: Path) -> None:
    result = production(REFUSALHUB_LOCAL="0", REFUSALHUB_VAR=str(tmp_path))
    assert result.returncode != 0
    assert "SECRET_KEY" in result.stderr


def told(name: str, **env: str) -> Any:
    """Return a setting as it stands with these variables and no other."""
    said = f"import json, refusalhub.settings as s; print(json.dumps({name}))"
    command = [sys.executable, "-c", said]
    env = {"REFUSALHUB_LOCAL": "1", **env}
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


@pytest.mark.parametrize("seconds", ["20", "600", "1800.5"])
def test_no_limit_of_the_workers_cuts_a_model_call_off_that_the_settings_allow(
    tmp_path: Path, seconds: str
) -> None:
    env = {"REFUSALHUB_VAR": str(tmp_path), "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
    named = ["CELERY_TASK_TIME_LIMIT", "CELERY_BROKER_TRANSPORT_OPTIONS['visibility_timeout']"]
    limit, visibility = told(
        f"[{', '.join(f's.{name}' for name in named)}]", MODEL_CALL_TIMEOUT_SECONDS=seconds, **env
    )
    assert float(seconds) + GRACE.total_seconds() + 60 < limit
    # A task may wait its turn behind another in the worker that took both.
    assert 2 * limit < visibility


def test_what_the_address_of_the_database_asks_for_stands_beside_our_own(tmp_path: Path) -> None:
    url = "postgresql://hub:secret@db.example/hub?sslmode=require"
    env = {"REFUSALHUB_VAR": str(tmp_path), "DATABASE_URL": url}
    options = told("s.DATABASES['default']['OPTIONS']", **env)
    assert options["sslmode"] == "require"
    assert (options["options"], options["pool"]["max_size"]) == ("-c jit=off", 8)
