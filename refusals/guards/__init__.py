"""The five guard surfaces of a pipeline, as small parts: each says no in the canonical form, or None.

    refusal = RceBackstop()(tool, arguments)

A guard is a policy, which is plain data, and one call. It keeps accidents and the obvious out, and is no security
boundary: `docs/guards.md` lists what gets past each. `Hub.guard` records what they refuse.
"""

from refusals.guards.injections import INJECTIONS
from refusals.guards.io_guardrail import EMAIL_ADDRESS, PERSONAL_DATA, SECRETS, IoGuardrail, IoPolicy
from refusals.guards.post_compaction import CompactionPolicy, PostCompactionGuard, paragraph_digest
from refusals.guards.rce_backstop import BackstopPolicy, RceBackstop
from refusals.guards.recorder import SURFACES, GuardRecorder
from refusals.guards.rules import Rule
from refusals.guards.skill_scanner import SkillPolicy, SkillScanner
from refusals.guards.tool_loop import ToolLoopGuard, ToolLoopPolicy

__all__ = [
    "EMAIL_ADDRESS",
    "INJECTIONS",
    "PERSONAL_DATA",
    "SECRETS",
    "SURFACES",
    "BackstopPolicy",
    "CompactionPolicy",
    "GuardRecorder",
    "IoGuardrail",
    "IoPolicy",
    "PostCompactionGuard",
    "RceBackstop",
    "Rule",
    "SkillPolicy",
    "SkillScanner",
    "ToolLoopGuard",
    "ToolLoopPolicy",
    "paragraph_digest",
]
