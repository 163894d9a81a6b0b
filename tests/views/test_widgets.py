"""A list that is written in one go says what Django's own says."""

import pytest
from django import forms

from reviews.forms.widgets import PlainSelect

CHOICES = [("", "any"), ("a<b", "A & B"), ("c", 'x"y')]


def written(widget: type[forms.Select], value: object) -> list[str]:
    class Form(forms.Form):
        topic = forms.ChoiceField(choices=CHOICES, required=False, widget=widget(attrs={"class": "wide"}))

    return sorted(str(Form({"topic": value})["topic"]).replace("<option", " <option").split())


@pytest.mark.parametrize("value", ["", "a<b", "c", "unknown", None])
def test_a_plain_list_is_that_of_django_without_the_order_of_attributes(value: object) -> None:
    assert written(PlainSelect, value) == written(forms.Select, value)
