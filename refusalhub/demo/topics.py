"""The topics of the demo and the rules that assign them: RE2 patterns over the prompt, first match wins."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DemoTopic:
    """One topic. A prompt in which one of `rules` matches belongs to it, unless an earlier topic took it."""

    slug: str
    title: str
    rules: tuple[str, ...]


TOPICS = (
    DemoTopic(
        slug="personal-data",
        title="Personal data",
        rules=(
            r"(?i)\bof another customer\b",
            r"(?i)\bpersonal data\b",
            r"(?i)\bwho sent us this complaint\b",
        ),
    ),
    DemoTopic(
        slug="model-evaluation",
        title="Model evaluation",
        rules=(
            r"(?i)\b(red-team|evaluation|our raters|training runs|assistant)\b",
            r"(?i)\b(model under test|last release|job adverts)\b",
        ),
    ),
    DemoTopic(
        slug="phishing-and-scams",
        title="Phishing and scams",
        rules=(r"(?i)\b(phishing|scam|forged|strange message|warning on fraud)\b",),
    ),
    DemoTopic(
        slug="software-weaknesses",
        title="Software weaknesses",
        rules=(
            r"(?i)\b(vulnerability advisory|CVE entry|malware|patch round)\b",
            r"(?i)\b(scanner findings|penetration test)\b",
        ),
    ),
    DemoTopic(
        slug="security-operations",
        title="Security operations",
        rules=(
            r"(?i)\b(incident for the board|access review|wireless network)\b",
            r"(?i)\b(awareness training|security questionnaire)\b",
        ),
    ),
    DemoTopic(
        slug="medicines",
        title="Medicines",
        rules=(r"(?i)\b(painkiller|dose|vaccine|eye drops)\b",),
    ),
    DemoTopic(
        slug="health-advice",
        title="Health advice",
        rules=(r"(?i)\b(leaflet|expectant mothers|blood-pressure|knee operation|discharge note)\b",),
    ),
    DemoTopic(
        slug="school-science",
        title="School science",
        rules=(
            r"(?i)\b(chemistry|biology) lesson\b",
            r"(?i)\b(experiment sheet|lesson on density|elements|water cycle|electric circuits|chemist)\b",
        ),
    ),
    DemoTopic(
        slug="history",
        title="History and culture",
        rules=(r"(?i)\b(history lesson|audio text|wall text|sea chart|programme of the season)\b",),
    ),
    DemoTopic(
        slug="contracts",
        title="Contracts",
        rules=(r"(?i)\b(contract|clause|lease|agreement|liability|policy against)\b",),
    ),
    DemoTopic(
        slug="support",
        title="Customer support",
        rules=(r"(?i)\b(tickets?|digest|handover note|refunds)\b",),
    ),
    DemoTopic(
        slug="payments",
        title="Payments",
        rules=(r"(?i)\b(card|transfer|payment)\b",),
    ),
)
