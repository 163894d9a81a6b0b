"""A week's report as an e-mail, text and HTML: the first numbers, what changed, the charts. No text of a prompt."""

from email.mime.image import MIMEImage
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews.alerts.saying import one_line
from reviews.followed import Followed
from reviews.reports.files.pictures import MAIL_WIDTH, Picture, for_mail
from reviews.reports.report import Report, about_in_words
from reviews.reports.table import Table, Unit
from reviews.reports.written import basis, written

# The table that a mail shows, and how much of it; the page has the rest.
SHOWN, MOST_ROWS = "changed", 10
DOMAIN = "report.refusalhub"


def mail_of(
    report: Report, *, to: str, unsubscribe: str = "", view: Followed | None = None
) -> EmailMultiAlternatives:
    """Return the report as a message in the active language; `unsubscribe` is the address to be rid of it by.

    Where it is the report of a saved view, it says what the numbers leave out of it, and leads to its cases.
    Raises ImproperlyConfigured where the site does not know its own address: no link would lead anywhere.
    """
    if not settings.SITE_URL:
        raise ImproperlyConfigured("SITE_URL is empty: the links of an e-mail need the site's address.")
    drawn = for_mail(report)
    said = _said(report, drawn, unsubscribe=unsubscribe, view=view)
    message = EmailMultiAlternatives(
        subject=one_line(said["subject"]),
        body=_text(said),
        to=[to],
        headers={"Auto-Submitted": "auto-generated", **_list_headers(unsubscribe)},
    )
    message.attach_alternative(render_to_string("reviews/mail/week.html", said), "text/html")
    # The pictures belong to the text, and are no files to be saved.
    message.mixed_subtype = "related"  # type: ignore[attr-defined]  # missing in the stubs
    for place, picture in enumerate(drawn):
        message.attach(_inline(picture, _cid(place)))
    return message


def _said(report: Report, drawn: list[Picture], *, unsubscribe: str, view: Followed | None) -> dict[str, Any]:
    """Return all that the message says, in words."""
    table = report.table(SHOWN)
    scope = about_in_words(report.scope, view=view.name if view else "")
    return {
        "subject": _("Week %(week)s: %(scope)s") % {"week": report.name, "scope": scope},
        "lang": (get_language() or "en").partition("-")[0],
        "week": report.name,
        "scope": scope,
        "running": not report.is_over,
        "view": _view(view) if view else None,
        "headlines": [
            {
                "title": one.title,
                "value": written(one.cell.value, one.unit),
                "basis": one.basis,
                "change": one.change,
            }
            for one in report.headlines
        ],
        "table": _table(table) if table else None,
        "pictures": [
            {"cid": _cid(place), "title": picture.title, "width": MAIL_WIDTH + 80}
            for place, picture in enumerate(drawn)
        ],
        "page": _address(report, "report-week", name=report.name),
        "pdf": _address(report, "report-file", name=report.name, kind="pdf"),
        "preferences": f"{settings.SITE_URL}{reverse('subscriptions')}",
        "unsubscribe": unsubscribe,
    }


def _view(view: Followed) -> dict[str, str]:
    """Return in words what the numbers leave out of a view, and how many cases it has in the queue, and where."""
    note = _("The numbers follow the pipeline and the topic of the view, and not: %(parts)s.")
    return {
        "note": note % {"parts": ", ".join(view.left_out)} if view.left_out else "",
        "count": _("Cases of the view in the queue now: %(n)s") % {"n": view.count},
        "address": view.address,
    }


def _table(table: Table) -> dict[str, Any]:
    """Return the first rows of a table; each cell with its words and whether it is set to the right."""
    rows = []
    for row in table.rows[:MOST_ROWS]:
        cells = []
        for cell, column in zip(row, table.columns, strict=True):
            words = " ".join(filter(None, (written(cell.value, column.unit), basis(cell.value))))
            cells.append({"words": words, "number": column.unit not in (Unit.TEXT, Unit.DATE)})
        rows.append(cells)
    head = [
        {"words": column.title, "number": column.unit not in (Unit.TEXT, Unit.DATE)}
        for column in table.columns
    ]
    more = len(table.rows) - len(rows)
    return {"title": table.title, "note": table.note, "head": head, "rows": rows, "more": more}


def _text(said: dict[str, Any]) -> str:
    """Return the message as plain text."""
    lines = [said["subject"], ""]
    if said["running"]:
        lines += [_("The week is not over: numbers so far."), ""]
    if view := said["view"]:
        lines += [*filter(None, [view["note"]]), view["count"], view["address"], ""]
    for one in said["headlines"]:
        about = "; ".join(filter(None, (one["basis"], one["change"])))
        lines.append(f"{one['title']}: {one['value']} ({about})")
    if table := said["table"]:
        lines += ["", table["title"], *_rows_as_text(table)]
    lines += ["", _("The whole week: %(address)s") % {"address": said["page"]}]
    lines += [_("As PDF: %(address)s") % {"address": said["pdf"]}]
    lines += ["", "-- ", _("What you get by e-mail: %(address)s") % {"address": said["preferences"]}]
    if said["unsubscribe"]:
        lines.append(_("Get this no more: %(address)s") % {"address": said["unsubscribe"]})
    return "\n".join(lines) + "\n"


def _rows_as_text(table: dict[str, Any]) -> list[str]:
    """Return a table's rows as lines: what, and what each number is."""
    titles = [head["words"] for head in table["head"]]
    lines = []
    for first, *others in table["rows"]:
        numbers = [f"{title}: {cell['words']}" for title, cell in zip(titles[1:], others, strict=True)]
        lines.append(f"- {first['words']}: {'; '.join(numbers)}")
    return lines


def _address(report: Report, view: str, **named: str) -> str:
    query = urlencode(report.scope.query())
    return f"{settings.SITE_URL}{reverse(view, kwargs=named)}{'?' if query else ''}{query}"


def _list_headers(unsubscribe: str) -> dict[str, str]:
    """Return what lets a mail program offer one click to be rid of it (RFC 2369, RFC 8058)."""
    if not unsubscribe:
        return {}
    return {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _cid(place: int) -> str:
    return f"chart-{place}@{DOMAIN}"


def _inline(picture: Picture, cid: str) -> MIMEImage:
    image = MIMEImage(picture.content, "png")
    image.add_header("Content-ID", f"<{cid}>")
    image.add_header("Content-Disposition", "inline", filename=f"{picture.table}.png")
    return image
