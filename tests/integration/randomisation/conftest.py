import pytest

from tests import allocations
from tests.people import centre


@pytest.fixture
def dijon(clone):
    """An open centre in a database of the test's own, a scheme, and a gate open to all."""
    allocations.scheme()
    with allocations.everybody_eligible():
        yield centre()
