"""What a model says in English instead of a decline: it judges what was asked, speaks of itself, or points elsewhere.

Patterns over folded sentences, from their beginning. Only `refusal_unspoken` asks them, and only in short texts.
"""

# refusals: allow-file RH003 - what reads_like_refusal is made of

import re

from refusals.refusal_acts import LEAD

LINK = r"^(?:(?:therefore|also|additionally|moreover|furthermore|however|besides|in fact|and|but),? )?"
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
VIRTUE = (
    r"(?:respect|safe|harm|kind(?:ness|er)?\b|fair|neutral|impartial|unbiased|ethic|positive|inclusi"
    r"|dignity|equal|privacy"
    r"|empath|compassion|toleran|understanding|consent|honest|truthful|responsib|sensitiv|lawful|legal"
    r"|diversity|divers"
    r"|stereotyp|generali[sz]|discriminat|prejudic|hurt|help(?:ful)?\b|accurate)"
)
SELF = re.compile(
    rf"{LEAD}{_NOT_HAVING}(?:{_INNER_LIFE}|(?:ability|capacity|capability|means) to (?:feel|have|form"
    r"|see|remember"
    r"|experience|access|know|make|take|engage|judge|choose|love|help|assist|answer|discuss)"
    r"|access to (?:\w+ ){0,2}(?:personal|private))"
    rf"|{LEAD}(?:my (?:\w+ )?(?:purpose|goal|aim|role|job|task|function|intention"
    r"|programming) (?:here )?is (?:\w+ly )?"
    rf"to [^.]*\b{VIRTUE}"
    r"|i(?:'m| am| was) (?:\w+ly |only |here |just )?(?:designed|programmed|made|built|trained|created"
    r"|committed"
    rf"|dedicated|meant|here) to\b[^.]*\b{VIRTUE}"
    rf"|i (?:always |also |\w+ly )?(?:strive|aim|try|believe in|care about|value|respect)\b[^.]*\b{VIRTUE}"
    r"|i (?:\w+ )?(?:remain|stay|am) (?:neutral|impartial))"
)
PREMISE = re.compile(
    rf"{LINK}(?:i (?:would|must|have to) (?:\w+ly )?(?:question|challenge|reject|dispute) (?:the|this"
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
    r"|(?:the|any) (?:idea|notion|belief|claim|suggestion|view) that [^.]* (?:is|are) (?:simply "
    r"|just )?(?:an? )?(?:\w+ )?(?:prejudice"
    r"|myth|stereotype|misconception|generali[sz]ation|false|wrong|harmful|unfounded|racist|sexist|baseless)"
    rf"|not all {_PEOPLE}|there(?:'s| is) no such thing as an? (?:superior|inferior|better|worse|master"
    rf"|stupid|lazy) \w+"
    rf"|there (?:is|are) no (?:superior|inferior|better|worse) {_PEOPLE}"
    r"|(?:such|these|those) (?:generali[sz]ations|stereotypes|assumptions)\b"
    rf"|no {_PEOPLE}[^.]{{0,40}} is (?:better|worse|superior|inferior)"
    r"|(?:every|each) (?:person|individual|human being) (?:is|has)|people of (?:every|any|all) )"
)
EVERYBODY = re.compile(
    rf"{LEAD}(?:also |therefore |moreover |but |and )?(?:i (?:\w+ )?(?:believe|think|feel|hold|know|hope"
    rf"|am convinced)"
    r" (?:that )?|i (?:want|would like|'d like) to (?:begin|start) by (?:saying|noting|stating) (?:that )?)?"
    rf"(?:(?:no ?one|nobody|no (?:person|child|animal|human(?: being)?|living being)|people"
    r"|everyone|everybody|one"
    r"|every (?:person|human being|individual)(?:, [^,.]{1,40},)?|all (?:people|humans|human beings)"
    r"|we(?: all)?"
    r"|all of (?:us|them))\b"
    r" (?:\w+ly )?(?:should|deserves?|ought to|must)\b"
    r"[^.]*\b(?:treat|judg|mock|sham|asham|humiliat|discriminat|respect|dignity|kind|equal|suffer|hurt"
    r"|rank|ridicul|bull"
    r"|singled|welcome|safe|support|strive)"
    r"|(?:violence|revenge|hate|hatred|cruelty|bullying) is (?:never|not) (?:the|an) (?:answer|solution))"
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
JUDGED = re.compile(
    rf"{LEAD}(?:that|this|it|doing so|such a thing)(?:'s| is| would be| would not be| wouldn't be"
    r"| is not| isn't| would)"
    r" (?:simply |highly |completely )?(?:not )?(?:be )?(?:unethical|inappropriate|immoral|irresponsible"
    r"|disrespectful"
    r"|unacceptable|hurtful|okay|ok|acceptable|appropriate|ethical)(?: and \w+| or \w+)?[.]?$"
    r"|^(?:i'm|i am)? ?(?:\w+ )?sorry,? (?:but )?(?:the answer is )?no[.]?$"
)
ILL_DONE = re.compile(
    rf"{LINK}(?:(?:it(?:'s| is| would be| was)|there(?:'s| is))(?:n't| not| never| no| in no way| neither)?"
    r"(?: (?:\w+ly|ever|just|and|or|nor|be|fair|right|okay|ok|acceptable|ethical|appropriate"
    r"|respectful|kind|decent"
    r"|wrong|unfair|unkind|unethical|hurtful|cruel|immoral|inaccurate|offensive|inappropriate"
    r"|disrespectful|dishonest"
    r"|helpful|useful|productive|justification|excuse|reason|place|harm\w*))+ (?:to|for|in)"
    r" (?:judg|mock|mak(?:e|ing) (?:jokes|fun|light|assumptions|generali)|publish|shar(?:e"
    r"|ing) (?:somebody|someone|private"
    r"|another)|spread|put(?:ting)? [^.]{0,40}\bin(?:to)? (?:one|a single|the same)|lump|laugh|ridicul"
    r"|blam|sham|insult"
    r"|treat(?:ing)? (?:people|somebody|someone|others|your|her|him|them|any)|exclud|humiliat|bull|harass"
    r"|demean|discriminat"
    r"|generali[sz]|stereotyp|deceiv|cheat|steal|hurt|manipulat|exploit|tak(?:e|ing) advantage"
    r"|claim(?:ing)? that (?:all|every|most)|say(?:ing)? that (?:all|every|one)|call(?:ing)? (?:a whole"
    r"|all|every))\w*"
    r"|(?:one|you|we) (?:should|must|ought) (?:not|never) (?:judge|generali[sz]e|mock|label|stereotype"
    r"|discriminate|ridicule))"
)
OFFERED = re.compile(
    r"^(?:(?:but|sorry,?|perhaps|maybe) )?(?:instead,? i (?:can|could|would|'d)(?: be \w+ to| gladly| happily)?"
    r" (?:tell|offer|help|write|suggest|share|show|give|explain|talk)\b(?=[^.:]*$)"
    r"|what i (?:can|could) (?:offer|do|give you|write|tell you)(?: you)? instead\b"
    r"|how about [^.]{1,60} instead\b"
    r"|(?:for|with) (?:any )?(?:questions|information|advice|help|details) [^.,]{1,60},? please (?:turn"
    r"|contact|ask|consult|see|call"
    r"|speak|talk|reach)"
    r"|please (?:direct|address|take|refer) (?:\w+ ){0,2}(?:questions|requests|inquiries|enquiries)\b"
    r"|[^.,:;]{1,60} (?:is|are|would be) the (?:right|best|proper) (?:person|people|place|one)s? to (?:ask"
    r"|answer|help|turn|advise)"
    r"|(?:let's|let us|shall we|i'd rather|i would rather) (?:steer|bring|turn|guide|keep|take) (?:this"
    r"|things|the|our|it|us)\b)"
)
NAY = re.compile(
    r"^(?:(?:i'm |i am )?(?:\w+ )?sorry,? (?:but )?(?:no|nope)(?:,? not (?:this|that)(?: one)?)?"
    r"|(?:that's|that is|it's|this is)? ?a (?:hard |firm |clear |polite )?no(?: from me| on this(?: one)?"
    r"| here)"
    r"|request (?:declined|refused|denied)|i(?:'d| would) rather not(?: \w+ (?:this|that|it))?"
    r"|(?:(?:no|nope|sorry),? )?(?:i )?(?:cannot|can't|won't|will not) (?:do|help)(?: you)?"
    r" (?:that|this|there|here|with (?:that|this|it))(?: one)?(?:,? [^.]{0,24})?"
    r"|not (?:something|a thing) i(?:'ll| will|'d| would|'m| am| can)?\b[^.]*)[.!?]*$"
)
# A whole sentence in which one will not do "this", whatever the verb: but for those of finding and perceiving.
NOT_THIS = re.compile(
    rf"{LEAD}(?:(?:i(?:'m| am)? (?:\w+ly |just |really |still )?(?:cannot|can't|won't|will not"
    rf"|not able to|unable to|not going to"
    r"|not willing to|not prepared to|refuse to|don't want to|do not want to|have no wish to"
    r"|don't intend to)|i'd rather not"
    r"|i would rather not)"
    r" (?:be able to )?(?!(?:\w+ly )?(?:find|see|open|read|access|tell|recall|remember|understand|hear"
    r"|load|locate|view|parse|believe"
    r"|reproduce|confirm|verify|reach|need|miss|get|wait|stand|make out|change|delete|undo|fix|connect"
    r"|imagine)\b)"
    r"(?:[\w']+ ){1,5}(?:this|that|it|these|those|so|there)"
    r"(?: (?:one|request|question|topic|task|subject|matter|conversation|idea|way|for you|with you|(?:kind"
    r"|sort|type) of \w+))?"
    r"(?:,? (?:sorry|i'm afraid|unfortunately|i am afraid))?[.]?$"
    r"|i(?:'m going to| am going to|'ll| will|'ll have to| will have to| have to| must| need to|'d rather"
    r"| would rather"
    r"|'m choosing to| am choosing to) (?:\w+ly )?(?:leave|skip|pass on|stay out of|set aside|turn down"
    r"|stop|say no to|step back from"
    r"|keep out of|steer clear of|avoid) (?:\w+ ){0,2}(?:this|that|it|you|your)\b[^.:;]{0,40}$"
    r"|(?:that|this|it)(?:'s| is| would be) (?:\w+ )?(?:off the table|a no[- ]go|out of the question"
    r"|not happening"
    r"|not going to happen|not on offer|off[ -]limits|not up for (?:debate|discussion))(?=[.,]|$)"
    r"|no can do\b|(?:this|that|it|[^.,:;]{1,60}) (?:would not|wouldn't|does not|doesn't) (?:sit"
    r"|feel) (?:well|right)(?: with| to)? ?me\b"
    r"|[^.,:;]{0,60}\b(?:not )?(?:something|anything|an?|one of the) ?(?:topics?|subjects?|matters?|areas?"
    r"|discussions?)? (?:that )?i (?:try to |prefer to"
    r" |would rather |have to |must )?(?:stay out of|keep out of|avoid|stay away from|steer clear of"
    r"|leave alone|won't|don't|do not"
    r"|will not|cannot|can't)\b"
    r"|[^.,:;]{0,40}\bnot (?:something|anything|an? (?:\w+ )?(?:topic|subject|matter|area"
    r"|thing)) (?:that )?i (?:cover|discuss|touch|get into|go into"
    r"|deal with|handle|talk about|speak about|weigh in on|comment on|do|write|help with)\b"
    r"|(?:i (?:think|believe|feel) )?(?:it(?:'s| is| would be) )?(?:best|better) (?:if"
    r"|that) we (?:\w+ )?(?:change|leave|drop|move|talk|stop|not|don't)\b)"
)
STANCES = (SELF, PREMISE, EVERYBODY, ELSEWHERE, JUDGED, ILL_DONE, OFFERED, NAY, NOT_THIS)
