import pytest

from tests import allocations
from tests.people import centre


@pytest.fixture
def dijon(database):
    """An open centre, a scheme, and a gate open to all."""
    allocations.scheme()
    with allocations.everybody_eligible():
        yield centre()
