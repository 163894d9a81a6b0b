"""How a model refuses in English without a word of declining: it moralises, names a rule, or points elsewhere.

Such a text is read as a refusal only where it is short and hardly anything else stands in it: "that is illegal" answers
a question of law, "that is private" one of privacy. Patterns over folded sentences, like those of `refusal_grammar`.
"""

import re

# --- What stands for a decline, at the beginning of a sentence.

_AI = (
    r"(?:an? |the )?(?:\w+ ){0,2}(?:ai|artificial intelligence|language model|chatbot|assistant|machine"
    r"|computer program|program|bot)(?: (?:language )?model| assistant| system)?"
)
_LEAD = (
    r"^(?:(?:(?:i'm|i am) (?:\w+ )?sorry|sorry|apologies|unfortunately|regrettably|no|hmm|well|again"
    r"|also|therefore"
    r"|but|and|so|however)[,.]? (?:but )?)?"
    rf"(?:(?:as|being) {_AI}(?:[^,.]{{0,60}},)? (?:so )?|i(?:'m| am) (?:just |only "
    rf"|merely )?{_AI}(?:,? (?:so|and)|,) )?"
)
_LINK = r"^(?:(?:therefore|also|additionally|moreover|furthermore|however|besides|in fact|and|but),? )?"
_OWN = r"(?:(?:any|an?|my|own|the|personal|subjective|real|human|physical|political|such|kind of) |or |and )*"
_INNER_LIFE = (
    r"(?:opinions?|beliefs?|feelings?|emotions?|preferences?|experiences?|memor(?:y|ies)|views?"
    r"|childhood|body|family"
    r"|consciousness|thoughts)\b"
)
_NOT_HAVING = (
    r"(?:i )?(?:(?:do not|don't|cannot|can't) (?:\w+ly )?(?:have|hold|possess|form)|have no|hold no|lack)"
    rf" {_OWN}"
)
_HARD_WORDS = (
    r"(?:stereotyp|generali[sz]|harmful|hurtful|offensive|bias|prejudic|discriminat|flawed|disrespect"
    r"|racis|sexis"
    r"|unfounded|derogatory|superior|inferior|demean)"
)
_PEOPLE = (
    r"(?:people|groups?|nations?|countr(?:y|ies)|cultures?|races?|religions?|genders?|faiths?|ethnic\w*"
    r"|individuals?"
    r"|communit(?:y|ies)|women|men|persons?|stereotypes?|generali[sz]ations?)\b"
)
_VIRTUE = (
    r"(?:respect|safe|harm|kind(?:ness|er)?\b|fair|neutral|impartial|unbiased|ethic|positive|inclusi"
    r"|dignity|equal|privacy"
    r"|empath|compassion|toleran|understanding|consent|honest|truthful|responsib|sensitiv|lawful|legal"
    r"|diversity|divers"
    r"|stereotyp|generali[sz]|discriminat|prejudic|hurt|help(?:ful)?\b|accurate)"
)
_ASKED = (
    r"(?:th(?:is|at|e)|your|such) (?:\w+ ){0,2}?"
    r"(?:request|content|prompt|query|question|message|response|material|input|output|topic|text)s?"
    r"(?: (?:is|are|was|were|has been|have been|may|might|could|cannot|can't|seems to|appears to"
    r"|of this kind))?"
    r"(?: be| not| \w+ly)*"
)
_SAFETY = (
    r"(?:polic(?:y|ies)|guidelines?|safety|unsafe|sensitive|harmful|inappropriate|moderation"
    r"|terms of (?:use|service)"
    r"|(?:this|our) platform|content filter)"
)

SELF = re.compile(
    rf"{_LEAD}{_NOT_HAVING}(?:{_INNER_LIFE}|(?:ability|capacity|capability|means) to (?:feel|have|form"
    r"|see|remember"
    r"|experience|access|know|make|take|engage|judge|choose|love|help|assist|answer|discuss)"
    r"|access to (?:\w+ ){0,2}(?:personal|private))"
    rf"|{_LEAD}(?:my (?:\w+ )?(?:purpose|goal|aim|role|job|task|function|intention"
    r"|programming) (?:here )?is (?:\w+ly )?"
    rf"to [^.]*\b{_VIRTUE}"
    r"|i(?:'m| am| was) (?:\w+ly |only |here |just )?(?:designed|programmed|made|built|trained|created"
    r"|committed"
    rf"|dedicated|meant|here) to\b[^.]*\b{_VIRTUE}"
    rf"|i (?:always |also |\w+ly )?(?:strive|aim|try|believe in|care about|value|respect)\b[^.]*\b{_VIRTUE}"
    r"|i (?:\w+ )?(?:remain|stay|am) (?:neutral|impartial))"
)
PREMISE = re.compile(
    rf"{_LINK}(?:i (?:would|must|have to) (?:\w+ly )?(?:question|challenge|reject|dispute) (?:the|this"
    r"|that|your)"
    r" (?:\w+ )?(?:premise|assumption|idea|question|notion)"
    r"|(?:the|this|that|your) (?:underlying )?(?:premise|question|assumption|statement|request|phrasing"
    r"|wording|claim)\b"
    rf"[^.]*\b{_HARD_WORDS}"
    r"|it(?:'s| is) (?:not|never|wrong|harmful|problematic|inaccurate|unfair|inappropriate|incorrect"
    r"|misleading)"
    r"(?: (?:\w+ly|or|and|be|accurate|true|fair|right|correct|helpful|productive|appropriate|okay|ok"
    r"|respectful|harmful"
    r"|wrong|possible))*"
    r" to (?:say|generali[sz]e|claim|assume|make|judge|label|paint|compare|rank|stereotype"
    rf"|suggest)\b[^.]*\b{_PEOPLE}"
    rf"|(?:that|this|it)(?:'s| is)(?: simply| just)? an? (?:\w+ ){{0,2}}(?:stereotype"
    r"|generali[sz]ation)(?= (?:and|about|to)|,|$)"
    r"|it(?:'s| is) an? (?:harmful|hurtful|offensive|false|unfair) (?:stereotype|generali[sz]ation"
    r"|misconception|myth)"
    rf"|not all {_PEOPLE}|there (?:is|are) no (?:superior|inferior|better|worse) {_PEOPLE}"
    r"|(?:such|these|those) (?:generali[sz]ations|stereotypes|assumptions)\b"
    rf"|no {_PEOPLE}[^.]{{0,40}} is (?:better|worse|superior|inferior)"
    r"|(?:every|each) (?:person|individual|human being) (?:is|has)|people of (?:every|any|all) )"
)
PRIVATE = re.compile(
    rf"{_LEAD}(?:(?:that|this|it)(?:'s| is| would be) (?:\w+ly )?(?:private|confidential"
    r"|(?:\w+ )?personal|sensitive)"
    r"(?:[.,]|$| (?:\w+ )?(?:information|data|matter|details?))"
    r"|[^.,:;]{0,80}\b(?:address|records?|details?|numbers?|information|data|life|history|salary"
    r"|matters?)\b[^.,:;]{0,60}"
    r"\b(?:is|are) (?:(?:strictly |considered )?(?:private|confidential|personal information|not for me"
    r"|not mine|sensitive"
    r"|protected by (?:law|privacy)))"
    r"|(?:out of respect for|to (?:protect|respect)) [^.]{0,40}\b(?:privacy|confidentiality|dignity"
    r"|family)\b"
    r"|(?:for|due to|because of) (?:reasons of )?(?:privacy|safety|security|ethical|legal|confidentiality)"
    r" (?:reasons|concerns|considerations)\b[^.]*\b(?:no|not|cannot|can't|isn't|won't|unable|decline|leave))"
)
EVERYBODY = re.compile(
    rf"{_LINK}(?:(?:no ?one|nobody|no (?:person|child|animal|human(?: being)?|living being)|people"
    r"|everyone|everybody"
    r"|every (?:person|human being|individual)|all (?:people|humans|human beings)|we(?: all)?"
    r"|all of (?:us|them))\b"
    r" (?:\w+ly )?(?:should|deserves?|ought to|must)\b"
    r"[^.]*\b(?:treat|judg|mock|sham|asham|humiliat|discriminat|respect|dignity|kind|equal|suffer|hurt"
    r"|rank|ridicul|bull"
    r"|singled|welcome|safe|support|strive)"
    r"|(?:violence|revenge|hate|hatred|cruelty|bullying) is (?:never|not) (?:the|an) (?:answer|solution))"
)
POLICY = re.compile(
    rf"{_LEAD}(?:{_ASKED} (?:violat\w+|go(?:es)? against|breach\w*|conflict\w*|(?:not )?(?:allow|permit"
    r"|support)ed"
    rf"|prohibited|blocked|declined|denied|refused|rejected|flagged|filtered|removed)[^.]*\b{_SAFETY}"
    r"|(?:content|requests|texts|material|questions|anything) of (?:this|that) (?:kind|type|sort"
    r"|nature) (?:is|are) not"
    r" (?:allowed|permitted|supported|available)"
    r"|request (?:denied|declined|refused|rejected|blocked)\b|(?:the|our"
    rf"|this platform's) (?:\w+ ){{0,2}}?(?:usage|content"
    r"|safety|community|privacy|acceptable use) (?:polic(?:y|ies)|guidelines?|rules) (?:do(?:es)?(?: not"
    r"|n't)"
    r" (?:allow|permit)|prohibits?|forbids?)"
    r"|(?:due to|because of|under|according to|in line with) (?:\w+ ){0,2}(?:safety|content|usage"
    r"|privacy|community)"
    r" (?:polic(?:y|ies)|guidelines?|rules)\b[^.]*\b(?:no|not|cannot|can't)\b)"
)
ELSEWHERE = re.compile(
    r"^(?:hmm,? |well,? |sorry,? )?(?:(?:but )?(?:let's|let us|how about we|what if we|(?:perhaps"
    r"|maybe) we (?:can|could"
    r"|should)|could we|can we|shall we|i'd (?:rather|prefer to|like to)|i would (?:rather|prefer to"
    r"|like to)) (?:\w+ ){0,3}?"
    r"(?:(?:talk|speak|chat|move on|discuss|switch|turn)\b[^.]{0,30}\b(?:something (?:else|more"
    r"|different|nicer)"
    r"|(?:different|another|other|new|lighter|happier) (?:topic|subject|matter|direction)s?)"
    r"|change the (?:subject|topic)(?! line)|(?:not go there|keep (?:things|this|the conversation"
    r"|our conversation) "
    r"(?:friendly|respectful|civil|polite|positive|kind|light))))"
)
SCOPE = re.compile(
    rf"{_LEAD}(?:[^.,:;]{{0,60}}\b(?:is|are|falls?|lies?|lie|'s)(?: well| far)? (?:beyond"
    r"|outside)(?: of)? (?:my\b"
    r"|the (?:scope|limits|range) of (?:what|this (?:assistant|service|chat)|my)|what (?:i|this assistant))"
    r"|(?:[^.,:;]{1,60} is|[^.,:;]{1,60}'s|that's) not (?:something|anything|a thing) (?:that )?i(?:'m"
    r"| am)?"
    r" (?:do|offer|provide|discuss|give|handle|able|can|take part)\b"
    r"|[^.,:;]{1,60} (?:is|are|'s) not (?:within|in|among|part of) my (?:abilit|capabilit|power|scope"
    r"|area|remit|expertise|job)"
    r"|i(?:'m| am) (?:only|just) (?:able|here|designed|meant|set up) to (?:help|assist|answer|discuss|talk)"
    r"(?: \w+){0,4} (?:about|with|on|related|regarding)\b"
    r"|i can only (?:help|assist|answer|discuss|talk)(?: you)?(?: with| to| about)? ?(?:questions|topics"
    r"|matters|requests)"
    r"|(?:it(?:'s| is)|that(?:'s| is)) (?:not possible|impossible) for me\b"
    r"|(?:sorry,? |i'm )?not going to do (?:that|this))"
)
JUDGED = re.compile(
    rf"{_LEAD}(?:that|this|it|doing so|such a thing)(?:'s| is| would be| would not be| wouldn't be"
    r"| is not| isn't| would)"
    r" (?:simply |highly |completely )?(?:not )?(?:be )?(?:unethical|inappropriate|immoral|irresponsible"
    r"|disrespectful"
    r"|unacceptable|hurtful|okay|ok|acceptable|appropriate|ethical)(?: and \w+| or \w+)?[.]?$"
    r"|^(?:i'm|i am)? ?(?:\w+ )?sorry,? (?:but )?(?:the answer is )?no[.]?$"
)
STANCES = (SELF, PREMISE, PRIVATE, EVERYBODY, POLICY, ELSEWHERE, SCOPE, JUDGED)

# --- A judgement on what was asked. It counts only beside an exhortation.

MORAL = re.compile(
    r"\b(?:(?:is|are|be|was|seems|can be|it's)(?: \w+ly| also| both| simply| neither| deeply| seriously)?"
    r" (?:(?:never|not|in no way) (?:\w+ )?(?:ok|okay|acceptable|right|appropriate|fair|justified"
    r"|something to)"
    r"|wrong|harmful|hurtful|unethical|immoral|unacceptable|disrespectful|dishonest|offensive|unfair"
    r"|cruel|unkind"
    r"|irresponsible|discriminatory|demeaning|insensitive|dangerous and|illegal|against the (?:law"
    r"|rules)|inappropriate|a serious"
    r"|an? (?:\w+ )?(?:violation|breach|crime|betrayal|invasion))"
    r"|(?:could|can|may|might|would)(?: \w+ly)? (?:\w+ )?(?:hurt|harm|violate|cause (?:\w+ )?(?:harm"
    r"|pain|distress)"
    r"|perpetuate|lead to (?:discrimination|harm))|never the answer)"
)
# --- What such a text is made of besides: advice to be good, offers, courtesy.

_VICE = (
    r"(?:illegal|wrong|harmful|hurtful|unethical|immoral|unfair|dishonest|dangerous|offensive|disrespectful"
    r"|unacceptable)"
)
TWICE = re.compile(rf"\b{_VICE}(?:,| and| or|, and)(?: \w+ly| also)? {_VICE}\b")
EXHORT = re.compile(
    r"\b(?:i(?:'d| would)? (?:\w+ly |like to )?(?:encourage|urge|implore|advise|invite|ask"
    r"|hope)(?: that)? you\b"
    r"|please (?:\w+ )?(?:consider|seek|respect|reach out|talk to|speak (?:to|with)|remember|be (?:kind"
    r"|respectful|mindful)"
    r"|treat|contact the (?:police|authorities))"
    r"|let(?:'s| us) (?:all |instead |rather |not )?(?:\w+ )?(?:focus|be|avoid|stick|keep|treat"
    r"|celebrate|respect|judge)\b"
    r"|(?:we|you|people|everyone|everybody|one) (?:all )?(?:should|must|deserves?"
    rf"|can all)\b[^.]*\b{_VIRTUE}"
    r"|it(?:'s| is) (?:\w+ )?(?:best|better|important|essential|crucial|vital|necessary"
    rf"|worth)\b[^.]*\b{_VIRTUE}"
    r"|(?:glad|happy) to (?:help|write)\b[^.]*\binstead|instead, (?:i|let|we|consider|try|how about"
    r"|why not|you (?:could|might|can))|seek (?:\w+ ){0,2}(?:support|help)"
    r"|(?:trust|respect|kindness|consent) and [^.]* (?:are|is) )"
)
_COURTESY = re.compile(
    rf"{_LINK}(?:it(?:'s| is) (?:impossible|not possible|hard|difficult) to (?:make|give|say|judge"
    r"|answer|compare|generali[sz]e)"
    r"|if you (?:are|feel|have|need|find|would|want|or|believe|'d|'re)\b|is there (?:any|some)thing"
    r"|let me know|feel free"
    r"|please (?:let me|feel free|ask|rephrase|modify|try|provide|contact|consult|see|know|call)|(?:can"
    r"|could|may|how can) i\b"
    r"|what (?:else|are your|would you like)|would you like|i(?:'m| am|'d| would| can| could|'ll| will"
    r"| understand| appreciate"
    r"| hope| want)\b|how about|why not|thank|shall we|only (?:she|he|they)|together|everyone|we\b)"
)

# --- A person in distress is sent to somebody who can help: both have to be said.

DISTRESS = re.compile(
    r"(?:i'm|i am) (?:\w+ ){0,2}sorry (?:that )?(?:you|to hear)|(?:it )?sounds (?:as if|like|as though)"
    r"|you(?:'re| are) not alone"
    r"|you don't have to (?:go|face|carry)|if you or someone|help is available|you deserve|in (?:crisis"
    r"|immediate danger)"
    r"|there (?:is|are) (?:help|people)|suicid|hurting yourself"
)
HELP_LINE = re.compile(
    r"\b(?:reach out|contact|call|text|talk|speak|turn)\b[^.]*\b(?:(?:crisis|suicide|prevention|support"
    r"|distress|emergency)"
    r" (?:\w+ )?(?:line|hotline|lifeline|helpline|cent(?:er|re)|services?)|(?:help|hot|life)[ -]?line"
    r"|988|samaritans"
    r"|mental health|therapist|counsell?or)"
)

# A turn to an answer after all.
_TURN = re.compile(
    r"(?:[,;] |\b)(?:but|however|although|though|yet)\b,? (?!.{0,40}\b(?:i|it's|is|let|not)\b)|[;:\u2014] "
)
_TURNED = 24
_LETTER_OR_LIST = re.compile(r"(?:^|\n)[ \t]{0,8}(?:\d{1,3}[.)]|[-*•#|>]|```)|\"")
_ANSWERED = 3


def refuses_unspoken(text: str, sentences: list[str]) -> bool:
    """Whether a short text refuses without a word of declining. `sentences` are its own, folded."""
    if _LETTER_OR_LIST.search(text):
        return False
    if any(map(DISTRESS.search, sentences[:2])) and any(map(HELP_LINE.search, sentences)):
        return _little_else(sentences, also=(DISTRESS, HELP_LINE))
    if any(map(_takes_a_stance, sentences[:2])):
        return _little_else(sentences)
    if any(map(MORAL.search, sentences[:2])):
        return (TWICE.search(sentences[0]) or any(map(EXHORT.search, sentences))) and _little_else(sentences)
    return False


def _takes_a_stance(sentence: str) -> bool:
    """Whether a sentence stands for a decline, and does not turn to an answer."""
    for stance in STANCES:
        if match := stance.match(sentence):
            turn = _TURN.search(sentence, match.end())
            return not turn or len(sentence) - turn.end() < _TURNED or _is_talk(sentence[turn.end() :])
    return False


def _is_talk(sentence: str) -> bool:
    """Whether a sentence belongs to a refusal, and answers nothing."""
    return any(pattern.search(sentence) for pattern in (MORAL, EXHORT, _COURTESY)) or _takes_a_stance(
        sentence
    )


def _little_else(sentences: list[str], also: tuple["re.Pattern[str]", ...] = ()) -> bool:
    """Whether these hold hardly anything but stances, judgements, advice to be good and courtesy."""
    other = 0
    for sentence in sentences:
        if not _is_talk(sentence) and not any(pattern.search(sentence) for pattern in also):
            other += len(sentence)
    return _ANSWERED * other <= sum(map(len, sentences))
