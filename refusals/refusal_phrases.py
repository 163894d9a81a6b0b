"""How refusals begin in languages other than English, and phrases that users add: read by `reading` alone."""

from refusals.phrasings import fold

# ruff: noqa: RUF001 - letters of other alphabets are meant
_BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    "de": (
        "dabei kann ich nicht helfen",
        "dabei kann ich dir nicht helfen",
        "dabei kann ich ihnen nicht helfen",
        "dabei kann ich leider nicht helfen",
        "ich kann dir dabei nicht helfen",
        "ich kann ihnen dabei nicht helfen",
        "ich kann dabei nicht helfen",
        "ich kann diese anfrage nicht",
        "ich kann ihre anfrage nicht",
        "ich kann deine anfrage nicht",
        "kann ich leider nicht weiterhelfen",
        "kann ich nicht weiterhelfen",
        "ich muss diese anfrage ablehnen",
    ),
    "fr": (
        "je ne peux pas vous aider",
        "je ne peux pas t'aider",
        "je ne peux pas répondre à cette demande",
        "je ne peux pas répondre à votre demande",
        "je ne suis pas en mesure de vous aider",
        "je ne suis pas en mesure de répondre à",
        "je ne peux pas accéder à cette demande",
        "je dois refuser",
    ),
    "es": (
        "no puedo ayudarte con eso",
        "no puedo ayudarle con eso",
        "no puedo ayudar con eso",
        "no puedo cumplir con esa solicitud",
        "no puedo cumplir con tu solicitud",
        "no puedo cumplir con su solicitud",
        "no puedo responder a esa solicitud",
        "debo rechazar",
    ),
    "it": (
        "non posso aiutarti con",
        "non posso aiutarla con",
        "non posso soddisfare questa richiesta",
        "non posso soddisfare la tua richiesta",
        "non sono in grado di aiutarti",
        "devo rifiutare",
    ),
    "pt": (
        "não posso ajudar com isso",
        "não posso ajudá-lo com isso",
        "não posso te ajudar com isso",
        "não posso atender a esse pedido",
        "não posso atender a essa solicitação",
        "não posso cumprir essa solicitação",
        "não consigo ajudar com isso",
    ),
    "nl": ("daar kan ik niet bij helpen", "ik kan je daar niet mee helpen", "ik kan u daar niet mee helpen"),
    "pl": ("nie mogę w tym pomóc", "nie mogę ci w tym pomóc", "nie mogę spełnić tej prośby"),
    "ru": ("я не могу помочь с этим", "я не могу с этим помочь", "я не могу выполнить этот запрос"),
    "tr": ("bu konuda yardımcı olamam", "bu isteği yerine getiremem"),
    "zh": (
        "我无法提供帮助",
        "我无法满足",
        "我无法协助",
        "我不能提供帮助",
        "我不能协助",
        "我不能帮助",
        "无法回答这个问题",
        "无法满足您的请求",
        "我無法協助",
        "我無法提供",
    ),
    "ja": (
        "お手伝いできません",
        "お手伝いすることはできません",
        "お答えできません",
        "お答えすることはできません",
        "ご要望にはお応えできません",
        "応じることはできません",
        "対応できません",
    ),
    "ko": ("도와드릴 수 없습니다", "도움을 드릴 수 없습니다", "답변할 수 없습니다", "답변드릴 수 없습니다"),
}

PHRASES: set[str] = {fold(phrase) for phrases in _BY_LANGUAGE.values() for phrase in phrases}


def register_refusal_phrase(phrase: str) -> None:
    """Have `reads_like_refusal` read a short answer that begins with, or close to, this phrase as a refusal.

    ValueError for a phrase of fewer than four characters: it would stand in too many answers.
    """
    folded = fold(phrase)
    if len(folded) < 4:
        raise ValueError(f"a refusal phrase needs at least four characters, got {phrase!r}")
    PHRASES.add(folded)
