"""The list of a centre's kits: its filter, where an act leads back to, what is not found."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from randomisation.models import Kit
from reminet_site.context import acting
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise
from tests.integration.randomisation.test_views import text_of
from tests.people import centre


def kits_found(client, **asked):
    response = client.get(reverse("randomisation:kits", args=["FR-05"]), asked)
    assert response.status_code == 200
    return text_of(response)


def numbers_in(text):
    return re.findall(r'<tr role="row"><th role="rowheader" scope="row">(\w+)</th>', text)


def test_kits_are_filtered_by_an_address_that_can_be_kept(investigator, stocked):
    participant = participants(stocked, 1)[0]
    randomise(participant)
    with acting(SYSTEM):
        given = participant.dispensings.get().kit.number
        here = list(Kit.objects.filter(centre=stocked, status="available").order_by("number"))
    text = kits_found(investigator, state="dispensed")
    assert numbers_in(text) == [given]
    assert '<option value="dispensed" selected>Dispensed (1)</option>' in text
    assert f"1 of {len(here) + 1} kits." in text
    text = kits_found(investigator, kit=here[0].number)
    assert numbers_in(text) == [here[0].number]
    assert f'name="kit" inputmode="numeric" value="{here[0].number}"' in text
    assert len(numbers_in(kits_found(investigator))) == len(here) + 1


def test_an_act_on_a_kit_leads_back_to_the_list_as_it_was_filtered(investigator, stocked):
    with acting(SYSTEM):
        number = Kit.objects.filter(centre=stocked, status="available").first().number
    text = kits_found(investigator, state="available", kit=number)
    [action] = re.findall(r'action="([^"]+/aside/[^"]*)"', text)
    assert action.endswith(f"?state=available&amp;kit={number}")
    address = action.replace("&amp;", "&")
    refused = investigator.post(address, {"reason": " "})
    assert refused.status_code == 422
    assert numbers_in(text_of(refused)) == [number]
    assert '<option value="available" selected>' in text_of(refused)
    done = investigator.post(address, {"reason": "warm"})
    assert done["Location"] == f"/centres/FR-05/kits/?state=available&kit={number}"
    plain = reverse("randomisation:release", args=["FR-05", number])
    assert investigator.post(plain, {"reason": "x"})["Location"] == "/centres/FR-05/kits/"


def test_after_a_refusal_the_page_of_the_kits_is_the_current_one(investigator, stocked):
    with acting(SYSTEM):
        number = Kit.objects.filter(centre=stocked).first().number
    current = '<a href="/centres/FR-05/kits/" aria-current="page">'
    assert current in kits_found(investigator)
    address = reverse("randomisation:set_aside", args=["FR-05", number])
    assert current in text_of(investigator.post(address, {"reason": " "}))
    arrived = reverse("randomisation:receive", args=["FR-05", "S-0001"])
    assert current in text_of(investigator.post(arrived))


def test_no_kit_found_is_said_in_a_sentence(investigator, stocked):
    text = kits_found(investigator, kit="99999", state="returned")
    assert "No kit of this centre has this state and this number." in text
    assert numbers_in(text) == []
    assert "All kits</a>" in text


@pytest.mark.promise("AC-02")
def test_a_kit_of_another_centre_is_found_by_nobody_here(investigator, stocked):
    beaune = centre("FR-11", "Beaune")
    allocations.deliver(4, start=20)
    allocations.supply(beaune, 2)
    with acting(SYSTEM):
        there = Kit.objects.filter(centre=beaune).first().number
    assert numbers_in(kits_found(investigator, kit=there)) == []


def test_the_statements_of_the_kits_do_not_depend_on_the_filter(investigator, stocked):
    counts = []
    for asked in ({}, {}, {"state": "available"}, {"kit": "none"}):
        with CaptureQueriesContext(connection) as seen:
            kits_found(investigator, **asked)
        counts.append(len(seen))
    assert len(set(counts[1:])) == 1
