"""What attacks share: a small trial, and a count of what was sent."""

import pytest
from django.core.cache import cache

from tests import people, world


@pytest.fixture
def attacked(db):
    """One centre with everybody who may work there, so that what changes later is the attack's."""
    cache.clear()
    made = world.small()
    people.everybody(made.centre)
    return made


@pytest.fixture
def tried(record_property):
    """Counts what the test sends; `python -m tests.attacks` adds it up by kind."""
    sent = []
    yield sent.append
    record_property("tried", len(sent))
