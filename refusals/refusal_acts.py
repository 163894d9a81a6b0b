"""What English declines are made of: that one cannot or will not, the acts that are refused, what is improper.

Parts of the patterns of `refusal_declines`, over folded text.
"""

_UNABLE = (
    r"(?:\w+ )?(?:unable to|not able to|not allowed to|not permitted to|not going to|not willing to"
    r"|unwilling to|not prepared to|not about to|not here to|not comfortable(?: with)?"
    r"|uncomfortable(?: with)?|not programmed to"
    r"|not designed to|not trained to|not in a position to|not at liberty to|prohibited from"
    r"|(?:choosing|opting|electing|inclined|obliged|required|advised|meant|supposed|programmed|designed"
    r"|trained) not to)"
)
_RATHER_NOT = r"(?:be uncomfortable|rather not|better not|prefer not to)"
# Behind "i".
CANNOT = (
    r"(?: (?:really |simply |just |still )?"
    r"(?:cannot|can't|can not|won't|will not|must not|may not|shouldn't|should not|refuse to|decline to"
    rf"|am {_UNABLE}"
    r"|(?:do not|don't) (?:feel (?:comfortable|able to|right(?: about)?)|want to|think i (?:can|should))"
    rf"|shall not|shan't|(?:would|had) {_RATHER_NOT}|prefer not to|choose not to"
    r"|have (?:decided|chosen|opted) not to)"
    rf"|'(?:m {_UNABLE}|d {_RATHER_NOT}|ve (?:decided|chosen|opted) not to))"
    r"(?: be able to| be)?"
)
MANNER = (
    r"(?:(?:\u2014 )?(?:and|or) (?:won't|will not|can't|cannot|shouldn't) (?:\u2014 )?)?"
    r"(?:\w+ (?:(?<=ly )|(?<=also )|or |and )|in good conscience |help (?:you )?(?:to )?)?"
)
# What is refused is an act of writing or helping: "I cannot predict the future" declines nothing.
SAY = (
    r"(?:(?:provid|assist|compl[yi]|fulfil|writ|creat|generat|produc|answer|discuss|engag|shar|prais"
    r"|explain"
    r"|describ|giv(?!\w* (?:up|in|away)\b)|offer|translat|summari|facilitat|participat|respond"
    r"|condon|speculat|accommodat|craft|compos|draft|entertain|glorif|promot|endors|encourag|comment"
    r"|impersonat"
    r"|advis|tell|rank|chat|depict|portray|mock|roleplay|role-play|design|develop|build|invent|imagin"
    r"|rewrit|repeat|reveal|disclos|judg|ridicul|insult|gossip|deceiv|endanger|publish|pretend to be)\w*"
    r"|(?:process|handle|touch|go along with|speak to|weigh in on|go into) (?:this|that|your|it)\b"
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
WORK = (
    r"(?:complet|process|proceed|perform|execut|continu|support|recommend|suggest|scrap|run|mak|follow|use"
    r"|disabl|bypass|carry|ask|agree|blam|call|compar|critici[sz]|expos|go|identif|leak|nam|post|send"
    r"|sign|track|trick)\w*"
)
# "I can't help smiling", "I can't recommend it enough", "I can't give up", "I cannot write to the disk".
IDIOM = (
    r"(?! (?:but|myself|to /|(?:from|by|apart|whether|if|which|the difference)\b|(?:smil|laugh|feel"
    r"|think|wonder|notic|admir|lov)ing|it$"
    r"|(?:you )?(?:how|what) (?:\w+ )?(?:happy|glad|much|good|grateful|proud|moved|sorry))"
    r"|[^.!?]{0,80} enough\b)"
)
RIGHT = r"(?:appropriate|ethical|acceptable|responsible|respectful|legal|right|helpful|fair)"
_UTTER = (
    r"(?:suggest|discuss|provid|promot|ask|mak|shar|compar|say|writ|creat|encourag|speculat|assum"
    r"|generali[sz]|jok"
    r"|giv|answer|record|impersonat|publish|help)\w*"
)
IMPROPER = (
    rf"(?:not (?:be )?(?:\w+ )?{RIGHT}|(?:be )?(?:inappropriate|unethical|irresponsible))(?: (?:or"
    r"|nor) \w+)?"
    rf" (?:(?:for|of) me|to (?:{_UTTER}))|not (?:\w+ )?ethical\b"
)
THING = r" (?:kind of |type of )?(?:request|question|content|prompt|topic|task)"
RULES = (
    r"(?:my|our|the|openai's) (?:\w+ ){0,2}"
    r"(?:guidelines?|polic(?:y|ies)|rules|instructions|programming|principles|values|training)"
)
# Who speaks, an apology: what a sentence may begin with before it says so.
_AI = (
    r"(?:an? |the )?(?:\w+ ){0,4}(?:ai|artificial intelligence|language model|chatbot|assistant|machine"
    r"|computer program|program|bot)(?: (?:language )?model| assistant| system)?"
)
LEAD = (
    r"^(?:(?:error|notice|warning|system): )?(?:(?:(?:i'm|i am) (?:\w+ )?sorry|sorry|apologies"
    r"|unfortunately|regrettably|no|hmm|well|again"
    r"|also|therefore"
    r"|but|and|so|however)[,.]? (?:but )?)?"
    rf"(?:(?:as|being) {_AI}(?:[^,.]{{0,60}},)? (?:so )?|i(?:'m| am) (?:just |only "
    rf"|merely )?{_AI}(?:,? (?:so|and)|,) )?"
)
