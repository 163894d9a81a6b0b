"""What leads up to a decline in English, what follows it, and what makes it something else: patterns over folded text.

They meet nothing longer than the head that `reading` takes of a text, so none makes a search costly. Those behind a
sieve are not searched for in most texts.
"""

import re

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
LACKING = Sieve(
    r"\b(?:(?:is|was|are|were|be|has|have) (?:\w+ )?(?:empty|blank|missing|unreadable|expired|attached"
    r"|uploaded|pasted"
    r"|renewed|merged|arrived|not found|corrupt(?:ed)?\b)"
    r"|(?:does|do|did) not (?:exist|mention|contain|include|say|load)\b|not found|permission denied"
    r"|timed out|read-only"
    r"|already exists|connection refused|no (?:document|file|text|image|attachment|input|data) (?:was|is"
    r"|has|in)\b"
    r"|without (?:knowing|seeing|having|more (?:detail|details|context|information)|access)\b"
    r"|given (?:context|passage|text)\b|(?:upload|paste|attach|resend)\b|could you (?:please )?(?:share"
    r"|send|check|give)\b"
    r"|which (?:version|one|file)\b)",
    "empty blank missing unreadable expired attached uploaded pasted renewed merged arrived found corrupt corrupted"
    " exist mention contain include say load denied timed read-only exists refused document file text image attachment"
    " input data knowing seeing having detail details context information access passage upload paste attach resend"
    " share send check give version one",
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
SIGNS = signs_of((DELIVERS, LACKING, NOTHING_THERE, TOLD))
