"""What comes next is nobody's to see: neither the next arm nor the sizes of the blocks."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from randomisation.models import Scheme
from reminet_site.context import acting
from reminet_site.roles import CENTRE_ROLES, Role
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise
from tests.people import centre, person, sign_in

FIELD = [*sorted(CENTRE_ROLES), Role.MONITOR, Role.CENTRAL_READER]
SIZES = (14, 26)  # numbers that no page has for another reason


@pytest.fixture
def blocked(database):
    """A trial by permuted blocks, one participant allocated, another about to be."""
    allocations.scheme(method="blocks", stratified_by=["grade"], block_sizes=list(SIZES))
    with allocations.everybody_eligible():
        dijon = centre()
        allocations.deliver(10)
        allocations.supply(dijon, 4)
        randomise(participants(dijon, 2)[0])
        yield dijon


def pages(where):
    done, next_one = f"{where.code}-001", f"{where.code}-002"
    return [
        reverse("randomisation:gate", args=[next_one]),
        reverse("randomisation:result", args=[done]),
        reverse("randomisation:kits", args=[where.code]),
        reverse("randomisation:accrual"),
        reverse("crf:casebook", args=[done]),
        reverse("crf:casebook", args=[next_one]),
        reverse("trail"),
        reverse("trail") + "?item=%23plan",
    ]


@pytest.mark.promise("RN-04")
@pytest.mark.parametrize("role", FIELD)
def test_no_page_of_the_field_tells_blocks_or_the_next_arm(blocked, role):
    with acting(SYSTEM):
        plan = Scheme.objects.get().plan
    assert plan["block_sizes"] == list(SIZES), "the secret is there to be found"
    client = sign_in(Client(), person(role, blocked))
    read = 0
    for address in pages(blocked):
        answer = client.get(address)
        if answer.status_code != 200:
            assert answer.status_code in {403, 404, 302}, address
            continue
        read += 1
        text = answer.content.decode()
        assert not re.search(r"block_sizes|permuted|\b14, 26\b", text), address
        assert not re.search(r"\b(LAN|PBO)\b", text), address
    assert read
