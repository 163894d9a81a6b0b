"""What stands in addresses besides numbers and slugs: a week, or a word of a closed list. All else is a 404."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from reviews.models import ActionState, Kind, Mark
from reviews.reading import Form
from reviews.reports.subjects import OF_A_WEEK, SUBJECTS
from reviews.reports.week import PARTS


class Week(StringConverter):
    """The name of a week, such as 2026-W47. Whether there is such a week, and whether it has begun, the views say."""

    regex = "[0-9]{4}-W[0-9]{2}"


def one_of(*words: str) -> type[StringConverter]:
    """Return the converter of a closed list of words, which stay strings."""
    return type("OneOf", (StringConverter,), {"regex": "|".join(words)})


register_converter(Week, "week")
register_converter(one_of(Kind.UPHOLD, Kind.BY_HAND, Kind.WITHDRAW), "ending")
register_converter(one_of(*(form.value for form in Form)), "form")
register_converter(one_of(Mark.HELD, Mark.DISMISSED), "mark")
register_converter(one_of(ActionState.DONE, ActionState.DROPPED), "settled")
register_converter(one_of(*(name for name, part in PARTS.items() if part.apart)), "part")
register_converter(one_of("pdf", "xlsx"), "whole-file")
register_converter(one_of("csv", "xlsx"), "table-file")
register_converter(one_of(*(subject for subject in SUBJECTS if subject not in OF_A_WEEK)), "subject")
register_converter(one_of(*OF_A_WEEK), "week-subject")
register_converter(one_of("on", "off"), "switch")
