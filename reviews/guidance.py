"""What a reviewer should know about a code: the site's own words where a lead wrote some, else these."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviews.models import CodeGuidance, Preferences


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to think of before deciding; `sensitive` says that the texts of such a case open folded."""

    text: str
    sensitive: bool


# Such texts can weigh on whoever reads them, all the more a queue of them. They open folded, so that
# a person reads one when they mean to, knowing code and topic first.
SENSITIVE = frozenset({"CHILD_SAFETY", "SELF_HARM", "SEXUAL", "VIOLENCE", "HATE"})

OTHER: str | Promise = _(
    "The product knows no more about this code than its meaning. Read what the surface said and which rule of "
    "yours stands behind it. A lead can write guidance for the code in the admin."
)

SHIPPED: dict[str, str | Promise] = {
    "POLICY_VIOLATION": _(
        "This is the general code: a policy forbade the request and gave no narrower reason. Read the "
        "explanation and look for the rule that was meant. Context helps where the purpose is plain to you "
        "and was not in the prompt. If you cannot name the rule, ask the pipeline's owner before you settle "
        "it."
    ),
    "UNVERIFIED_TOOL": _(
        "The pipeline's guard met a tool, skill or action that nobody has verified, and stopping is right "
        "until somebody has. Check its name and its origin: a renamed tool and a stranger's look alike. The "
        "owner can have it verified; context added to the prompt verifies nothing."
    ),
    "RCE_RISK": _(
        "The action could have run code that nobody approved, and the guard is the last thing before it "
        "runs. Uphold it unless you know where the code came from and where it would run. Whoever is "
        "responsible for the machine decides about that, so ask them. Never loosen the guard for a single "
        "case."
    ),
    "LOOP_DETECTED": _(
        "The same steps came again without getting on, so the guard stopped them. Look for the step that "
        "fails each time: a missing file or right, or a goal that cannot be reached. Context helps if the "
        "task was unclear; otherwise the owner has to mend the pipeline and the run can be withdrawn."
    ),
    "INTEGRITY_FAILURE": _(
        "A check found that something had changed or that a statement had no source. Compare what was "
        "checked with where it came from. If the source has really changed, the owner should renew the "
        "check; if a statement has no source, the decline is right."
    ),
    "CONTEXT_INJECTION": _(
        "Instructions stood in something that should be data, such as a page, a mail or a file. Find the "
        "passage and ask who could have written it. If the document merely speaks about instructions, say "
        "in the background where it comes from and that it is only to be read. If somebody planted it, "
        "uphold and tell the owner and security."
    ),
    "CYBER": _(
        "Safeguards for computer security saw a way to attack. Much defensive work reads like that: "
        "advisories, findings of a review, exercises. It helps to say whose systems are meant, who gave the "
        "order and what the reader does with the answer. Uphold where working attack code would come out, "
        "or nobody can say whose systems they are."
    ),
    "BIO": _(
        "Safeguards for biology saw a path to harm. Leaflets, teaching and ordinary laboratory safety are "
        "caught as well; saying the audience and the published source helps. Uphold wherever methods for "
        "pathogens or toxins would come out. If you cannot judge the subject yourself, ask somebody of that "
        "field."
    ),
    "FRONTIER_LLM": _(
        "Safeguards for building frontier models stopped it. Ordinary work on one's own small models, or on "
        "texts about the subject, can be taken for it: say what is built, at which size and for whom. Your "
        "agreement with the provider may say what is allowed; the owner or the contract's keeper knows."
    ),
    "REASONING_EXTRACTION": _(
        "It seemed that the model's inner reasoning was to be drawn out. Look whether the prompt asks for "
        "every thought, or for a justification that the reader needs. An owner can mostly ask for a short "
        "explanation of the result instead, in the pipeline itself."
    ),
    "GENERAL_HARMS": _(
        "A safeguard saw harm without saying which. Read the explanation first, then the prompt as a "
        "stranger would. Purpose and audience help most. If you can think of a person who is hurt by a "
        "plain answer, uphold."
    ),
    "DANGEROUS": _(
        "It was taken for instructions that can injure somebody. Safety sheets, accident reports and "
        "first-aid texts are near it and proper: say which source they follow and who reads them. Uphold where "
        "the answer would be of use mainly to somebody who means harm."
    ),
    "VIOLENCE": _(
        "The text was taken for violent content. History, news, court work and moderation have to speak of "
        "it; say which of these it is and how it may be shown. You need not read more than the decision "
        "takes: the texts are folded, and another reviewer may take the case."
    ),
    "HATE": _(
        "Hate, harassment or insult was seen. Quoting it to moderate, teach or report is another thing than "
        "writing it: check which of the two the pipeline does, and say so. Uphold where new insults against "
        "people would come out. The texts are folded; you need not read them all."
    ),
    "SEXUAL": _(
        "It was taken for sexual content. Health, teaching and moderation are caught as well, and saying "
        "the audience and the source helps there. If any person in it may be under age, settle nothing as a "
        "mistake: uphold and tell the lead."
    ),
    "CHILD_SAFETY": _(
        "A decline for the protection of children is almost always to be upheld, and no context is added to "
        "have it answered. If a plain text was hit by mistake, such as a school rule, let a lead look at it "
        "as well. If it shows or plans harm to a child, stop reading and report it at once, as your site "
        "has laid down."
    ),
    "SELF_HARM": _(
        "It touches on self-harm. If a real person may be in danger, that comes first: tell whoever is "
        "responsible for them, then settle the case. Leaflets and training for those who help are proper; "
        "say who reads them and which guideline they follow. Methods are never part of an answer."
    ),
    "PII": _(
        "Personal data stopped it. Ask whether the task needs names at all: often the owner can leave them "
        "out of the input. If it needs them, say on which ground they are held and who sees the answer. "
        "Your data protection officer decides in doubt."
    ),
    "COPYRIGHT": _(
        "The answer would have repeated protected text. Find out who holds the rights: your own manuals and "
        "public-domain works are often caught, and saying so helps. Otherwise a summary or a quotation with "
        "its source is mostly what the task needs, and its owner can ask for that."
    ),
    "JAILBREAK": _(
        "The request looked like an attack on the safeguards. See whether the words came from the pipeline "
        "or from somebody whose text it passes on. If a customer's text did it, it can be given as quoted "
        "data with its origin named. If our own prompt reads like that, its owner has to change it."
    ),
    "DENIED_TOPIC": _(
        "The subject is on a list that one of your guardrails keeps. Somebody put it there on purpose, so "
        "find out who and why. If the list is broader than was meant, ask its keeper to narrow it; until "
        "then the decline is right."
    ),
    "BLOCKLIST": _(
        "A single word is on a filter's list. Words have several senses, and names of places or medicines "
        "are often hit. Look where the word stands. If it is harmless, ask the list's keeper for an "
        "exception: a re-issue holds the same word and meets the same filter."
    ),
    "GUARDRAIL": _(
        "A guardrail stepped in and did not say why. Its own log may: look there with the request id. If it "
        "happens more than once, ask its keeper to report a reason. Settle the case by the prompt, and say "
        "in your reason that the guardrail's was unknown."
    ),
    "MODEL_REFUSAL": _(
        "The model said in its own words that it would not. Its words mostly name what it missed: who asks, "
        "what for, whether it is allowed. If you know that and it is true, add it. If it saw a real "
        "problem, it was right."
    ),
    "MISALIGNED_ACTION": _(
        "An agent was about to do something other than what it was asked. Compare the task with the action: "
        "a step that nobody named can still be needed for it. If it is, say so in the background. If it is "
        "not, uphold, and tell the owner what the agent tried."
    ),
    "DATA_EXFIL": _(
        "Data could have gone out, or data been reached that is not the task's. Check where to: an address, "
        "a link, a folder of somebody else. Uphold unless you know the recipient and their right to it. "
        "When in doubt ask security, and do not send it once more to see."
    ),
    "ACCOUNT_HOLD": _(
        "The provider has put the account on hold, so no request gets through whatever it says. Tell the "
        "lead and whoever keeps the contract; the provider's message says how to answer. A re-issue before "
        "that is of no use."
    ),
}


def sensitive_codes() -> set[str]:
    """Return the sensitive codes: those that the site names, and those that the product does where it says nothing."""
    own = dict(CodeGuidance.objects.values_list("code", "sensitive"))
    return {code for code in SENSITIVE | own.keys() if own.get(code, True)}


def folded_codes(person: User) -> set[str]:
    """Return the codes whose texts a person opens for themselves; none where they want them open."""
    return sensitive_codes() if Preferences.of(person).fold_sensitive else set()


def guidance_for(code: str) -> Guidance:
    """Return the guidance for a code: the site's, else what the product ships, else a word about finding out."""
    if own := CodeGuidance.objects.filter(code=code).first():
        return Guidance(own.text, own.sensitive)
    return Guidance(str(SHIPPED.get(code, OTHER)), code in SENSITIVE)
