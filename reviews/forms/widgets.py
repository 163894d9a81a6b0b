"""How lists to choose from are written."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


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
