"""What a model says in English instead of a decline: that a policy, its own limits or somebody's privacy forbid it.

Patterns over folded sentences, from their beginning. Only `refusal_unspoken` asks them, and only in short texts.
"""

import re

from refusals.refusal_acts import LEAD

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

_WHAT_WAS_ASKED = (
    r"(?:(?:th(?:is|at|e)|your|such an?|such) (?:\w+ ){0,2}?(?:request|content|prompt|query|question"
    r"|message|text|topic|task"
    r"|input|subject|material)s?(?: (?:that )?you(?:'ve| have)? \w+| like (?:this|that)(?: one)?)?"
    r"|(?:requests|questions|prompts|texts|topics|things) (?:like (?:this|that|these)|of this (?:kind|sort"
    r"|type))(?: one)?"
    r"|what you(?:'re| are|'ve| have)? (?:ask(?:ing|ed)?|request(?:ing|ed)?|describ(?:e|ing|ed)|want"
    r"|propos(?:e|ing))(?: for)?"
    r"|this|that|it|doing so|to (?:do so|answer|write (?:this|it|that)))"
)
_STANDARDS = (
    r"(?:(?:my|our|the|basic|all) (?:\w+ ){0,3}?(?:guidelines?|polic(?:y|ies)|rules|principles|values"
    r"|ethics|standards"
    r"|commitments?|purpose|programming|instructions|nature|guardrails|beliefs|terms)\b|what i (?:stand"
    r"|was)|decency)"
)
POLICY = re.compile(
    rf"{LEAD}(?:{_ASKED} (?:violat\w+|go(?:es)? against|breach\w*|conflict\w*|(?:not )?(?:allow|permit"
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
PRIVATE = re.compile(
    rf"{LEAD}(?:(?:that|this|it)(?:'s| is| would be) (?:\w+ly )?(?:private|confidential"
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
SCOPE = re.compile(
    rf"{LEAD}(?:[^.,:;]{{0,60}}\b(?:is|are|falls?|lies?|lie|'s)(?: well| far)? (?:beyond"
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
AT_ODDS = re.compile(
    rf"{LEAD}(?:{_WHAT_WAS_ASKED} (?:would |may |might |seems to |appears to "
    rf"|could )?(?:\w+ly )?(?:violates?|go(?:es)? against"
    r"|conflicts? with|runs? (?:counter|contrary) to|contradicts?|breach(?:es)?|(?:is|be|are"
    r"|stands?) (?:at odds"
    r"|in conflict|incompatible|inconsistent|not compatible|not consistent|not in (?:line|keeping)"
    r"|out of (?:line|keeping)"
    r"|contrary|not aligned) ?(?:with|to)?|(?:do(?:es)? not|doesn't|don't) (?:align|agree|fit|sit well"
    r"|comply|accord)(?: with)?)"
    rf" (?:\w+ ){{0,2}}?{_STANDARDS}"
    rf"|{_WHAT_WAS_ASKED} (?:asks?|touch(?:es)?|involves?|concerns?|calls?) [^.]{{0,60}}\bi (?:do not"
    rf"|don't|cannot|can't|won't"
    r"|will not|am not|have been|am bound|must not)\b"
    rf"|{_WHAT_WAS_ASKED} (?:is not something that can|is not going to|cannot|can't|can not|will not|won't"
    rf"|may not"
    r"|should not|must not) be (?:answered|generated|provided|produced|given|created|written|discussed"
    r"|shared|completed"
    r"|processed|fulfilled|supported|honou?red)\b"
    r"|[^.]{0,80}\bno (?:answer|response|such \w+|text|content) (?:will|can|shall|may) be (?:given"
    r"|provided|written|generated)"
    r"|[^.]{0,80}\b(?:best|better) (?:left|kept) (?:un\w+|alone|out|aside|private)\b)"
)
BOUND = re.compile(
    rf"{LEAD}(?:i(?:'m| am) (?:bound|limited|restricted|constrained|governed) by\b"
    r"|(?:my|our) (?:\w+ )?(?:programming|training|design|guidelines|rules|instructions|role|purpose|values)"
    r" (?:do(?:es)? not|don't|doesn't|keeps?|stops?|prevents?|forbids?|prohibits?|rules? out)\b"
    r"|(?:there are )?(?:rules|guidelines|policies|limits) that (?:keep|prevent|stop|forbid|bar) me"
    r"|i (?:\w+ )?(?:try|prefer|choose|aim|like|have) to (?:stay|keep|steer) (?:away|out|clear|neutral"
    r"|silent)\b"
    r"|i (?:\w+ )?(?:try|prefer|choose|aim|strive|make it a rule) (?:not to|to avoid)\b|i(?:'d"
    r"| would) (?:much )?rather not\b"
    r"|(?:it|this|that) (?:would|may|might|could) (?:\w+ )?be (?:\w+ )?(?:wrong|improper|inappropriate"
    r"|unethical|irresponsible"
    r"|unfair|dishonest|harmful|unwise) (?:for|of) me\b"
    r"|(?:it|this|that|[^.,:;]{1,60})(?:'s| is|'re| are)(?:n't| not) (?:what i'm (?:here )?for"
    r"|what i am (?:here )?for"
    r"|my (?:place|role|job|business|call|task)|for me to|mine to|something (?:that )?i)\b"
    r"|(?:it|this|that)(?:'s| is| isn't| is not) (?:\w+ )?(?:outside|beyond)(?: of)? my\b)"
)
WITHHELD = re.compile(
    rf"{LEAD}(?:[^.:;]{{1,80}}\b(?:is|are|stays?|remains?) (?:strictly |a matter )?between (?:her|him"
    rf"|them|you|the|those)\b"
    r"|[^.:;]{1,80}\b(?:nobody(?:'s| else's)|no one(?:'s| else's)|none of (?:my|our|your"
    r"|anybody's)) (?:\w+ )?business\b"
    r"|[^.:;]{1,80} (?:is|are)(?:n't| not) (?:for sharing|to be shared|for the public"
    r"|meant to be (?:shared|public|known)|mine to)"
    r"|i (?:\w+ )?(?:keep|hold) [^.]{1,60} (?:to myself|in confidence|confidential|private|secret)\b"
    r"|[^.:;]{1,60} (?:is|are)(?:n't| not) (?:public|for public)\b[^.]*\b(?:should|must|better)\b)"
)
LIMITS = (POLICY, PRIVATE, SCOPE, AT_ODDS, BOUND, WITHHELD)
