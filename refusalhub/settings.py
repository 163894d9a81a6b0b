"""Settings, all from the environment. `docs/settings.md` lists every variable.

Two modes. *Local*, where no SECRET_KEY is set: `make run`, the tests and a newcomer's `manage.py`.
It speaks plain HTTP, answers to this machine's own names alone and makes its own secret key.
*Production*, where one is set: HTTPS, and what is needed and not found stops the start.
REFUSALHUB_LOCAL=1 or 0 says it outright.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL = env.bool("REFUSALHUB_LOCAL", default="SECRET_KEY" not in env.ENVIRON)
VAR_DIR = Path(env.str("REFUSALHUB_VAR", default=str(BASE_DIR / "var"))).resolve()

if LOCAL:
    from refusalhub.local import local_secret_key

    SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret_key(VAR_DIR)
else:
    SECRET_KEY = env.str("SECRET_KEY")

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if LOCAL else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "refusalhub",
    "reviews",
    "pipelines",
    "ninja",  # serves the API page's script from here, not from a CDN
    "django_htmx",
    "template_partials",
    "csp",
    "django_celery_beat",
    "refusalhub.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "reviews.access.DeniedByDefault",
    "refusalhub.methods.said",
    "refusalhub.language.preferred_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "refusalhub.urls"
WSGI_APPLICATION = "refusalhub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "refusalhub.context.site",
                "refusalhub.context.person",
            ],
        },
    }
]

# Database. SQLite in WAL out of the box; the write lock is taken when a transaction begins, so
# that two writers wait for each other instead of failing at their first write.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'refusalhub.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, not `:memory:`: the tests run a real worker beside the test process.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # A report's query runs for a few milliseconds; PostgreSQL would compile some of them for fifty.
    _database["OPTIONS"] = {"options": "-c jit=off"} | _database.get("OPTIONS", {})
    if env.bool("DATABASE_POOL", default=True):
        _database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=8)}

# Model calls. Without a key, re-issues go to the sandbox model server that ships with the project. Outside local mode
# there is none by default: one of key and sandbox has to be named (`reviews.settings_checks`).
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="https://api.anthropic.com")
SANDBOX_URL = env.str("SANDBOX_URL", default="http://127.0.0.1:8021" if LOCAL else "")
REISSUE_MODEL = env.str("REISSUE_MODEL", default="claude-opus-5-5")
# The brakes: how many re-issues a case may have, and how long it rests between two.
REISSUE_LIMIT = env.int("REISSUE_LIMIT", default=3)
REISSUE_COOLDOWN_SECONDS = env.int("REISSUE_COOLDOWN_SECONDS", default=60)
UNDO_SECONDS = env.int("UNDO_SECONDS", default=10)
MODEL_CALL_TIMEOUT_SECONDS = env.float("MODEL_CALL_TIMEOUT_SECONDS", default=600.0)

# Background work. Files need no server; Redis or RabbitMQ in production.
# A task is ended once it takes longer than the longest, a model call with what is recorded of it, ever should.
TASK_SECONDS = int(MODEL_CALL_TIMEOUT_SECONDS) + 300
# What was taken and has no ending after this, Redis hands to a second worker.
VISIBILITY_SECONDS = 4 * TASK_SECONDS
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT = "refusalhub.broker:Transport"
    _broker_dir = VAR_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker_dir / "messages"),
        "data_folder_out": str(_broker_dir / "messages"),
        "control_folder": str(_broker_dir / "control"),
        "polling_interval": 0.1,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # The prefix keeps installations (and the tests) apart that share one Redis.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": VISIBILITY_SECONDS,
        "global_keyprefix": env.str("CELERY_KEY_PREFIX", default=""),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = TASK_SECONDS
# Model calls have a queue of their own, and so workers of their own: however slow they are, the sweeps, webhooks and
# mails go on. A worker that is not told which (`--queues`) takes from both.
CALLS_QUEUE = "calls"
CELERY_TASK_QUEUES = {name: {"exchange": name, "routing_key": name} for name in ("celery", CALLS_QUEUE)}
CELERY_TASK_ROUTES = {"reviews.tasks.send_reissue": {"queue": CALLS_QUEUE}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = env.str("TIME_ZONE", default="UTC")
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


def _rung(task: str, schedule: float | crontab, *, every: float) -> dict[str, Any]:
    """Return an entry of beat's schedule. What no worker took by the next ring, that one rings for as well."""
    # Not `expires`: the scheduler that keeps its entries in the database drops that without a word.
    return {"task": f"reviews.tasks.{task}", "schedule": schedule, "options": {"expire_seconds": every}}


SWEEP_SECONDS = 30.0
_HOUR, _DAY = 3600.0, 24 * 3600.0
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep re-issues": _rung("sweep_reissues", SWEEP_SECONDS, every=SWEEP_SECONDS),
    "sweep webhooks": _rung("sweep_webhooks", SWEEP_SECONDS, every=SWEEP_SECONDS),
    "forget webhooks": _rung("forget_webhooks", _HOUR, every=_HOUR),
    # At night, in the site's time zone.
    "delete old texts": _rung("delete_old_texts", crontab(hour="3", minute="17"), every=_DAY),
    # From seven on; the later hours find only what could not be sent before, or was asked for since.
    "send weekly reports": _rung(
        "send_weekly_reports", crontab(minute="0", hour="7-12", day_of_week="mon"), every=_DAY
    ),
    "sweep alerts": _rung("sweep_alerts", SWEEP_SECONDS, every=SWEEP_SECONDS),
    "forget alerts": _rung("forget_alerts", _HOUR, every=_HOUR),
    "evaluate patterns": _rung("evaluate_patterns", _HOUR, every=_HOUR),
}

# Webhooks. Only public addresses are sent to; on one's own machine, the receiver may be there too.
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", default=LOCAL)
WEBHOOK_ALLOWED_NETWORKS = [
    ip_network(network)
    for network in env.list("WEBHOOK_ALLOWED_NETWORKS", default=["127.0.0.0/8", "::1/128"] if LOCAL else [])
]
# How long a message is kept with its log, once it has ended; 0 keeps it for good.
WEBHOOK_KEEP_DAYS = env.int("WEBHOOK_KEEP_DAYS", default=90)

# Alerts. A decline under one of these codes is told at once; everything else once a day, at this hour.
ALERT_CODES = env.list("ALERT_CODES", default=["RCE_RISK", "INTEGRITY_FAILURE"])
ALERT_DIGEST_HOUR = env.int("ALERT_DIGEST_HOUR", default=7)
# How long a message is kept with its log, once it has ended; 0 keeps it for good. Alerts themselves stay.
ALERT_KEEP_DAYS = env.int("ALERT_KEEP_DAYS", default=90)

# E-mail. Without a server, it is written to the console; on one's own machine, to files.
vars().update(
    env.email_url(
        "EMAIL_URL", default=f"filemail:///{quote(str(VAR_DIR))}/mail" if LOCAL else "consolemail://"
    )
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="RefusalHub <refusalhub@localhost>")
EMAIL_TIMEOUT = 20

# The API.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=1200)
MAX_BATCH_ROWS = 1000
MAX_BODY_BYTES = 16 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

# A person's own file for a pipeline: no upload is larger, for the database keeps what is delivered.
HAND_FILE_MAX_BYTES = env.int("HAND_FILE_MAX_BYTES", default=10 * 1024 * 1024)
FILE_UPLOAD_HANDLERS = ["reviews.upload.Bounded"]

# The address that links in e-mails, charts and deliveries start with.
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}" if LOCAL else "")

CACHES = {
    # As it stands, room for more counters than anybody makes in the time that they count (`reviews/tries.py`).
    "default": env.cache_url("CACHE_URL", default="locmemcache://?max_entries=20000"),
    # What reports read of single weeks and months (5 to 20 kB each), and which picture a chart came to. In every
    # process: 20 to 40 MB where a site's reports are read in many scopes.
    "counts": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "counts",
        "TIMEOUT": 24 * 3600,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
    "charts": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(VAR_DIR / "charts"),
        "TIMEOUT": 30 * 24 * 3600,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# People.
LOGIN_URL = LOGOUT_REDIRECT_URL = "login"
LOGIN_REDIRECT_URL = "home"
# Tries at a password in a quarter of an hour that were wrong, see `reviews/tries.py`.
LOGIN_TRIES_PER_ACCOUNT = env.int("LOGIN_TRIES_PER_ACCOUNT", default=10)
LOGIN_TRIES_PER_ADDRESS = env.int("LOGIN_TRIES_PER_ADDRESS", default=50)
# Offered where a link can be sent, and leads to this site.
PASSWORD_RESET = "EMAIL_URL" in env.ENVIRON and bool(SITE_URL)
PASSWORD_RESET_TIMEOUT = 2 * 3600
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Language and time. Weeks are ISO weeks in this time zone.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = CELERY_TIMEZONE
USE_I18N = True
USE_TZ = True

# Static files.
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Security. The policy has no inline script and no inline style anywhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not LOCAL)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes ask over plain HTTP from inside
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if LOCAL else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL
if proxy_header := env.str("SECURE_PROXY_HEADER", default=""):
    SECURE_PROXY_SSL_HEADER = (proxy_header, "https")
# How many proxies stand in front and write into `X-Forwarded-For`.
PROXY_COUNT = env.int("PROXY_COUNT", default=1 if proxy_header else 0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # The SDK's transport logs every request at INFO; ours say what became of each.
    "loggers": {"httpx2": {"level": "WARNING"}},
}
