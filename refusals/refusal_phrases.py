"""How refusals begin in languages other than English, and phrases that users add: read by `reading` alone."""

import re

from refusals.phrasings import fold

# ruff: noqa: RUF001 - letters of other alphabets are meant
# For each language the word without which nothing is declined, and the decline: that one cannot help, write, answer.
_BY_LANGUAGE: dict[str, tuple[str, str]] = {
    "de": (
        "nicht",
        r"\bkann (?:\w+ ){0,6}nicht (?:weiter)?(?:helfen|schreiben|verfassen|erstellen|beantworten|erfüllen)\b"
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
        r"не могу (?:вам |тебе )?(?:с этим )?(?:помочь (?:с|в) эт|помочь\b|выполнить (?:этот|ваш) запрос|написать это)",
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
        r"(?:お手伝い|お答え|お応え|作成|提供|対応|応じること)(?:すること)?(?:は)?できません",
    ),
    "ko": ("없습니다", r"(?:도와\s?드릴|도움을 드릴|답변(?:해\s?)?드릴|답변할|제공할|작성할) 수 없습니다"),
}
_PATTERNS = tuple((sign, re.compile(pattern)) for sign, pattern in _BY_LANGUAGE.values())
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
