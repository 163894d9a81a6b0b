"""Two questions a load balancer or an orchestrator asks: does the process answer, and can it work?"""

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


def plain(line: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{line}\n", content_type="text/plain", status=status)


def pending_migrations() -> list[str]:
    """Name the migrations that the code has and the database has not, as `app.migration`."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@login_not_required
@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process serves requests, whatever state its database is in."""
    return plain("live")


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and is migrated, else 503 with the reason in one line."""
    try:
        pending = pending_migrations()
    except OperationalError:
        return plain("not ready: the database does not answer", status=503)
    if pending:
        return plain(f"not ready: {len(pending)} migrations pending, the first is {pending[0]}", status=503)
    return plain("ready")
