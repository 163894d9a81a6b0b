"""Charts are drawn once for what they show: the SVG is kept under a digest of it.

Rendering costs tens of milliseconds and memory, so a chart has an address of its own, and a page does not
wait for it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import altair
import vl_convert
from django.core.cache import BaseCache, caches
from django.utils.translation import get_language
from django.utils.translation import gettext as _

Drawing = altair.TopLevelMixin

# How the axis of a language writes its numbers, as d3 calls it.
NUMBERS: dict[str, Literal["en-US", "de-DE"]] = {"en": "en-US", "de": "de-DE"}
# A picture that was drawn by other code than this is not taken from the cache.
_CODE = ("drawing.py", "charts.py", "marked_chart.py")
_DRAWN_BY = [
    version("altair"),
    version("vl-convert-python"),
    *(sha256((Path(__file__).parent / name).read_bytes()).hexdigest() for name in _CODE),
]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A chart that is not drawn yet: what it shows, which names all that the picture depends on, and how."""

    shown: Any
    draw: Callable[[], Drawing]


def picture_of(sketch: Sketch) -> str:
    """Return the SVG of a chart. Where the same was drawn before, nothing is drawn, nor even specified."""
    return _kept(_digest(sketch.shown), sketch.draw)


def picture_as_asked(asked: Any, sketch: Callable[[], Sketch | None]) -> str | None:
    """Return the SVG of what is `asked`, which names all that the numbers of the chart depend on.

    Where the same was asked before, the numbers need not be read to know which picture they came to.
    """
    known, at = caches["counts"], f"chart:{_digest(asked)}"
    digest: str | None = known.get(at)
    if digest and (picture := _pictures().get(digest)):
        return str(picture)
    found = sketch()
    if found is None:
        return None
    digest = _digest(found.shown)
    known.set(at, digest)
    return _kept(digest, found.draw)


def svg_of(chart: Drawing) -> str:
    """Return a chart, of whatever kind, as SVG, from the cache where the same data was drawn before."""
    return _kept(_digest(chart.to_json(validate=False)), lambda: chart)


def _digest(shown: Any) -> str:
    """Return what a picture is kept under: another one for other data, other words, and after other code."""
    words = [
        _("declines"),
        _("week"),
        _("name"),
        _("topic"),
        _("reason code"),
        _("%(name)s: at most %(n)d a week"),
    ]
    whole = json.dumps([_DRAWN_BY, _numbers(), words, shown], default=str)
    return sha256(whole.encode()).hexdigest()


def _kept(digest: str, draw: Callable[[], Drawing]) -> str:
    picture: str | None = _pictures().get(digest)
    if picture is None:
        picture = _rendered(draw())
        _pictures().set(digest, picture)
    return picture


def _pictures() -> BaseCache:
    return caches["charts"]


def _numbers() -> Literal["en-US", "de-DE"]:
    return NUMBERS.get(get_language() or "", "en-US")


def _rendered(chart: Drawing) -> str:
    """Draw a chart. Lines and letters are `currentColor`, so that they follow the page into dark mode."""
    spec = chart.configure(
        background="transparent", font="system-ui, sans-serif",
        axis={"labelColor": "currentColor", "titleColor": "currentColor", "domainColor": "currentColor",
              "tickColor": "currentColor", "gridColor": "currentColor", "gridOpacity": 0.15},
        legend={"labelColor": "currentColor", "orient": "bottom", "columns": 4,
                # Room for letters wider than those that were measured here.
                "columnPadding": 40, "labelLimit": 220},
        header={"labelColor": "currentColor", "labelAnchor": "start", "labelFontWeight": 500, "labelLimit": 250},
        title={"color": "currentColor", "anchor": "start"},
        view={"stroke": None},
    ).to_json(validate=False)  # fmt: skip
    return vl_convert.vegalite_to_svg(json.loads(spec), format_locale=_numbers())
