"""People as pages speak of them: what they are called, and who can be handed work."""

from django.contrib.auth.models import User
from django.db.models import QuerySet

from reviews.access import DECIDE, able


def name_of(person: User) -> str:
    """Return what a person is called on the pages."""
    return person.get_full_name() or person.username


def reviewers() -> QuerySet[User]:
    """Return the people who can be handed a case, by name."""
    return able(DECIDE)
