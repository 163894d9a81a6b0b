"""What leads up to a decline in English, what follows it, and what makes it something else: patterns over folded text.

They meet nothing longer than the head that `reading` takes of a text, so none makes a search costly. Those behind a
sieve are not searched for in most texts.
"""

import re
from collections.abc import Iterable

from refusals.sieve import Sieve, needed_by, signs_of

# --- What may stand before it: sentences about the request, the asker or the speaker.

# Looked for with a space before the sentence.
ABOUT_THE_REQUEST = (
    *(" you", " i ", " i'", " my ", "request", "question", "prompt", " task", " ask", "sorry", "apolog"),
    *("unfortunately", "unable"),
)

# --- What follows it: reasons and offers are part of a refusal, anything else answers.

# Beginnings of words, but where a boundary (`\b`) ends them.
_SCRUPLES = (
    *(
        r"appropriate",
        r"abus",
        r"bias",
        r"bypass",
        r"confidential",
        r"consent",
        r"dange",
        r"dece[ip]",
        r"defam",
        r"degrad",
    ),
    *(
        r"discriminat",
        r"ethic",
        r"expos(?:e|ing)\b",
        r"guideline",
        r"harm",
        r"hurt",
        r"illegal",
        r"impartial",
    ),
    *(
        r"impersonat",
        r"inappropriate",
        r"legal",
        r"misus",
        r"mislead",
        r"neutral",
        r"offensive",
        r"other people's",
    ),
    *(
        r"polic(?:y|ies)\b",
        r"priva",
        r"personal (?:data|info)",
        r"respect",
        r"real (?:person|people)",
        r"safe",
    ),
    *(
        r"sensitiv",
        r"stereotyp",
        r"unsafe",
        r"unethic",
        r"violat",
        r"without (?:\w+ ){0,3}(?:permission|knowledge)",
    ),
)
# What is said in place of an answer where people differ, or are judged.
_SERMON = (
    *(
        r"beliefs?\b",
        r"both sides",
        r"complex",
        r"compassion",
        r"complicated",
        r"depends on",
        r"dignity",
        r"divers",
    ),
    *(r"different (?:people|perspective|view)", r"empath", r"equal(?:ity|ly)\b", r"generali[sz]", r"inclusi"),
    *(
        r"individuals?\b",
        r"informed (?:choice|decision|opinion)",
        r"kindness",
        r"multifaceted",
        r"nuance",
        r"opinions?\b",
    ),
    *(
        r"perspectives?\b",
        r"personal (?:belief|choice|decision|matter|opinion|preference)",
        r"prejudic",
        r"regardless",
    ),
    *(
        r"subjective",
        r"toleran",
        r"unique",
        r"values\b",
        r"viewpoints?\b",
        r"own (?:decision|mind|opinion)s?\b",
    ),
)
_OFFERS = (
    *(
        r"anything else",
        r"apologi",
        r"could\b",
        r"contrary to\b",
        r"feel free",
        r"help(?:line| you with)",
        r"i\b",
    ),
    *(
        r"important to",
        r"instead",
        r"if you\b",
        r"it asks\b",
        r"let(?: me|'s)",
        r"me\b",
        r"my\b",
        r"might\b",
        r"our\b",
    ),
    *(
        r"please (?:contact|consult|reach|seek|ask|try|let|speak|talk|consider)",
        r"programmed",
        r"a professional",
    ),
    *(r"health professional", r"licensed professional", r"medical professional", r"qualified professional"),
    *(
        r"trained professional",
        r"professional (?:help|advice|support|guidance)",
        r"rather than",
        r"reach out",
    ),
    *(r"something else", r"th(?:e|is) (?:request|task)\b", r"unable", r"would\b"),
)


def _begun_with(alternatives: Iterable[str]) -> "re.Pattern[str]":
    """Any of these behind a space. Those with one first letter share a branch, which keeps it quick."""
    rests: dict[str, list[str]] = {}
    for alternative in alternatives:
        rests.setdefault(alternative[0], []).append(alternative[1:])
    branches = (f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items())
    return re.compile(f" (?:{'|'.join(branches)})")


SCRUPLE = _begun_with(_SCRUPLES)
# Every sentence after a decline is asked.
TALK = _begun_with((*_OFFERS, *_SCRUPLES, *_SERMON))
OFFER = re.compile(
    r" (?:i can(?! (?:provide|offer|give|share|suggest))|i could|i'd|i would|happy to|glad to|instead"
    r"|alternatives?|if you|would you|you may want|you might|feel free|please|let me know|let's"
    r"|don't have to"
    r"|resources|help (?:you )?with|encourage|it(?:'s| is) (?:important|not|crucial|essential))"
)
PIVOT = Sieve(
    r" (?:but|however|that said|nevertheless|nonetheless|still|though)\b,?| \u2014(?= )",
    "but however said nevertheless nonetheless still though \u2014",
)
DELIVERS = Sieve(
    r"\b(?:here(?:'s| is| are)|please find|below|the following|as follows)\b|```",
    "here's here find below following follows ```",
)

# --- What makes it something else than a refusal.

# What leads up to a decline that is merely mentioned.
MENTION = re.compile(r'"| (?:such as|refusals?|phrases?|says?|answered|replied|replies|wrote|writes|reads)\b')

# Something is not there, or broke: a person should mend that, not judge a decline.
LACKING = (
    Sieve(
        r"\b(?:is|was|are|were|be|has|have) (?:\w+ )?(?:empty|blank|missing|unreadable|expired|attached"
        r"|uploaded"
        r"|pasted|renewed|merged|arrived|not found|corrupt(?:ed)?\b)",
        "empty blank missing unreadable expired attached uploaded pasted renewed merged arrived found corrupt"
        " corrupted",
    ),
    Sieve(
        r"\b(?:does|do|did) not (?:exist|mention|contain|include|say|load)\b",
        "exist mention contain include say load",
    ),
    Sieve(
        r"\b(?:not found|permission denied|timed out|read-only|already exists|connection refused"
        r"|given (?:context"
        r"|passage|text)\b)",
        "found denied timed read-only exists refused given",
    ),
    Sieve(
        r"\bno (?:document|file|text|image|attachment|input|data) (?:was|is|has|in)\b",
        "no",
        needing="document file text image attachment input data",
    ),
    Sieve(
        r"without (?:(?:knowing|seeing|having)\b|more (?:detail|details|context|information)\b|access\b)",
        "knowing seeing having detail details context information access",
        needing="without",
    ),
    Sieve(
        r"\b(?:upload|paste|attach|resend)\b|\bwhich (?:version|one|file)\b",
        "upload paste attach resend which",
    ),
    Sieve(
        r"\bcould you (?:please )?(?:share|send|check|give)\b",
        "could",
        needing="share send check give",
    ),
)
# Rejecting the premise answers the question: there is nothing to give.
NOTHING_THERE = Sieve(
    r"\b(?:(?:do|does|did)(?: not|n't) (?:actually |really |even )?exist\b|have a real\b"
    r"|there (?:is|are) no (?:such|information|records?)\b)",
    "exist real no",
)
TOLD = Sieve(
    r",['\"]? (?:(?:the )?\w{1,20} )?(?:said|wrote|replied|thought|cried|sang|whispered)\b",
    "said wrote replied thought cried sang whispered",
)
LETTER = re.compile(r" (?:dear|hi|hello|hey) (?!there|again)\w[^.!?,\n]{0,40},")
SOMETHING_ELSE = (*LACKING, TOLD)
ANNOUNCING_SIGNS = signs_of((DELIVERS, NOTHING_THERE))
SOMETHING_ELSE_SIGNS = signs_of(SOMETHING_ELSE)
GRAMMAR_WORDS = needed_by((DELIVERS, PIVOT, NOTHING_THERE, *SOMETHING_ELSE))
