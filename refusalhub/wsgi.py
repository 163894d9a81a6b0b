"""What a WSGI server such as gunicorn loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refusalhub.settings")

application = get_wsgi_application()

# A batch of runs makes some ten thousand objects, none of them garbage before the batch ends. At the usual
# threshold the collector walks them, and everything that was imported, again and again: half of ingest's time.
gc.freeze()
gc.set_threshold(50_000, 20, 50)
