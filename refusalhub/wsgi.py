"""What a WSGI server such as gunicorn loads."""

import gc
import logging
import os
from threading import Thread

from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connections
from django.urls import get_resolver
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")

application = get_wsgi_application()

# Every view and what it needs, now and not for the first request of each process, which would wait a second for it.
addresses = get_resolver().url_patterns

# A batch of runs makes some ten thousand objects, none of them garbage before the batch ends. At the usual
# threshold the collector walks them, and everything that was imported, again and again: half of ingest's time.
gc.freeze()
gc.set_threshold(50_000, 20, 50)


def _warm() -> None:
    from reviews.reports.warm import warm  # models can be imported only by now

    try:
        warm(now=timezone.now())
    except DatabaseError:
        # Whoever asks first reads it then, and is told what is wrong if it still is.
        logging.getLogger("refusalhub").warning("The reports were not read ahead.", exc_info=True)
    finally:
        connections.close_all()


Thread(target=_warm, name="warm-up", daemon=True).start()
