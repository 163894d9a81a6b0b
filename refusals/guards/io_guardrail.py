"""The input/output guardrail: where links lead, and which words and patterns a text may hold."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from refusals.codes import ReasonCode
from refusals.guards.arguments import as_value, fold, within
from refusals.guards.rules import Rule, first_broken
from refusals.parsing import format_refusal

_AUTHORITY = re.compile(r"(:?)[/\\]{2}([^\s/\\?#\"'<>`|{}()]{1,300})")


def _is_card(text: str) -> bool:
    """The checksum of payment cards (Luhn, ISO/IEC 7812)."""
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """The checksum of account numbers (ISO 13616)."""
    compact = "".join(text.split())
    return (
        compact.isascii() and int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1
    )


EMAIL_ADDRESS = Rule(
    name="email-address",
    pattern=r"(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}\b",
    code=ReasonCode.PII,
)
PERSONAL_DATA = (
    Rule(
        name="payment-card",
        pattern=r"(?<![\w.-])[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?![\w-])"
        r"|(?<![\w.-])3[47]\d\d[ -]?\d{6}[ -]?\d{5}(?![\w-])",
        code=ReasonCode.PII,
        holds=_is_card,
    ),
    Rule(
        name="bank-account",
        pattern=r"(?<![a-z0-9])[a-z]{2}\d\d(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?![a-z0-9])",
        code=ReasonCode.PII,
        holds=_is_iban,
    ),
    Rule(
        name="social-security-number",
        pattern=r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])",
        code=ReasonCode.PII,
    ),
)
SECRETS = tuple(
    Rule(name=name, pattern=pattern, code=ReasonCode.DATA_EXFIL)
    for name, pattern in (
        ("private-key", r"-----BEGIN (?:[A-Z]{1,9} ){0,3}PRIVATE KEY-----"),
        ("cloud-key", r"(?<![a-z0-9])(?-i:AKIA|ASIA)(?-i:[A-Z0-9]{16})(?![a-z0-9])"),
        ("api-key", r"(?<![\w-])sk-[a-z0-9_-]{20,200}"),
        (
            "repository-token",
            r"(?<!\w)(?:gh[pousr]_[a-z0-9]{30,100}|github_pat_\w{30,100}|glpat-[\w-]{20,50})",
        ),
        ("chat-token", r"(?<!\w)xox[abprs]-[a-z0-9-]{10,100}"),
        ("signed-token", r"(?<![\w-])(?-i:eyJ)[\w-]{10,2000}\.(?-i:eyJ)[\w-]{10,4000}\.[\w-]{10,1000}"),
    )
)


@dataclass(frozen=True, kw_only=True)
class IoPolicy:
    """What a text may hold. One policy for inputs and another for outputs is the usual case.

    `allowed_domains`: when given, every link leads to one of them or beneath it (else DATA_EXFIL).
    `denied_domains`: no link leads there or beneath (POLICY_VIOLATION). `denied_topics`: a topic's name and the
    words that give it away (DENIED_TOPIC). `blocklist`: words and phrases (BLOCKLIST); words are compared as
    wholes, whatever their case. `rules`: patterns, each with its code. Texts of more than `max_chars` characters
    are refused unread (POLICY_VIOLATION).
    """

    allowed_domains: frozenset[str] | None = None
    denied_domains: frozenset[str] = frozenset()
    denied_topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocklist: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = (*SECRETS, *PERSONAL_DATA)
    max_chars: int = 1_000_000


class IoGuardrail:
    """Asked with what goes into a call, or comes out of it: a text, or data whose every text is looked at."""

    def __init__(self, policy: IoPolicy | None = None) -> None:
        self.policy = policy or IoPolicy()
        topics = self.policy.denied_topics.items()
        self._topics = {name: words for name, texts in topics if (words := _any_of(texts))}
        self._blocklist = _any_of(self.policy.blocklist)

    def __call__(self, content: object) -> str | None:
        """The first thing that the policy forbids, with its place (never its text), or None."""
        value = content if isinstance(content, str) else as_value(content)
        found = within(value, max_chars=self.policy.max_chars)
        if found is None:
            detail = f"more than {self.policy.max_chars} characters, or nested too deeply: unread"
            return format_refusal(ReasonCode.POLICY_VIOLATION, detail)
        for path, _, text in found:
            fault = self._fault(text)
            if fault is not None:
                code, detail = fault
                return format_refusal(code, f"{path}: {detail}" if path else detail)
        return None

    def _fault(self, text: str) -> tuple[ReasonCode | str, str] | None:
        broken = first_broken(self.policy.rules, text)
        if broken is not None:
            return broken[0].code, f"{broken[0].name} at character {broken[1]}"
        return self._forbidden_link(text) or self._forbidden_word(fold(text))

    def _forbidden_link(self, text: str) -> tuple[ReasonCode, str] | None:
        for host in _hosts(text):
            if _is_among(host, self.policy.denied_domains):
                return ReasonCode.POLICY_VIOLATION, f"a link to the denied domain {_tail(host)}"
            if self.policy.allowed_domains is not None and not _is_among(host, self.policy.allowed_domains):
                return ReasonCode.DATA_EXFIL, f"a link to {_tail(host)}, which is not an allowed domain"
        return None

    def _forbidden_word(self, folded: str) -> tuple[ReasonCode, str] | None:
        for topic, words in self._topics.items():
            if words.search(folded):
                return ReasonCode.DENIED_TOPIC, topic
        match = self._blocklist.search(folded) if self._blocklist else None
        if match is None:
            return None
        return ReasonCode.BLOCKLIST, f"a blocked word in line {folded.count(chr(10), 0, match.start()) + 1}"


def _hosts(text: str) -> Iterator[str]:
    """The hosts of the links in a text, also of those without a scheme (`//host/`)."""
    for match in _AUTHORITY.finditer(fold(text)):
        host = match[2].rpartition("@")[2].strip(".,;:!*_[]")
        name, colon, port = host.rpartition(":")
        host = (name if colon and port.isdigit() else host).rstrip(".")
        if host and (match[1] or "." in host):
            yield host


def _tail(host: str) -> str:
    """The end of a host, which says whose it is; the labels before it may carry what must not get out."""
    return host if len(host) <= 40 else f"…{host[-40:]}"


def _is_among(host: str, domains: frozenset[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in map(_domain, domains))


def _domain(text: str) -> str:
    return fold(text).strip(".")


def _any_of(phrases: tuple[str, ...] | frozenset[str]) -> re.Pattern[str] | None:
    words = sorted({" ".join(fold(phrase).split()) for phrase in phrases} - {""}, key=len, reverse=True)
    # A phrase may run over the end of a line.
    spelled = (r"\s".join(map(re.escape, phrase.split())) for phrase in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)") if words else None
