"""Every address and every file, as every role that has a screen: nothing tells what comes next.

The secrets are made unmistakable: two sizes of blocks that no page has side by side for another
reason, numbers of a list, and arms with names of their own.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from crf.models import Participant
from randomisation.arms.doors import custody, table
from randomisation.arms.role import vault
from randomisation.methods.imported_list import ImportedList, Place
from randomisation.models import Scheme
from reminet_site.clock import clinical_today
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import allocations, people, world
from tests.allocations import SYSTEM
from tests.architecture.test_crawl import TIED, address, asked_by

pytestmark = [pytest.mark.django_db, pytest.mark.promise("RN-04")]
SIZES, ARMS = (74, 94), ("QUOKKA", "AXOLOTL")
LIST = tuple(Place(f"LN-{n:03d}", "", n, ARMS[n % 2]) for n in range(1, 9))
SECRET = re.compile(
    rf"\b74\b.{{1,30}}\b94\b|\b94\b.{{1,30}}\b74\b|block.?sizes?|\bLN-\d|{'|'.join(ARMS)}",
    re.IGNORECASE | re.DOTALL,
)


def trial(method: str) -> world.Small:
    """One participant has an allocation, another one is next; secrets of this method are set."""
    changes = {"blocks": {"block_sizes": list(SIZES)}, "list": {}}[method]
    allocations.scheme(method=method, arms=list(ARMS), stratified_by=[], **changes)
    here = world.small()
    if method == "list":
        with acting(SYSTEM):
            custody.import_list("main", ImportedList(LIST, "0" * 64), by=SYSTEM)
    allocations.deliver(10)
    allocations.supply(here.centre, 4)
    with allocations.everybody_eligible():
        allocations.randomise(here.participant)
    allocations.participants(here.centre, 1, first=2)
    return here


@pytest.fixture
def concealed():
    return trial("blocks")


def addresses(here: world.Small) -> list[str]:
    """Every address that answers GET, for who is randomised and for who is next; the trail's
    search for the plan itself."""
    day = clinical_today(here.centre).isoformat()
    found = {f"{reverse('trail')}?day={day}{more}" for more in ("", "&item=%23plan")}
    for code in (here.participant.code, f"{here.centre.code}-002"):
        ids = here.ids | {"code": code}
        found |= {address(name, ids) for name, rights in TIED if "GET" in rights}
    return sorted(found)


@pytest.mark.parametrize("role", sorted(Role))
def test_no_address_tells_a_block_or_an_arm(concealed, role):
    crawl(concealed, role)


@pytest.mark.parametrize("role", [Role.PRINCIPAL_INVESTIGATOR, Role.SITE_COORDINATOR, Role.MONITOR])
def test_no_address_tells_a_place_of_the_list(role):
    crawl(trial("list"), role)


def crawl(here: world.Small, role: Role) -> None:
    client = people.sign_in(Client(), people.person(role, here.centre))
    read = 0
    with allocations.everybody_eligible():
        for one in asked_by(role, addresses(here)):
            answer = client.get(one)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            found = SECRET.search(body.decode())
            assert not found, f"{role} reads {found.group()} at {one}"
            assert not SECRET.search(str(dict(answer.items()))), one
            read += answer.status_code == 200
    assert read >= 5


@pytest.mark.parametrize("method", ["blocks", "list"])
def test_the_secrets_are_there_to_be_found(method):
    """What the crawl looks for stands in the plan or in the vault."""
    trial(method)
    with acting(SYSTEM):
        plan = Scheme.objects.get().plan
        assert set(table.table(by=SYSTEM, reason="test").values()) <= set(ARMS)
        with vault() as cursor:
            cursor.execute("SELECT number FROM arms.imported_list ORDER BY position")
            numbers = [row[0] for row in cursor.fetchall()]
    assert SECRET.search(str(plan))
    if plan["method"] == "list":
        assert numbers == [place.number for place in LIST]
    else:
        assert plan["block_sizes"] == list(SIZES)


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.SITE_COORDINATOR])
@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"stratum.grade": "G1"}, {}])
def test_a_refused_randomisation_is_no_preview(concealed, role, changes):
    """Nothing is drawn by an attempt that is refused, and the answer tells nothing."""
    strata = {f"stratum.{n}": v for n, v in {"centre": "FR-05", **allocations.LEVELS}.items()}
    client = people.sign_in(Client(), people.person(role, concealed.centre))
    there = reverse("randomisation:gate", args=["FR-05-002"])
    with allocations.everybody_eligible():
        answer = client.post(there, strata | {"password": ""} | changes)
    assert answer.status_code in (403, 422)
    assert not SECRET.search(answer.content.decode())
    with acting(SYSTEM):
        assert Scheme.objects.get().issued == 1
        assert Participant.objects.get(code="FR-05-002").randomisation_number is None
