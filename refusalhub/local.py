"""What local mode makes for itself on this machine."""

import secrets
from collections.abc import Mapping
from pathlib import Path


def local_secret_key(var_dir: Path) -> str:
    """Return this machine's own secret key, made once and kept in `var/`, readable by its owner alone."""
    path = var_dir / "secret-key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def make_broker_folders(transport_options: Mapping[str, object]) -> None:
    """Make the folders of the broker (`broker.py`), which it expects to find."""
    for option in ("data_folder_in", "data_folder_out", "control_folder"):
        Path(str(transport_options[option])).mkdir(parents=True, exist_ok=True)
