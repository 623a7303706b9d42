"""The form of an injection says beside the kit's number which kit was taken for its visit."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf.places import place_at
from crf.presenters.words import day
from randomisation import kit_hints
from randomisation.models import Dispensing
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people
from tests.allocations import SYSTEM


@pytest.fixture
def client(dijon):
    return people.sign_in(Client(), people.person(Role.SITE_COORDINATOR, dijon))


def address(participant, visit="INJ-01", form="INJ"):
    return f"/participants/{participant.code}/{visit}/{form}/1/"


def page(client, *place):
    response = client.get(address(*place))
    assert response.status_code == 200
    return response.content.decode()


def given(participant):
    with acting(SYSTEM):
        return Dispensing.objects.select_related("kit").get(participant=participant, visit="INJ-01")


def test_the_form_says_which_kit_was_taken_for_its_visit(treated, client):
    one = given(treated[0])
    text = page(client, treated[0])
    said = f"Taken for this visit: kit {one.kit.number}, {day(one.dispensed_on)}"
    assert f"As printed on the box. {said}</span>" in text
    assert given(treated[1]).kit.number not in text


def test_the_number_is_offered_while_the_box_has_another_and_never_typed_for_anybody(
    treated, client
):
    number = given(treated[0]).kit.number
    text = page(client, treated[0])
    assert f'data-fill="kit" data-value="{number}" aria-describedby="kit-hint">' in text
    assert f'value="{number}" autocomplete' not in text
    for typed, hidden in (("99999", ""), (number, " hidden")):
        draft = {"kit": typed, "injection": "given", "version": "0"}
        assert client.post(address(treated[0]) + "draft/", draft).status_code == 302
        text = page(client, treated[0])
        assert f'value="{typed}"' in text
        assert f'aria-describedby="kit-hint"{hidden}>' in text


def test_a_refused_form_still_says_it(treated, client):
    sent = {"visit_date": "01/01/1990", "injection": "given", "version": "0"}
    refused = client.post(address(treated[0]), sent)
    assert refused.status_code == 422
    assert f"kit {given(treated[0]).kit.number}, " in refused.content.decode()


def test_a_visit_that_no_kit_was_taken_for_says_so(treated, client):
    text = page(client, treated[0], "INJ-02")
    assert "No kit was taken for this visit yet." in text
    assert "data-fill" not in text


def test_who_enters_no_data_reads_it_and_is_offered_nothing(treated):
    client = people.sign_in(Client(), people.person(Role.MONITOR))
    text = page(client, treated[0])
    assert "Taken for this visit" in text
    assert "data-fill" not in text


def test_who_may_not_open_the_receipt_is_told_no_kit(treated):
    client = people.sign_in(Client(), people.person(Role.SAFETY_PHYSICIAN))
    text = page(client, treated[0])
    assert "Taken for this visit" not in text


def test_it_is_said_in_french(treated, client):
    one = given(treated[0])
    client.cookies["django_language"] = "fr"
    text = page(client, treated[0])
    assert "sur la boîte. Pris pour cette visite" in text
    assert f"Pris pour cette visite\N{NO-BREAK SPACE}: kit {one.kit.number}, " in text


def test_a_form_without_that_item_costs_no_statement_and_an_injection_one(treated):
    costs = []
    with acting(SYSTEM):
        for form in ("CONSENT", "INJ"):
            visit = "SCR" if form == "CONSENT" else "INJ-01"
            place = place_at(treated[0].code, visit, form, 1)
            with CaptureQueriesContext(connection) as seen:
                kit_hints.beside(place)
            costs.append(len(seen))
    assert costs == [0, 1]


def test_the_form_of_an_injection_takes_few_statements(
    treated, client, django_assert_max_num_queries
):
    page(client, treated[0])
    with django_assert_max_num_queries(12):
        page(client, treated[0])


def test_of_several_kits_all_are_named_and_none_is_offered():
    kits = [("013031", date(2025, 3, 12), False), ("013032", date(2025, 3, 13), False)]
    said = kit_hints.said(kits)
    assert said.hint == "Taken for this visit: kit 013031, 12 Mar 2025; kit 013032, 13 Mar 2025"
    assert said.offer == ""
    assert kit_hints.said(kits[:1]).offer == "013031"


def test_a_kit_that_was_set_aside_is_named_and_the_other_one_offered():
    aside = ("013031", date(2025, 3, 12), True)
    said = kit_hints.said([aside, ("013032", date(2025, 3, 13), False)])
    assert said.hint == (
        "Taken for this visit: kit 013031, 12 Mar 2025, set aside; kit 013032, 13 Mar 2025"
    )
    assert said.offer == "013032"
    alone = kit_hints.said([aside])
    assert alone.hint.endswith("set aside. Take another one under Number and kits in the casebook.")
    assert alone.offer == ""
