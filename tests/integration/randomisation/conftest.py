import pytest

from reminet_site.context import acting
from tests import allocations
from tests.allocations import SYSTEM
from tests.integration.analysis import trial
from tests.people import centre


@pytest.fixture
def dijon(database):
    """An open centre, a scheme, and a gate open to all."""
    allocations.scheme()
    with allocations.everybody_eligible():
        yield centre()


@pytest.fixture
def treated(dijon):
    """Two participants who are randomised, and whose consent is entered."""
    allocations.deliver(10)
    allocations.supply(dijon, 6)
    found = allocations.treated(dijon, 2)
    with acting(SYSTEM):
        for one in found:
            trial.entry(one, "CONSENT", "SCR", {"signed": "yes", "consent_date": "2020-01-02"}, -9)
    return found
