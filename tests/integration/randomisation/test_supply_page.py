"""The stock of all centres on one page: what waits for kits first, and never what they hold."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import study
from randomisation import actions, reads, reads_supply
from randomisation.methods.kit_file import NewKit
from randomisation.models import Kit, KitStatus, Scheme
from reminet_site.clock import clinical_today
from reminet_site.context import acting
from reminet_site.models import Centre
from reminet_site.roles import Role
from tests import allocations, people

ADDRESS = "/supply/"
SYSTEM = allocations.SYSTEM


def page_of(role=Role.SUPPLY_MANAGER, where=None):
    client = people.sign_in(Client(), people.person(role, where))
    answer = client.get(ADDRESS)
    assert answer.status_code == 200, role
    return answer.content.decode()


def row_of(text, code):
    row = next(
        one for one in re.findall(r"<tr role.*?</tr>", text, re.DOTALL) if f"/{code}/" in one
    )
    cells = re.findall(r'<td role="cell" data-label="([^"]+)"[^>]*>(.*?)</td>', row, re.DOTALL)
    return {label: " ".join(re.sub("<[^>]+>", " ", cell).split()) for label, cell in cells}


def expiring(start, each, day):
    """`each` kits of either arm with this expiry, in the depot."""
    numbers = allocations.kit_numbers(2 * each, start)
    kits = [NewKit(n, ("LAN", "PBO")[i % 2], day) for i, n in enumerate(numbers)]
    with acting(SYSTEM):
        actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)


def send(centre, each):
    with acting(SYSTEM):
        return actions.ship_kits(centre=centre, each=each, by=SYSTEM)


def test_a_centre_that_can_give_nothing_stands_first(dijon):
    people.centre("FR-11", "Beaune")
    allocations.deliver(10)
    allocations.supply(dijon, 3)
    text = page_of()
    assert re.findall(r'href="/centres/([\w-]+)/kits/"><?[^<]*<span class="sub', text)[:2] == [
        "FR-11",
        "FR-05",
    ]
    assert row_of(text, "FR-11")["State"] == "Nothing can be given"
    here = row_of(text, "FR-05")
    assert (here["State"], here["Can be given"], here["Available"]) == ("Enough", "3", "6")


def test_what_can_be_given_is_what_the_centres_own_page_says(dijon):
    allocations.deliver(30)
    expiring(1, 2, clinical_today(dijon) + timedelta(days=20))  # too short for a dose
    for each in (6, 2):
        allocations.supply(dijon, each)
    for one in allocations.participants(dijon, 2):
        allocations.randomise(one)
    with acting(SYSTEM):
        shelf = list(Kit.objects.filter(status=KitStatus.AVAILABLE).order_by("number"))
        actions.quarantine(kit=shelf[0], reason="warm", by=SYSTEM)
        definition = study.current().definition
        assured = reads.assured_at(dijon, clinical_today(dijon), definition)
        found = reads_supply.supply(definition.randomisation.kit_days)
    mine = next(one for one in found.centres if one.centre.pk == dijon.pk)
    assert mine.assured(28, 2) == assured > 0
    row = row_of(page_of(), "FR-05")
    assert (row["Can be given"], row["Given in 28 days"], row["In quarantine"]) == (
        str(assured),
        "2",
        "1",
    )


def test_where_it_runs_out_and_what_is_on_its_way(dijon):
    allocations.deliver(20)
    allocations.supply(dijon, 3)
    for one in allocations.participants(dijon, 2):
        allocations.randomise(one)
    row = row_of(page_of(), "FR-05")
    assert row["State"] == "Send kits soon"
    assert row["Can be given"] == "1"  # four of six left, three may be of one arm
    assert row["Lasts until"].endswith(str((clinical_today(dijon) + timedelta(days=14)).year))
    assert row["On their way"] == ""
    shipment = send(dijon, 4)
    row = row_of(page_of(), "FR-05")
    assert row["State"] == "Kits on their way"
    assert row["On their way"].startswith(f"8 kits {shipment.number}, sent ")


def test_kits_that_expire_before_they_are_needed(dijon):
    day = clinical_today(dijon) + timedelta(days=60)
    expiring(1, 3, day)
    allocations.supply(dijon, 3)
    assert row_of(page_of(), "FR-05")["Expire unused"].startswith("6 kits from ")


def test_the_depot_counts_kits_whatever_they_hold(dijon):
    allocations.deliver(0, arms={"LAN": 9, "PBO": 4})
    text = page_of()
    assert re.search(r"In the depot</dt><dd>13</dd><dd>the first expires on 31 Aug 2099", text)
    assert "LAN" not in text
    assert "PBO" not in text


def test_a_centre_that_is_closed_or_not_active_asks_for_nothing(dijon):
    with acting(SYSTEM):
        people.centre("FR-11", "Beaune")
        Centre.objects.filter(code="FR-11").update(opened_on=None)
        Centre.objects.filter(code="FR-05").update(closed_on=date(2026, 1, 1))
    text = page_of()
    assert row_of(text, "FR-11")["State"] == "Not active yet"
    assert row_of(text, "FR-05")["State"] == "Closed"
    assert "<dt>Centres that can give nothing</dt><dd>0</dd>" in text


@pytest.mark.parametrize("role", [Role.SPONSOR_MANAGER, Role.MONITOR, Role.AUDITOR])
def test_who_oversees_every_centre_reads_the_same(dijon, role):
    allocations.deliver(10)
    allocations.supply(dijon, 3)
    table = re.compile(r"<main.*</main>", re.DOTALL)
    mine, theirs = (table.search(page_of(one))[0] for one in (role, Role.SUPPLY_MANAGER))
    assert mine == theirs


def test_who_works_at_a_centre_does_not(dijon):
    client = people.sign_in(Client(), people.person(Role.PHARMACIST, dijon))
    assert client.get(ADDRESS).status_code == 403


def test_the_statements_do_not_grow_with_centres_or_kits(dijon):
    client = people.sign_in(Client(), people.person(Role.SUPPLY_MANAGER))

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(ADDRESS).status_code == 200
        return len(seen)

    allocations.deliver(30)
    allocations.supply(dijon, 2)
    statements()
    few = statements()
    for n in range(4):
        centre = people.centre(f"FR-2{n}", "Nantes")
        allocations.supply(centre, 2)
        send(centre, 1)
        for one in allocations.participants(centre, 2):
            allocations.randomise(one)
    assert statements() == few


def test_it_is_the_first_page_of_the_supply_manager(dijon):
    client = people.sign_in(Client(), people.person(Role.SUPPLY_MANAGER))
    assert client.get("/").url == ADDRESS
    assert client.get("/?centre=FR-05").url == "/centres/FR-05/kits/"


def test_it_is_in_french_too(dijon):
    client = people.sign_in(Client(), people.person(Role.SUPPLY_MANAGER))
    client.cookies["django_language"] = "fr"
    text = client.get(ADDRESS).content.decode()
    assert "Rien à attribuer" in text
