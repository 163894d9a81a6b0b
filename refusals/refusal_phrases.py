"""How refusals begin in languages other than English, and phrases that users add: read by `reading` alone."""

import re

from refusals.phrasings import fold

# ruff: noqa: RUF001 - letters of other alphabets are meant
# For each language the word without which nothing is declined, and the decline: that one cannot help, write, answer.
_BY_LANGUAGE: dict[str, tuple[str, str]] = {
    "de": (
        "nicht",
        r"\b(?:ich kann|kann ich) (?:\w+,? ){0,6}nicht (?:weiter)?(?:helfen|schreiben|verfassen|erstellen"
        r"|beantworten|erfüllen)\b"
        r"|\bkann (?:diese|ihre|deine) anfrage nicht\b",
    ),
    "de (must)": ("muss", r"\bmuss (?:ich )?(?:diese|ihre|deine) anfrage (?:leider )?ablehnen"),
    "fr": (
        "je ne peux pas",
        r"je ne peux pas (?:vous |t'|te )?(?:aider|écrire|rédiger|créer|générer|fournir"
        r"|(?:répondre|accéder) à (?:cette|votre|ta) (?:demande|question))",
    ),
    "fr (able)": ("en mesure", r"je ne suis pas en mesure de (?:vous |t')?(?:aider|répondre à)"),
    "fr (must)": ("refuser", r"je dois refuser"),
    "es": (
        "no puedo",
        r"no puedo (?:ayudar(?:te|le)? con es|escribir|redactar|crear|cumplir con|responder a es[at])",
    ),
    "es (must)": ("debo rechazar", r"debo rechazar"),
    "it": (
        "non posso",
        r"non posso (?:aiutar(?:ti|la) con|scrivere|creare|soddisfare (?:questa|la (?:tua|sua)) richiesta)",
    ),
    "it (able)": ("in grado di", r"non sono in grado di (?:aiutar(?:ti|la)|soddisfare)"),
    "it (must)": ("devo rifiutare", r"devo rifiutare"),
    "pt": (
        "não ",
        r"não (?:posso|consigo) (?:te |lhe )?(?:ajudar com iss|ajudá-l[oa] com iss|escrever|criar|redigir"
        r"|(?:atender|cumprir)(?: a)? ess[ae])",
    ),
    "nl": ("niet", r"\bkan (?:\w+ ){0,5}niet (?:bij |mee )?(?:helpen|schrijven|beantwoorden)\b"),
    "sv, da, no": (
        "kan ",
        r"\bkan (?:\w+ ){0,2}(?:inte|ikke) (?:hjälpa|hjælpe|hjelpe)"
        r"(?: \w+)? (?:till )?(?:med (?:det|den)|dig med det|deg med det)",
    ),
    "pl": ("nie mogę", r"nie mogę (?:(?:ci |w tym )*pomóc|spełnić tej prośby|napisać tego)"),
    "ru": (
        "не могу",
        r"не могу (?:вам |тебе )?(?:с этим )?(?:помочь (?:с|в) эт|помочь\b|выполнить (?:этот|ваш) запрос"
        r"|написать это)",
    ),
    "tr": ("olamam", r"bu konuda yardımcı olamam"),
    "tr (request)": ("getiremem", r"bu isteği yerine getiremem"),
    "zh": (
        "我",
        r"我(?:无法|不能|無法)(?:为您|为你|為您)?(?:提供(?:帮助|這|这|该|任何|協助)|满足|滿足|协助|協助|帮助|撰写|回答这)",
    ),
    "zh (request)": ("请求", r"无法(?:满足|完成|处理)(?:您|你)?的?(?:请求|要求)"),
    "ja": (
        "できません",
        r"(?:(?:お手伝い|お答え|お応え)(?:すること)?|(?:ご依頼|ご要望|ご質問|ご相談|リクエスト|そのような)[^。]{0,20}"
        r"(?:作成|提供|対応|応じる)(?:すること)?)(?:は)?できません",
    ),
    "ko": ("없습니다", r"(?:도와\s?드릴|도움을 드릴|답변(?:해\s?)?드릴) 수 없습니다"),
}
# The same in general: an act of helping, answering or giving that the speaker does not do, a rule of the speaker's own
# that is broken, a wish to say nothing. Always in the first person, for a bank may not give data away either.
_IN_GENERAL: dict[str, tuple[str, str]] = {
    "de: cannot": (
        "ich",
        r"\b(?:ich (?:kann|darf|werde|möchte|will)|(?:kann|darf|werde|möchte"
        r"|will) ich) (?:\w+,? ){0,6}(?:nicht (?:weiter)?|kein\w* (?:\w+ ){1,3})"
        r"(?:behilflich|unterstützen|bearbeiten|nachkommen|helfen|beantworten|tun\b|schreiben|verfassen|erstellen"
        r"|bereitstellen|geben\b|teilen|weitergeben)",
    ),
    "de: unable": (
        "nicht",
        r"\bich (?:bin|sehe mich) (?:\w+ ){0,2}(?:nicht (?:in der lage|befugt|berechtigt|imstande)|außerstande)",
    ),
    "de: rules": (
        " meine",
        r"\b(?:anfrage|bitte|frage|inhalt|das|dies) (?:\w+ ){0,2}(?:verst(?:ö|o)(?:ß|ss)t|widerspricht"
        r"|verletzt) (?:\w+ )?meine",
    ),
    "fr: cannot": (
        "je ",
        r"\bje (?:ne (?:peux|puis|vais|souhaite|suis pas (?:autorisée?|habilitée?|en mesure))|n'ai pas le droit)"
        r" ?(?:pas )?(?:de |à )?(?:partager|fournir|divulguer|donner (?:suite|d'informations|de conseils)|discuter"
        r"|répondre à|traiter (?:cette|votre)|satisfaire|rédiger|écrire|vous aider|t'aider)",
    ),
    "fr: rather not": (
        "je ",
        r"\bje (?:préfère ne pas (?:répondre|commenter|aborder|donner)|(?:dois|vais devoir|préfère) (?:décliner"
        r"|refuser))",
    ),
    "fr: impossible": ("m'est impossible", r"il m'est impossible (?:de |d')"),
    "fr: rules": (
        " mes ",
        r"\b(?:demande|requête|question|contenu) (?:va à l'encontre|enfreint|viole) (?:de )?mes ",
    ),
    "es: cannot": (
        "no ",
        r"(?:^|[,.] |pero )(?:\w+, )?no (?:puedo|me es posible|voy a|estoy (?:autorizad[oa]|en condiciones"
        r"|facultad[oa]))"
        r" (?:\w+ )?(?:ayudar(?:te|le|los)|proporcionar|compartir|ofrecer|facilitar|dar (?:información|consejos)"
        r"|responder a|atender|escribir|redactar|crear|hablar de|opinar)",
    ),
    "es: sorry": ("lamento no poder", r"lamento no poder (?:ayudar|atender|responder|cumplir|proporcionar)"),
    "es: rather not": ("prefiero no", r"prefiero no (?:responder|opinar|hablar|comentar|contestar)"),
    "es: rules": (
        " mis ",
        r"(?:solicitud|petición|pregunta|contenido) (?:infringe|viola|va en contra de) mis ",
    ),
    "it: cannot": (
        "non ",
        r"non (?:posso|mi è possibile|intendo|sono (?:autorizzat[oa]|in grado)) (?:a |di )?(?:fornir|condivid"
        r"|divulg"
        r"|rispondere a|aiutar(?:ti|la|vi)|discutere|scrivere|soddisfare|offrire)",
    ),
    "it: rather not": ("preferisco non", r"preferisco non (?:rispondere|commentare|parlare|esprimer)"),
    "it: rules": (" mie ", r"(?:richiesta|domanda|contenuto) (?:viola|va contro) le mie "),
    "pt: cannot": (
        "não ",
        r"não (?:posso|consigo|vou|estou autorizad[oa] a|tenho (?:permissão|autorização) para) (?:\w+ )?(?:fornecer"
        r"|compartilhar|partilhar|divulgar|ajudar com|ajudá-l[oa]|responder a|oferecer|discutir|escrever)",
    ),
    "pt: rather not": ("prefiro não", r"prefiro não (?:responder|comentar|opinar|falar)"),
    "pt: rules": (
        " minhas ",
        r"(?:pedido|solicitação|pergunta|conteúdo) (?:viola|infringe|vai contra) (?:as )?minhas ",
    ),
    "nl: cannot": (
        "ik ",
        r"\b(?:ik (?:kan|mag|zal|wil)|(?:kan|mag|zal|wil) ik) (?:\w+ ){0,3}(?:niet"
        r"|geen) (?:\w+ ){0,4}(?:verstrekken|geven\b|delen\b|helpen"
        r"|beantwoorden|schrijven)",
    ),
    "nl: rules": (" mijn ", r"verzoek (?:is in strijd|gaat in) (?:met|tegen) mijn "),
    "sv: cannot": (
        "jag ",
        r"\b(?:jag (?:kan|får|vill|tänker)|(?:kan|får|vill"
        r"|tänker) jag) (?:\w+ ){0,2}inte (?:\w+ ){0,2}(?:hjälpa|lämna ut|svara på|skriva|dela|ge ut)",
    ),
    "da, no: cannot": (
        "jeg ",
        r"\b(?:kan|må|vil) (?:jeg )?(?:\w+ ){0,2}ikke (?:hjælpe|hjelpe|besvare|svare på|dele|udlevere|utlevere"
        r"|skrive)",
    ),
    "pl: cannot": (
        "nie mogę",
        r"nie mogę (?:\w+ )?(?:pomóc w|udostępni|udzieli|poda|odpowiedzieć na (?:to|te|pani|pana|twoj)|spełnić)",
    ),
    "cs, sk": (
        "nem",
        r"\b(?:nemohu|nemůžu|nemôžem) (?:\w+ ){0,2}(?:pomoci|pomoct|pomôcť|odpovědět|odpovedať|poskytnout"
        r"|poskytnúť)"
        r"|\b(?:s tím|vám|ti) (?:\w+ )?(?:nemohu|nemůžu) pomoc",
    ),
    "hu": ("nem tud", r"nem tud(?:ok|om) (?:\w+ )?(?:segíteni|megadni|válaszolni|teljesíteni)"),
    "ro": (
        "nu ",
        r"\bnu (?:te |vă )?pot (?:\w+ )?(?:ajuta cu|oferi informații|răspunde la (?:această|aceasta))",
    ),
    "ca": ("no puc", r"no puc (?:ajudar-(?:te|vos|lo) amb|proporcionar|respondre a aquest)"),
    "fi": (
        "en voi",
        r"\ben voi (?:\w+ ){0,2}(?:auttaa|vastata (?:tähän|siihen)|antaa (?:henkilö|tietoja)|jakaa)",
    ),
    "el": ("δεν μπορώ", r"δεν μπορώ να (?:\w+ )?(?:βοηθήσω με|απαντήσω σε|παρέχω|δώσω)"),
    "ru: cannot": (
        "не ",
        r"(?:я|сожалению),? (?:я )?не (?:могу|буду|вправе|имею права) (?:\w+ )?(?:предостав|помочь с|раскры"
        r"|отвечать на"
        r"|ответить на (?:этот|ваш)|выполн|дели)",
    ),
    "ru: rules": (" мои ", r"(?:запрос|просьба|вопрос) (?:нарушает|противоречит) мои"),
    "uk": ("не можу", r"не можу (?:\w+ )?(?:допомогти (?:з|у|в) |надати|відповісти на (?:це|ваш)|виконати)"),
    "tr: cannot": (
        "am",
        r"(?:yardımcı olamam|yardım edemem|(?:paylaş|yanıtla|cevapla|sağlaya|yaza)\w*mam\b)",
    ),
    "id, ms": (
        "saya tidak",
        r"saya tidak (?:dapat|bisa|boleh|akan) (?:\w+ )?(?:membantu|memberikan|menjawab|memenuhi|membagikan"
        r"|menulis)",
    ),
    "vi": ("tôi không thể", r"tôi không thể (?:\w+ )?(?:giúp|cung cấp|trả lời|đáp ứng|chia sẻ|hỗ trợ)"),
    "th": ("ไม่สามารถ", r"(?:ฉัน|ผม|ดิฉัน)\s?ไม่สามารถ(?:ช่วย|ให้ข้อมูล|ตอบ|เปิดเผย|ดำเนินการ)"),
    "ar": (
        "لا ",
        r"(?:لا (?:أستطيع|يمكنني)|لن أتمكن من) (?:مساعدت|تقديم|الإجابة|مشاركة|تلبية|المساعدة)",
    ),
    "he": ("לא ", r"(?:אני|איני|אינני) (?:לא )?(?:יכול|יכולה|מורשה) (?:לעזור|לסייע|לספק|לענות|לשתף)"),
    "hi": (
        "नहीं",
        r"मैं [^।.!?]{0,60}(?:सहायता|मदद|जानकारी|उत्तर|जवाब)[^।.!?]{0,20} नहीं (?:कर सकत|दे सकत|करूँग|दूँग)",
    ),
    "zh: cannot": (
        "我",
        r"我(?:无法|不能|不会|不便|無法|不會)(?:向您|向你)?(?:提供|分享|透露|协助|協助|讨论|討論|撰写)(?!服务)",
    ),
    "zh: rules": ("违反了我", r"(?:请求|要求|问题|内容)违反了我"),
    "ja: cannot": (
        "できません",
        r"申し訳(?:ありません|ございません)[^。]{0,8}、?[^。]{0,40}(?:共有|開示|お伝え|お手伝い|お応え|回答|提供|作成|対応|応じる)"
        r"[^。]{0,10}できません",
    ),
    "ko: cannot": (
        "수 없습니다",
        r"(?:죄송|안타깝)[^.]{0,12}[.,]? ?[^.]{0,40}(?:공유|제공|작성|답변|도움|도와|응)[^.]{0,8} 수 없습니다",
    ),
}
_PATTERNS = tuple(
    (sign, re.compile(pattern)) for sign, pattern in (*_BY_LANGUAGE.values(), *_IN_GENERAL.values())
)
_IN_ASCII = tuple((sign, pattern) for sign, pattern in _PATTERNS if sign.isascii())

# Phrases of the user's own, folded. Written by `register_refusal_phrase` and `registry` alone.
PHRASES: set[str] = set()


def begins_like_refusal(opening: str) -> bool:
    """Whether the folded beginning of a short answer declines in another language, or by a registered phrase."""
    if any(phrase in opening for phrase in PHRASES):
        return True
    patterns = _IN_ASCII if opening.isascii() else _PATTERNS
    return any(sign in opening and pattern.search(opening) for sign, pattern in patterns)


def register_refusal_phrase(phrase: str) -> None:
    """Have `reads_like_refusal` read a short answer that begins with, or close to, this phrase as a refusal.

    ValueError for a phrase of fewer than four characters: it would stand in too many answers.
    """
    folded = fold(phrase)
    if len(folded) < 4:
        raise ValueError(f"a refusal phrase needs at least four characters, got {phrase!r}")
    PHRASES.add(folded)
