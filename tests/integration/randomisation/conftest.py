import pytest

from tests import allocations
from tests.people import centre


@pytest.fixture
def dijon(request, settings, tmp_path):
    """An open centre, a scheme, and a gate open to all.

    Rolled back after the test; in a database of its own for tests marked `clones`, which commit
    or come by another connection.
    """
    if request.node.get_closest_marker("clones"):
        request.getfixturevalue("clone")
    else:
        request.getfixturevalue("db")
        settings.ALLOCATION_LOG = str(tmp_path / "allocations.jsonl")
    allocations.scheme()
    with allocations.everybody_eligible():
        yield centre()
