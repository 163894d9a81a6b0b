"""What leads up to a decline in English, what follows it, and what makes it something else: patterns over folded text.

They meet nothing longer than the head that `reading` takes of a text, so none makes a search costly. Those behind a
sieve are not searched for in most texts.
"""

import re
from functools import lru_cache

from refusals.sieve import Sieve, signs_of

# --- What may stand before it: sentences about the request, the asker or the speaker.

# Looked for with a space before the sentence.
ABOUT_THE_REQUEST = (
    *(" you", " i ", " i'", " my ", "request", "question", "prompt", " task", " ask", "sorry", "apolog"),
    *("unfortunately", "unable"),
)

# --- What follows it: reasons and offers are part of a refusal, anything else answers.

SCRUPLE = re.compile(
    r"\b(?:a(?:ppropriate|bus)|b(?:ias|ypass)|con(?:fidential|sent)|d(?:ange|ece[ip]|efam|egrad|iscriminat)"
    r"|e(?:thic|xpos(?:e|ing)\b)|guideline|h(?:arm|urt)|i(?:llegal|mpartial|mpersonat|nappropriate)|legal"
    r"|mis(?:us|lead)|neutral|offensive|other people's|p(?:olic(?:y|ies)\b|riva|ersonal (?:data|info))"
    r"|re(?:spect|al (?:person|people))|s(?:afe|ensitiv|tereotyp)|un(?:safe|ethic)|violat"
    r"|without (?:\w+ ){0,3}(?:permission|knowledge))"
)
# By first letters, which keeps it quick: every sentence after a decline is asked.
TALK = re.compile(
    rf"{SCRUPLE.pattern}|\b(?:a(?:nything else|pologi)|co(?:uld|ntrary to)\b|feel free|help(?:line"
    r"| you with)"
    r"|i(?:\b|mportant to|nstead|f you\b|t asks\b)|let(?: me|'s)|m(?:e|y|ight)\b|our\b"
    r"|p(?:lease (?:contact|consult|reach|seek|ask|try|let|speak|talk|consider)|rogrammed)"
    r"|(?:a|health|legal|licensed|medical|qualified|trained) professional|professional (?:help|advice"
    r"|support|guidance)"
    r"|r(?:ather than|each out)|something else|th(?:e|is) (?:request|task)\b|unable|would\b)"
)
# Of each of these the word that is said least, and the phrases: a sentence without is not searched for them.
_TALK_WORD = re.compile(
    r"\b(?:appropriate|abus|bias|bypass|confidential|consent|dange|dece[ip]|defam|degrad|discriminat|ethic|expos"
    r"|guideline|harm|hurt|illegal|impartial|impersonat|inappropriate|legal|misus|mislead|neutral|offensive"
    r"|polic(?:y|ies)\b|priva|respect|safe|sensitiv|stereotyp|unsafe|unethic|violat"
    r"|apologi|could\b|i\b|instead|me\b|my\b|might\b|our\b|programmed|unable|would\b)"
)
_TALK_PHRASES = (
    *(
        "people's",
        "personal ",
        "real pe",
        "permission",
        "knowledge",
        "anything else",
        "contrary to",
        "feel free",
    ),
    *(
        "help",
        "important to",
        "if you",
        "it asks",
        "let me",
        "let's",
        "please ",
        "professional",
        "rather than",
    ),
    *("reach out", "something else", "e request", "is request", "e task", "is task"),
)


@lru_cache(maxsize=8192)  # a language has some thousand words, and the same ones come again and again
def _may_talk(word: str) -> bool:
    return _TALK_WORD.search(word) is not None


def is_talk(sentence: str) -> bool:
    """Whether a sentence gives a reason or makes an offer."""
    if any(map(_may_talk, sentence.split(" "))) or any(map(sentence.__contains__, _TALK_PHRASES)):
        return TALK.search(sentence) is not None
    return False


OFFER = re.compile(
    r"\b(?:i can(?! (?:provide|offer|give|share|suggest))|i could|i'd|i would|happy to|glad to|instead"
    r"|alternatives?|if you|would you|you may want|you might|feel free|please|let me know|let's"
    r"|don't have to"
    r"|resources|help (?:you )?with|encourage|it(?:'s| is) (?:important|not|crucial|essential))"
)
# Looked for first in what is searched for a turn.
PIVOTS = ("but", "however", "that said", "never", "nonethe", "still", "though", ";", ":", "\u2014")
PIVOT = re.compile(r"\b(?:but|however|that said|nevertheless|nonetheless|still|though)\b,? ?|[;:\u2014] ")
DELIVERS = Sieve(
    r"\b(?:here(?:'s| is| are)|please find|below|the following|as follows)\b|```",
    "here's here find below following follows ```",
)

# --- What makes it something else than a refusal.

# What leads up to a decline that is merely mentioned.
MENTION = re.compile(
    r'"|\b(?:such as|refusals?|phrases?|says?|answered|replied|replies|wrote|writes|reads)\b'
)

# Something is not there, or broke: a person should mend that, not judge a decline.
LACKING = (
    Sieve(
        r"\b(?:is|was|are|were|be|has|have) (?:\w+ )?(?:empty|blank|missing|unreadable|expired|attached|uploaded"
        r"|pasted|renewed|merged|arrived|not found|corrupt(?:ed)?\b)",
        "empty blank missing unreadable expired attached uploaded pasted renewed merged arrived found corrupt"
        " corrupted",
    ),
    Sieve(
        r"\b(?:does|do|did) not (?:exist|mention|contain|include|say|load)\b",
        "exist mention contain include say load",
    ),
    Sieve(
        r"\b(?:not found|permission denied|timed out|read-only|already exists|connection refused|given (?:context"
        r"|passage|text)\b)",
        "found denied timed read-only exists refused context passage text",
        needing="not permission timed read-only already connection given",
    ),
    Sieve(
        r"\bno (?:document|file|text|image|attachment|input|data) (?:was|is|has|in)\b",
        "document file text image attachment input data",
        needing="no",
    ),
    Sieve(
        r"without (?:(?:knowing|seeing|having)\b|more (?:detail|details|context|information)\b|access\b)",
        "knowing seeing having detail details context information access",
        needing="without",
    ),
    Sieve(
        r"\b(?:upload|paste|attach|resend)\b|\bwhich (?:version|one|file)\b",
        "upload paste attach resend version one file",
        needing="upload paste attach resend which",
    ),
    Sieve(
        r"\bcould you (?:please )?(?:share|send|check|give)\b",
        "share send check give",
        needing="could",
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
LETTER = re.compile(r"(?:dear|hi|hello|hey) (?!there|again)\w[^.!?,\n]{0,40},")
SIGNS = signs_of((DELIVERS, *LACKING, NOTHING_THERE, TOLD))
