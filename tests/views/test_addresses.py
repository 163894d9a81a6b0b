"""What stands in an address: a number in the digits of ASCII, a week, a word of a closed list."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.cases import held_case

OTHER_WORDS = [
    "/cases/{case}/reissue-all/",
    "/cases/{case}/UPHOLD/",
    "/runs/{run}/text/prompt/laid-out/",
    "/suspected/{run}/waiting/",
    "/actions/1/open/",
    "/alerts/chats/1/maybe/",
    "/reports/2026-W02/everybody/",
    "/reports/2026-W02.csv",
    "/reports/2026-W02/tables/endings.pdf",
    "/packet/tables/endings.csv",
    "/packet.xlsx",
]
OTHER_WEEKS = ["/reports/2026-W2/", "/meeting/latest/", "/meeting/2026-W54/", "/reports/2026-w02/"]
ARABIC = {ord("0") + digit: 0x660 + digit for digit in range(10)}
OTHER_DIGITS = [
    "/cases/1/uphold/",
    "/runs/1/text/prompt/written/",
    "/suspected/1/held/",
    "/actions/1/done/",
    "/reports/2026-W02/",
    "/reports/?week=2026-W02",
]
OTHER_DIGITS = [address.translate(ARABIC) for address in OTHER_DIGITS]


@pytest.mark.parametrize("address", [*OTHER_WORDS, *OTHER_WEEKS, *OTHER_DIGITS])
def test_what_no_address_holds_is_not_found(
    address: str, lead: User, client_as: Callable[[User], Client]
) -> None:
    case = held_case()
    found = address.format(case=case.pk, run=case.first_run_id)
    client = client_as(lead)
    assert client.get(found).status_code == 404
    assert client.post(found).status_code in (404, 405)
