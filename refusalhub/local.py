"""What local mode makes for itself on this machine."""

import secrets
from pathlib import Path


def local_secret_key(var_dir: Path) -> str:
    """Return this machine's own secret key, made once and kept in `var/`, readable by its owner alone."""
    path = var_dir / "secret-key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
