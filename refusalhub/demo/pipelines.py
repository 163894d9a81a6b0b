"""The pipelines of the demo: what each does, for whom, with which model, and how busy it is."""

from dataclasses import dataclass
from typing import Literal

Provider = Literal["anthropic", "openai", "azure.ai.openai", "gcp.gemini"]


@dataclass(frozen=True, kw_only=True)
class DemoPipeline:
    """One unattended job.

    `owner` is a username. `earlier_model` served until the model change, `model` since. `share` is its part
    of all runs, relative to the others. `hours` are the hours of the day (first, last) in which it works.
    """

    slug: str
    title: str
    description: str
    owner: str
    provider: Provider
    model: str
    earlier_model: str
    system: str
    topics: tuple[str, ...]
    share: int
    hours: tuple[int, int]
    max_tokens: int = 1500


PIPELINES = (
    DemoPipeline(
        slug="security-digest",
        title="Security report digest",
        description="Condenses advisories, incidents and reviews for people who have to act on them.",
        owner="oskar",
        provider="anthropic",
        model="claude-opus-5-5",
        earlier_model="claude-opus-5",
        system="You write short, sober digests of security reports for the staff of a mid-sized company.",
        topics=("software-weaknesses", "security-operations"),
        share=18,
        hours=(1, 5),
    ),
    DemoPipeline(
        slug="leaflet-writer",
        title="Patient leaflets",
        description="Drafts leaflets from approved sources; a pharmacist reads each before it is printed.",
        owner="oskar",
        provider="anthropic",
        model="claude-sonnet-5-5",
        earlier_model="claude-sonnet-5",
        system="You write patient leaflets in plain words, from approved sources alone.",
        topics=("medicines", "health-advice"),
        share=14,
        hours=(2, 6),
    ),
    DemoPipeline(
        slug="lesson-plans",
        title="School lesson plans",
        description="Plans lessons in science and history for teachers, who adapt them.",
        owner="lee",
        provider="anthropic",
        model="claude-sonnet-5-5",
        earlier_model="claude-sonnet-5",
        system="You plan school lessons: safe, clear, and ready to use in a class of 24.",
        topics=("school-science", "history"),
        share=14,
        hours=(14, 20),
    ),
    DemoPipeline(
        slug="fraud-desk",
        title="Fraud desk mail triage",
        description="Reads the mail of a bank's fraud desk and prepares summaries and answers.",
        owner="oskar",
        provider="anthropic",
        model="claude-opus-5-5",
        earlier_model="claude-opus-5",
        system="You prepare the mail of a bank's fraud desk. A person reads everything before it goes out.",
        topics=("phishing-and-scams", "personal-data", "payments"),
        share=18,
        hours=(6, 19),
    ),
    DemoPipeline(
        slug="evaluation-notes",
        title="Model evaluation notes",
        description="Turns the sheets of the evaluation team into notes for the product teams.",
        owner="lee",
        provider="anthropic",
        model="claude-opus-5-5",
        earlier_model="claude-opus-5",
        system="You write notes on evaluations of our own models, for colleagues who build with them.",
        topics=("model-evaluation",),
        share=9,
        hours=(20, 23),
    ),
    DemoPipeline(
        slug="nightly-digest",
        title="Nightly digest",
        description="Digests support tickets for the morning round.",
        owner="oskar",
        provider="openai",
        model="gpt-5.6-terra",
        earlier_model="gpt-5.6-terra",
        system="You digest support tickets. Be brief, be fair to the customer, and name the next step.",
        topics=("support", "software-weaknesses"),
        share=13,
        hours=(4, 7),
    ),
    DemoPipeline(
        slug="clause-extraction",
        title="Legal clause extraction",
        description="Extracts clauses from contracts for the legal department.",
        owner="lee",
        provider="azure.ai.openai",
        model="gpt-5.6-terra",
        earlier_model="gpt-5.6-terra",
        system="You extract clauses from contracts. Quote nothing that is not there.",
        topics=("contracts", "personal-data"),
        share=9,
        hours=(0, 4),
    ),
    DemoPipeline(
        slug="museum-guide",
        title="Museum audio guide",
        description="Writes audio texts and wall texts for a town museum.",
        owner="lee",
        provider="gcp.gemini",
        model="gemini-3-pro",
        earlier_model="gemini-3-pro",
        system="You write for the visitors of a town museum: warm, exact, and short.",
        topics=("history",),
        share=5,
        hours=(9, 16),
    ),
)
