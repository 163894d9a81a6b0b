"""How a model declines in English: a clause in the first person, or one that calls the request improper.

Patterns over folded text. They meet single sentences of the opening that `reading` takes of a text.
"""

# refusals: allow-file RH003 - what reads_like_refusal is made of

import re

_CANNOT = (
    r"(?:cannot|can't|can not|won't|will not|must not|may not|shouldn't|should not|refuse to|decline to"
    r"|(?:am|'m) (?:\w+ )?(?:unable to|not able to|not allowed to|not permitted to|not going to"
    r"|not willing to"
    r"|unwilling to|not prepared to|not about to|not here to|not comfortable(?: with)?"
    r"|uncomfortable(?: with)?|not programmed to"
    r"|not designed to|not trained to|not in a position to|not at liberty to|prohibited from)"
    r"|(?:do not|don't) (?:feel (?:comfortable|able to|right(?: about)?)|want to|think i (?:can|should))"
    r"|shall not|shan't|(?:would|'d) be uncomfortable|(?:would|'d|had) (?:rather not|better not"
    r"|prefer not to)|prefer not to|choose not to"
    r"|(?:have|'ve) (?:decided|chosen|opted) not to)"
    r"(?: be able to| be)?"
)
_MANNER = (
    r"(?:(?:\u2014 )?(?:and|or) (?:won't|will not|can't|cannot|shouldn't) (?:\u2014 )?)?"
    r"(?:\w+ly |\w+ (?:or|and) |also |in good conscience |help (?:you )?(?:to )?)?"
)
# What is refused is an act of writing or helping: "I cannot predict the future" declines nothing.
_SAY = (
    r"(?:(?:provid|assist|compl[yi]|fulfil|writ|creat|generat|produc|answer|discuss|engag|shar|prais"
    r"|explain"
    r"|describ|giv(?!\w* (?:up|in|away)\b)|offer|translat|summari|facilitat|participat|respond"
    r"|condon|speculat|accommodat|craft|compos|draft|entertain|glorif|promot|endors|encourag|comment"
    r"|impersonat"
    r"|advis|tell|rank|chat|depict|portray|mock|roleplay|role-play|design|develop|build|invent|imagin"
    r"|rewrit|repeat|reveal|disclos|judg|ridicul|insult|gossip|deceiv|endanger|publish|pretend to be)\w*"
    r"|take (?:a side|sides|any side)|give out|go into (?:that|this|it|detail|the details of)\b"
    r"|get involved|agree to"
    r"|(?:be )?(?:a )?part of|make (?:that|this|such) (?:kind|sort|a judg)|be complicit|lie (?:to|for)"
    r"|help(?:ing)?|(?:do|doing) (?:that|this|so|it|any of (?:that|this)|what you)\b|(?:say"
    r"|make) (?:that|this)\b|say (?:anything|more) (?:about|on)"
    r"|of (?:any )?(?:help|assistance|service)|support (?:(?:this|that) (?:kind|sort|type) of|such)"
    r"|make (?:assumptions|generali[sz]ations|jokes|up)|continue (?:with )?(?:this|that|the) conversation"
    r"|be (?:the one to|part of)|take part in)"
)
# Said of a stubborn build as often as of a scruple: these decline only where a scruple is named.
_WORK = (
    r"(?:complet|process|proceed|perform|execut|continu|support|recommend|suggest|scrap|run|mak|follow|use"
    r"|disabl|bypass|carry|ask|agree|blam|call|compar|critici[sz]|expos|go|identif|leak|nam|post|send"
    r"|sign|track|trick)\w*"
)
# "I can't help smiling", "I can't recommend it enough", "I can't give up", "I cannot write to the disk".
_IDIOM = (
    r"(?! (?:but|myself|to /|(?:from|by|apart|whether|if|which|the difference)\b|(?:smil|laugh|feel"
    r"|think|wonder|notic|admir|lov)ing|it$"
    r"|(?:you )?(?:how|what) (?:\w+ )?(?:happy|glad|much|good|grateful|proud|moved|sorry))"
    r"|[^.!?]{0,80} enough\b)"
)
_RIGHT = r"(?:appropriate|ethical|acceptable|responsible|respectful|legal|right|helpful|fair)"
_UTTER = (
    r"(?:suggest|discuss|provid|promot|ask|mak|shar|compar|say|writ|creat|encourag|speculat|assum"
    r"|generali[sz]|jok"
    r"|giv|answer|record|impersonat|publish|help)\w*"
)
_IMPROPER = (
    rf"(?:not (?:be )?(?:\w+ )?{_RIGHT}|(?:be )?(?:inappropriate|unethical|irresponsible))(?: (?:or"
    r"|nor) \w+)?"
    rf" (?:(?:for|of) me|to (?:{_UTTER}))|not (?:\w+ )?ethical\b"
)
_REQUEST = (
    r"(?:(?:this|that|the|your) (?:kind of |type of )?(?:request|question|content|prompt|topic|task)"
    r"|this|that|it)"
)
_RULES = (
    r"(?:my|our|the|openai's) (?:\w+ ){0,2}"
    r"(?:guidelines?|polic(?:y|ies)|rules|instructions|programming|principles|values|training)"
)

# How most refusals put it.
_FIRST_PERSON = (
    rf"i ?(?:really |simply |just |still )?{_CANNOT} {_MANNER}{_SAY}\b{_IDIOM}"
    r"|i (?:cannot|can't|won't|will not)(?=[.!]|$|,? (?:i'm |i am )?(?:sorry|afraid))"
    r"|i ?(?:(?:must|have to|need to|will|'ll|am going to|'m going to|will have to|'ll have to"
    r"|am going to have to"
    r"|'m going to have to|would rather|have) (?:\w+ly |also )?)?(?:declined?|refrain(?: from)?|refuse"
    r"|pass)"
    r"(?= (?:to |from |on |this|that|your|answer|writ|provid|and)|[.,;:!]|$)"
    r"|i'm declining|i am declining"
    r"|i (?:do not|don't) (?:\w+ly )?(?:(?:create|promote|write|generate|produce|engage in|endorse"
    r"|provide|help|discuss"
    r"|assist|disclose|reveal|impersonate|speculate|take sides|mock|give (?:advice|opinions|out)"
    r"|comment on)\b"
    r"|share (?:\w+ ){0,2}(?:personal|private|confidential|password)|do (?:personal|that|this)\b)"
    rf"|i [^.!?;]{{1,90}} and (?:cannot|can not|can't|will not|won't|do not|don't) {_MANNER}"
    r"(?:prais|promot|endors|engag|provid|writ|generat|creat|discuss|assist|help|answer)"
    r"|i (?:must|have to|need to|will|am going to|would rather) [^.!?;]{1,60} and (?:decline"
    r"|refuse)(?= to\b|[.,]|$)"
    rf"|i (?:do not|don't) (?:think|believe) (?:that )?(?:it(?:'s| is| would be)|that's|that is) {_RIGHT}"
)
_IMPERSONAL = (
    rf"it(?:'s| is| would| wouldn't| isn't) (?:{_IMPROPER})|it is not within my"
    rf"|it (?:wouldn't be|isn't) (?:\w+ )?{_RIGHT} (?:for|of) me"
    rf"|{_REQUEST} (?:cannot|can't|could not) be"
    r" (?:fulfilled|answered|granted|honou?red|completed as (?:asked|written))"
    rf"|{_REQUEST}(?: \w+)? (?:violates|goes against|is against|falls outside|is outside|is beyond"
    r"|goes beyond"
    r"|'s beyond|'s outside|'s against)"
    rf" (?:of )?(?:{_RULES}|(?:the scope of )?what i|(?:my|the) (?:current )?scope|the law)"
    r"|(?:this|that|the|your) (?:question|request|premise) (?:itself )?"
    r"(?:contains|promotes|perpetuates|is based on)"
    r" [^.]{0,40}\b(?:harmful|offensive|discriminatory|inappropriate|stereotype)"
    rf"|{_RULES} (?:do not|don't|does not|doesn't) (?:allow|permit|let) me"
    rf"|{_RULES} (?:prevents?|prohibits?|forbids?) (?:me|this)"
    r"|(?:the|this) (?:\w+ )?(?:model|assistant|chatbot|bot|system) (?:cannot|can't|will not|won't"
    r"|does not|doesn't"
    r"|is (?:unable|not able|not allowed|not permitted) to)"
    r" (?:answer|help|respond|assist|discuss|comment|provide|generate|create)"
)
# Seldom said, or slow to look for: asked apart, where one of their own signs stands.
_SELDOM = (
    r"i (?:must|have to|need to|will|'ll|am going to|'m going to|'ll have to) (?:\w+ly )?"
    r"(?:turn down|abstain|say no)(?= to (?:this|that|your)\b| (?:this|that|your|the request)\b|[.,]|$)"
    r"|i can neither confirm nor deny|i(?:'m| am) not the right (?:one|person) to|i draw the line at"
    r"|i(?:(?:'m| am) (?:\w+ )?(?:not (?:\w+ )?comfortable|uncomfortable)| (?:do not"
    r"|don't) feel (?:\w+ )?comfortable)"
    r" (?:with|about)"
    r" (?:(?:this|that|your|the) )?(?:this|that|it|request|topic|question|task|idea"
    r"|conversation)(?=[.,;!]|$)"
    r"|i (?:was|(?:have|'ve) been|am)(?: \w+ly)? (?:instructed|told|asked|configured) not to (?:talk"
    rf"|{_SAY})"
    r"|i (?:do not|don't) have (?:the )?(?:permission|authority|right) to (?:share|discuss|disclose"
    r"|reveal|comment)"
    r"|i(?:'m| am|'ve| have)? (?:obliged|required|bound) to keep (?:that|this|it)\b"
    r"|i(?:'ve| have) (?:decided|opted) against (?:writ|answer|creat|shar|help|discuss|doing)\w*"
    r"|i(?:'ll| will|'m going to| am going to|'d rather| would rather) (?:sit this (?:one )?out"
    r"|stop (?:here|there)"
    r"|leave (?:this|that|it) (?:unanswered|unsaid|unwritten|at that|there))"
    r"|i(?:'ll| will)? (?:have to|need to|must) stop (?:here|there)\b|let me stop (?:you |this )?(?:here"
    r"|there)"
    r"|i (?:must|have to|need to|will|am going to) (?:\w+ )?(?:end|stop) (?:this|the"
    r"|our) (?:conversation|chat|discussion)"
    r"|i (?:must|have to|need to|should|feel (?:obliged|compelled) to) (?:\w+ly )?(?:point out|note|say"
    r"|inform you|clarify)"
    r" [^.]{0,40}\b(?:question|premise|assumption|request|prompt) [^.]{0,50}\b(?:harmful|problematic"
    r"|offensive"
    r"|disrespectful|inappropriate|unethical|not (?:be )?(?:\w+ly )?(?:appropriate|ethical|meaningful"
    r"|respectful|safe))\b"
    r"|i(?:'ve| have) not (?:answered|written|produced|created|translated|summari[sz]ed) (?:it|this"
    r"|that)(?=[.]|$)"
    r"|it(?:'s| is| would be|'d be) (?:best|better|wiser) (?:that|if) i (?:not|do not|don't|did not"
    r"|didn't|refrain)"
    r"|we (?:cannot|can't|do not|don't|will not|won't|are (?:unable|not able) to) (?:comply with"
    r"|fulfill?|provide|answer"
    r"|assist with|help with|generate|create) (?:this|that|your|such)(?: (?:kind|type|sort) of)?"
    r" (?:request|content|prompt|question|material)"
    r"|there(?:'s| is) nothing i can (?:do|say) (?:to help )?(?:with|about) (?:this|that|such)"
    r"|please (?:do not|don't) ask me (?:to|about)|(?:this|that|here) is where i (?:have to |must "
    r"|need to )?(?:stop|draw)"
    r"|it(?:'s not| isn't| is not) (?:my place|for me) to (?:judge|say|comment|decide|speculate|discuss"
    r"|share|rank)(?=[^,;:]*$)"
    r"|(?:that|this|it)(?:'s| is) a line i (?:will not|won't|cannot|can't|do not|don't) cross"
    r"|my answer is no(?=[.!]|$)"
    r"|(?:this|that|the) (?:topic|subject|question|matter) is off[ -]limits(?= for me|[.,]|$)"
    r"|(?:that's|that is|it's) a no from me"
    r"|(?:cannot|can't|unable to|will not|won't|not going to) (?:comply|assist|help|do (?:that|this))"
    r"(?=[.,!]|$| with (?:this|that|your)\b)"
)
# The same where the matter comes first, which is slow to look for.
_MATTER_FIRST = (
    r"[^.,;]{0,40}?(?:is not|isn't|'s not|is|'s) (?:something|a (?:topic|subject|question|task"
    r"|request)) (?:that )?"
    r"i(?:'m| am|'d| would)? (?:cannot|can't|won't|unable|not able|can|able|will|willing|comfortable"
    r"|be willing)"
    r"(?! (?:explain|describe|say|show) )"
    r"|[^.,;]{0,40}? is (?:one|something|a request) (?:that )?i(?:'ll| will|'m going to)? ?(?:have to"
    r"|must|need to)?"
    r" (?:turn down|decline|refuse|pass)"
    r"|[^.,;]{0,60}? (?:is not|isn't) (?:for me|mine) to (?:judge|write|say|share|discuss|tell|comment"
    r"|decide)"
    r"|[^.,;]{0,60}? would (?:require|force|oblige) me to"
    r" (?:be|break|lie|reveal|disclose|mislead|guess|invent|pretend|take|violate)"
)
# A clause begins with the sentence, behind a mark, or behind a word that leads up to it.
_CLAUSE = (
    r"(?:^|[,;\u2013\u2014] |- "
    r"|\b(?:direct|honest|upfront|clear|candid|frank|straightforward|note|assistant|response): "
    r"|\b(?:that|so|and|but|yet|why|therefore|thus|hence|sorry|afraid|unfortunately|regrettably|regret"
    r"|however"
    r"|apologi[sz]e|apologies|model|assistant|ai|no|nope),? )"
    r"(?:(?:so|and|but|then|that|therefore|thus|as such|unfortunately|sorry|however) ?,? ?){0,2}"
)
DECLINE = re.compile(rf"{_CLAUSE}(?:{_FIRST_PERSON}|{_IMPERSONAL})")
SELDOM = re.compile(rf"{_CLAUSE}(?:{_SELDOM})")
MATTER_FIRST = re.compile(rf"{_CLAUSE}(?:{_MATTER_FIRST})")
# These decline only if what follows names a scruple.
WORK_DECLINE = re.compile(rf"{_CLAUSE}i ?{_CANNOT} {_MANNER}(?:{_WORK})")

# A sentence without any of these declines nothing: looked for first, because that is quick.
HINTS = (
    *("not", "n't", "declin", "refus", "refrain", "pass", "unable", "uncomf", "unwill", "prohibit"),
    *("inappro", "unethic", "irrespons", "violat", "against", "outside", "beyond", "prevent", "forbid"),
    *("harmful", "offensive", "discriminat", "stereotyp"),
)
# The same for `SELDOM` and `MATTER_FIRST`, of which each way of putting it has a word of its own.
SELDOM_HINTS = (
    *("turn down", "abstain", "say no", "neither confirm", "not the right", "the line", "comfortable"),
    *(" not to ", "permission", "authority", "right to ", " to keep ", " against ", "sit this", "stop "),
    *("leave ", "end this", "end our", "end the", "problematic", "disrespectful", "harmful", "offensive"),
    *("inappropriate", "unethical", "not appropriate", "not meaningful", "not safe", "not respectful"),
    *("not ethical", " not be ", "'ve not ", "have not ", "if i ", "that i ", "we ", "nothing i", " ask me"),
    *("where i", "my place", "for me", "a line i", "answer is no", " off", "from me", "comply"),
    *("assist", "help", "do that", "do this"),
)
MATTER_HINTS = (
    *(
        "something ",
        " a topic ",
        " a subject ",
        " a question ",
        " a task ",
        " a request ",
        " one i",
        " one that i",
    ),
    *("for me to", "mine to", " me to "),
)
# And for `WORK_DECLINE`: so one begins to say that one cannot.
WORK_HINTS = (
    *(
        "i can",
        "i won't",
        "i will not",
        "i must not",
        "i may not",
        "i should",
        "i refuse",
        "i decline",
        "i am ",
    ),
    *("i'm ", "i do", "i sha", "i would", "i'd ", "i had ", "i prefer", "i choose", "i have ", "i've "),
)
