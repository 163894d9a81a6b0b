"""The people of the demo, with passwords that are meant to be known."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "reviewer", "lead"]


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """Somebody who can sign in to the demo. Who owns which pipeline stands with the pipelines."""

    username: str
    first_name: str
    last_name: str
    role: Role

    @property
    def password(self) -> str:
        return f"{self.username}-demo-2026"

    @property
    def email(self) -> str:
        return f"{self.username}@example.org"


PEOPLE = (
    DemoPerson(username="vera", first_name="Vera", last_name="Lindqvist", role="viewer"),
    DemoPerson(username="rosa", first_name="Rosa", last_name="Okafor", role="reviewer"),
    DemoPerson(username="ben", first_name="Ben", last_name="Halloran", role="reviewer"),
    DemoPerson(username="lee", first_name="Lee", last_name="Tanaka", role="lead"),
    DemoPerson(username="oskar", first_name="Oskar", last_name="Brandt", role="reviewer"),
)
