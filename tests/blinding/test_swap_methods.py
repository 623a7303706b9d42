"""The swap test with the other methods of allocation, for those who see most of it."""

import pytest

from reminet_site.roles import Role
from tests.blinding.worlds import check_worlds_differ, differences, pair

pytestmark = [pytest.mark.slow]
# What shows participants, kits, allocations and figures; of accounts and roles no page does.
PAGES = (
    "/(randomisation|unblinding|centres/FR-05/($|kits|shipments)|supply|accrual|interim|committee"
    "|trial|trail/($|files)|queries|releases|participants/[^/]+/$)"
)
FEW = {Role.INVESTIGATOR, Role.AUDITOR, Role.SPONSOR_MANAGER, Role.TRIAL_STATISTICIAN}


@pytest.mark.promise("BL-01")
@pytest.mark.parametrize("kind", ["blocks", "list"])
def test_swapping_all_arms_changes_no_byte(kind):
    worlds = pair(kind, roles=FEW, pages=PAGES)
    check_worlds_differ(*worlds)
    pages = [name for name in worlds[0].seen if name.startswith("get ")]
    assert len(pages) > 30 * len(FEW)
    assert differences(*worlds) == []
