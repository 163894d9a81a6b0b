"""Production settings pass the deployment check, and without a secret key nothing starts."""

import json
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


def test_what_the_address_of_the_database_asks_for_stands_beside_our_own(tmp_path: Path) -> None:
    said = "import json, refusalhub.settings as s; print(json.dumps(s.DATABASES['default']['OPTIONS']))"
    url = "postgresql://hub:secret@db.example/hub?sslmode=require"
    env = {"REFUSALHUB_LOCAL": "1", "REFUSALHUB_VAR": str(tmp_path), "DATABASE_URL": url}
    result = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    options = json.loads(result.stdout)
    assert options["sslmode"] == "require"
    assert (options["options"], options["pool"]["max_size"]) == ("-c jit=off", 8)
