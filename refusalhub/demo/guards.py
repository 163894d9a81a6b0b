"""What the guards of the demo's own pipelines refuse: surface, reason code, detail."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DemoGuardRefusal:
    """A refusal by a guard surface of `pipeline`. One whose code is of the infrastructure is no decline."""

    slug: str
    pipeline: str
    surface: str
    code: str
    detail: str
    infra: bool = False


GUARD_REFUSALS = (
    DemoGuardRefusal(
        slug="same-search-again",
        pipeline="security-digest",
        surface="tool_loop",
        code="LOOP_DETECTED",
        detail="search_advisories was called 12 times with the same query",
    ),
    DemoGuardRefusal(
        slug="unsigned-skill",
        pipeline="lesson-plans",
        surface="skill_scanner",
        code="UNVERIFIED_TOOL",
        detail="the skill worksheet-export carries no signature",
    ),
    DemoGuardRefusal(
        slug="lost-instructions",
        pipeline="leaflet-writer",
        surface="post_compaction",
        code="INTEGRITY_FAILURE",
        detail="the list of approved sources is missing after compaction",
    ),
    DemoGuardRefusal(
        slug="macro-call",
        pipeline="evaluation-notes",
        surface="rce_backstop",
        code="RCE_RISK",
        detail="the tool call run_macro would execute a file that came with the sheet",
    ),
    DemoGuardRefusal(
        slug="account-number-in-answer",
        pipeline="fraud-desk",
        surface="io_guardrail",
        code="PII",
        detail="the answer contains what looks like an account number",
    ),
    DemoGuardRefusal(
        slug="instructions-in-mail",
        pipeline="fraud-desk",
        surface="io_guardrail",
        code="CONTEXT_INJECTION",
        detail="the mail tells its reader to ignore all earlier instructions",
    ),
    DemoGuardRefusal(
        slug="instructions-in-ticket",
        pipeline="nightly-digest",
        surface="io_guardrail",
        code="CONTEXT_INJECTION",
        detail="the ticket holds a paragraph addressed to an automatic reader",
    ),
    DemoGuardRefusal(
        slug="moderation-quota",
        pipeline="nightly-digest",
        surface="io_guardrail",
        code="RATE_LIMIT",
        detail="the moderation service allows 60 calls a minute",
        infra=True,
    ),
)
