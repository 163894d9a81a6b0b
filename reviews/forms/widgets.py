"""Lists to choose from, and how they are written."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from pipelines.models import Pipeline, Topic
from reviews.people import name_of
from reviews.reports.scope import NONE_NAMED

Choices = list[tuple[str, Any]]


def pipeline_choices(every: str | Promise) -> Choices:
    """Return the pipelines to choose from, by their slugs; first `every`, for all of them."""
    return [("", every), *((slug, slug) for slug in Pipeline.objects.values_list("slug", flat=True))]


def topic_choices(every: str | Promise) -> Choices:
    """Return the topics to choose from; first `every`, for all of them, and what has none."""
    return [("", every), (NONE_NAMED, gettext("no topic")), *Topic.objects.values_list("slug", "name")]


class PlainSelect(forms.Select):
    """A list to choose one of, written in one go.

    Django's takes a template for every line of it: with fifty pipelines and topics, longer than all the rest
    of a page.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        lines = (
            (option, " selected" if str(option) in chosen else "", label) for option, label in self.choices
        )
        options = format_html_join("\n", '<option value="{}"{}>{}</option>', lines)
        given = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>\n{}\n</select>', name, given, options)


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A choice of people, by what they are called."""

    def label_from_instance(self, obj: User) -> str:
        return name_of(obj)
