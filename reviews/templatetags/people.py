"""What people are called."""

from django import template
from django.contrib.auth.models import User

from reviews import people

register = template.Library()


@register.filter
def name_of(person: User | None) -> str:
    """Return what a person is called; nothing where there is nobody."""
    return people.name_of(person) if person else ""
