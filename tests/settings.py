"""The settings the tests run under: the real ones, in a folder of their own, cut off from the world.

Loaded before anything else. Of the environment only the lane (`DATABASE_URL`, `CELERY_BROKER_URL`)
reaches the suite; a key or a setting of whoever runs it does not.
"""

import atexit
import os
import secrets
import tempfile

from refusalhub.ports import free_port

OURS = (
    "ALERT_CODES", "ALERT_DIGEST_HOUR", "ALERT_KEEP_DAYS", "ALLOWED_HOSTS", "API_REQUESTS_PER_MINUTE", "CACHE_URL",
    "CSRF_TRUSTED_ORIGINS", "DEBUG", "DEFAULT_FROM_EMAIL", "EMAIL_URL", "HAND_FILE_MAX_BYTES", "LOG_LEVEL",
    "LOGIN_TRIES_PER_ACCOUNT", "LOGIN_TRIES_PER_ADDRESS", "MODEL_CALL_TIMEOUT_SECONDS", "PORT", "PROXY_COUNT",
    "REISSUE_COOLDOWN_SECONDS", "REISSUE_LIMIT", "REISSUE_MODEL", "SECRET_KEY", "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_HEADER", "SECURE_SSL_REDIRECT", "SITE_URL",
    "TIME_ZONE", "UNDO_SECONDS", "WEBHOOK_ALLOWED_NETWORKS", "WEBHOOK_ALLOW_HTTP", "WEBHOOK_KEEP_DAYS",
)  # fmt: skip
for name in list(os.environ):
    if name in OURS or name.startswith(("ANTHROPIC_", "OPENAI_")):
        del os.environ[name]

_var = tempfile.TemporaryDirectory(prefix="refusalhub-tests-")
atexit.register(_var.cleanup)
os.environ |= {
    "REFUSALHUB_LOCAL": "1",
    "REFUSALHUB_VAR": _var.name,
    "SANDBOX_URL": f"http://127.0.0.1:{free_port()}",
    # Unlike any other, so that the tests read and delete no key but their own.
    "CELERY_KEY_PREFIX": f"refusalhub-tests-{secrets.token_hex(8)}:",
    # Whatever proxy this machine uses, the sandbox is here.
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}

from refusalhub.local import make_broker_folders  # noqa: E402 - the environment comes first
from refusalhub.settings import *  # noqa: E402, F403 - the real settings are what is tested

if CELERY_BROKER_URL.startswith("filesystem:"):  # noqa: F405
    make_broker_folders(CELERY_BROKER_TRANSPORT_OPTIONS)  # noqa: F405

# Nothing waits to be undone, but where a test says so.
UNDO_SECONDS = 0
# A strong hash is slow on purpose; the tests sign in thousands of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No collectstatic before a test run.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
STATIC_ROOT.mkdir()  # noqa: F405
