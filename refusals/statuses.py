"""What an HTTP status says about infrastructure: the reason code, and whether trying again can help."""

from typing import NamedTuple

from refusals.codes import ReasonCode


class Trouble(NamedTuple):
    """An infrastructure error: why, and whether it is worth a retry."""

    code: ReasonCode
    retryable: bool


_BY_STATUS: dict[int, Trouble] = {
    400: Trouble(ReasonCode.INVALID_REQUEST, False),
    401: Trouble(ReasonCode.AUTH, False),
    402: Trouble(ReasonCode.BILLING, False),
    403: Trouble(ReasonCode.AUTH, False),
    404: Trouble(ReasonCode.INVALID_REQUEST, False),
    408: Trouble(ReasonCode.TIMEOUT, True),
    409: Trouble(ReasonCode.PROVIDER_ERROR, True),
    413: Trouble(ReasonCode.INVALID_REQUEST, False),
    424: Trouble(ReasonCode.PROVIDER_ERROR, False),
    429: Trouble(ReasonCode.RATE_LIMIT, True),
    499: Trouble(ReasonCode.CANCELED, False),
    504: Trouble(ReasonCode.TIMEOUT, True),
    529: Trouble(ReasonCode.OVERLOADED, True),
}
_NO_ANSWER = Trouble(ReasonCode.NETWORK, True)
_OTHER_4XX = Trouble(ReasonCode.INVALID_REQUEST, False)
_OTHER_5XX = Trouble(ReasonCode.PROVIDER_ERROR, True)
_NO_SUCH_STATUS = Trouble(ReasonCode.PROVIDER_ERROR, False)

RETRYABLE_CODES = frozenset(
    {
        ReasonCode.RATE_LIMIT,
        ReasonCode.OVERLOADED,
        ReasonCode.PROVIDER_ERROR,
        ReasonCode.TIMEOUT,
        ReasonCode.NETWORK,
        ReasonCode.GUARDRAIL_UNAVAILABLE,
    }
)


def read_status(http_status: object) -> int | None:
    """The status as a number, also from text; None when there was no answer (missing, zero or unreadable)."""
    if (
        isinstance(http_status, str)
        and http_status.isascii()
        and http_status.isdigit()
        and len(http_status) < 6
    ):
        http_status = int(http_status)
    if isinstance(http_status, bool) or not isinstance(http_status, int):
        return None
    return int(http_status) or None


def trouble_of(http_status: object) -> Trouble | None:
    """The infrastructure error that a status alone tells of; None for 2xx."""
    status = read_status(http_status)
    if status is None:
        return _NO_ANSWER
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    by_hundred = {2: None, 4: _OTHER_4XX, 5: _OTHER_5XX}
    return by_hundred.get(status // 100, _NO_SUCH_STATUS)
