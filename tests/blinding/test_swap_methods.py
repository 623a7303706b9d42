"""The swap test with the other methods of allocation, for those who see most of it."""

import pytest

from reminet_site.roles import Role
from tests.blinding.worlds import check_worlds_differ, differences, pair

pytestmark = [pytest.mark.slow]
FEW = {Role.INVESTIGATOR, Role.AUDITOR, Role.SPONSOR_MANAGER, Role.TRIAL_STATISTICIAN}


@pytest.mark.promise("BL-01")
@pytest.mark.parametrize("kind", ["blocks", "list"])
def test_swapping_all_arms_changes_no_byte(kind):
    worlds = pair(kind, roles=FEW)
    check_worlds_differ(*worlds)
    assert len(worlds[0].seen) > 40 * len(FEW)
    assert differences(*worlds) == []
