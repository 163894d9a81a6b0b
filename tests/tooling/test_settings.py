"""Production settings pass the deployment check, and without a secret key nothing starts."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def production(**env: str) -> subprocess.CompletedProcess[str]:
    """Check the settings as production would load them, with these variables and no other."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    key = "a-key-of-this-test-alone:" + "".join(chr(65 + n % 26) for n in range(40))
    result = production(SECRET_KEY=key, ALLOWED_HOSTS="hub.example", REFUSALHUB_VAR=str(tmp_path))
    assert result.returncode == 0, result.stderr


def test_production_without_a_secret_key_does_not_start(tmp_path: Path) -> None:
    result = production(REFUSALHUB_LOCAL="0", REFUSALHUB_VAR=str(tmp_path))
    assert result.returncode != 0
    assert "SECRET_KEY" in result.stderr
