"""Kits that left a centre, returned or destroyed; and the account of all of them as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from crf import study
from crf.models import Entry
from randomisation import actions
from randomisation.actions import supply
from randomisation.models import Dispensing, Kit, KitMove, Shipment
from randomisation.views import kits as views
from reminet_site.clock import clinical_today, now
from reminet_site.context import acting, because
from reminet_site.jinja2_env import day
from reminet_site.roles import Role
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise
from tests.people import centre, person, sign_in

LEAVE = reverse("randomisation:leave", args=["FR-05"])
FILE = reverse("randomisation:kit_account", args=["FR-05"])


@pytest.fixture
def pharmacist(stocked):
    return sign_in(Client(), person(Role.PHARMACIST, stocked))


@pytest.fixture
def unused(stocked):
    """The number of a kit that was given, and whose injection is not entered."""
    participant = participants(stocked, 1)[0]
    randomise(participant)
    with acting(SYSTEM):
        return Dispensing.objects.get().kit.number


@pytest.fixture
def given(unused):
    """The number of a kit that was given and injected."""
    with acting(SYSTEM):
        participant = Dispensing.objects.get().participant
        Entry.objects.create(
            participant=participant,
            centre_id=participant.centre_id,
            visit="INJ-01",
            form="INJ",
            definition_id=study.current().pk,
            data={"injection": "given", "kit": unused},
            saved_at=now(),
        )
    return unused


def available(stocked):
    with acting(SYSTEM):
        return Kit.objects.filter(centre=stocked, status="available").first().number


def set_aside(number, reason="warm"):
    with acting(SYSTEM):
        actions.quarantine(kit=Kit.objects.get(number=number), reason=reason, by=SYSTEM)


def status_of(number):
    with acting(SYSTEM):
        return Kit.objects.get(number=number).status


def sent(stocked, *numbers, **changes):
    with acting(SYSTEM):
        today = day(clinical_today(stocked))
    return {"kits": numbers, "what": "returned", "on": today, "reason": "form 12"} | changes


def page(client):
    return client.get(reverse("randomisation:kits", args=["FR-05"])).content.decode()


def test_what_was_set_aside_and_the_box_of_what_was_given_go_back(pharmacist, stocked, given):
    broken = available(stocked)
    set_aside(broken)
    assert f'name="kits" value="{broken}"' in page(pharmacist)
    answer = pharmacist.post(LEAVE, sent(stocked, given, broken), follow=True)
    text = answer.content.decode()
    assert "2 kits are returned." in text
    assert {status_of(given), status_of(broken)} == {"returned"}
    assert '<option value="returned">Returned (2)</option>' in text
    assert f'name="kits" value="{broken}"' not in text
    assert "form 12, " in text
    with acting(SYSTEM):
        moves = KitMove.objects.filter(after="returned").order_by("before")
        assert list(moves.values_list("before", flat=True)) == ["dispensed", "quarantined"]
        assert {one.by.email for one in moves} == {person(Role.PHARMACIST, stocked).email}


def test_a_kit_that_was_given_and_not_used_is_set_aside_first(pharmacist, stocked, unused):
    """Else its visit would have no kit, and none could be taken in its place."""
    answer = pharmacist.post(LEAVE, sent(stocked, unused))
    assert answer.status_code == 422
    said = f"Kit {unused} was given for injection 1, which is not entered yet."
    assert said in answer.content.decode()
    assert status_of(unused) == "dispensed"
    set_aside(unused)
    assert pharmacist.post(LEAVE, sent(stocked, unused)).status_code == 302
    assert status_of(unused) == "returned"


def test_a_kit_is_destroyed_at_the_centre(pharmacist, stocked, given):
    answer = pharmacist.post(LEAVE, sent(stocked, given, what="destroyed"), follow=True)
    assert "1 kit is destroyed." in answer.content.decode()
    assert status_of(given) == "destroyed"


def test_a_kit_that_expired_on_the_shelf_goes_back(pharmacist, stocked, monkeypatch):
    number = available(stocked)
    assert f'name="kits" value="{number}"' not in page(pharmacist)
    late = allocations.EXPIRY + timedelta(days=1)
    for module in (views, supply):
        monkeypatch.setattr(module, "clinical_today", lambda centre: late)
    assert f'name="kits" value="{number}"' in page(pharmacist)
    posted = sent(stocked, number, on=day(allocations.EXPIRY), reason="out of date")
    assert pharmacist.post(LEAVE, posted).status_code == 302
    assert status_of(number) == "returned"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kits": ()}, "Tick the kits that were returned or destroyed."),
        ({"what": ""}, "Say whether the kits were returned or destroyed."),
        ({"what": "available"}, "Say whether the kits were returned or destroyed."),
        ({"on": "soon"}, "Give a day of the calendar"),
        ({"on": "1 Jan 2999"}, "1 Jan 2999 is still to come. Correct the day."),
        ({"on": "1 Jan 2001"}, ": correct the day."),
        ({"reason": " "}, "Give the reason, or the number of the paper that goes with the kits."),
        ({"reason": "the placebo"}, "may tell of an arm"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_nothing_leaves(
    pharmacist, stocked, given, changes, says
):
    posted = sent(stocked, given, **changes)
    answer = pharmacist.post(LEAVE, posted)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert says in text
    if posted["kits"]:
        assert f'name="kits" value="{given}" checked' in text
    assert status_of(given) == "dispensed"


def test_no_kit_left_before_it_came(pharmacist, stocked):
    number = available(stocked)
    set_aside(number)
    answer = pharmacist.post(LEAVE, sent(stocked, number, on="1 Jan 2001")).content.decode()
    with acting(SYSTEM):
        came = day(clinical_today(stocked))
    assert f"Kit {number} arrived on {came}: correct the day." in answer


def test_all_of_them_leave_or_none(pharmacist, stocked, given):
    whole = available(stocked)
    answer = pharmacist.post(LEAVE, sent(stocked, given, whole))
    assert answer.status_code == 422
    said = f"Kit {whole} is available: set it aside first, or untick it."
    assert said in answer.content.decode()
    assert status_of(given) == "dispensed"
    assert pharmacist.post(LEAVE, sent(stocked, given)).status_code == 302
    again = pharmacist.post(LEAVE, sent(stocked, given))
    assert f"Kit {given} is returned: untick it." in again.content.decode()


def test_a_kit_of_another_centre_is_not_there(pharmacist, stocked, given):
    beaune = centre("FR-11", "Beaune")
    allocations.deliver(4, start=20)
    allocations.supply(beaune, 2)
    there = available(beaune)
    answers = [pharmacist.post(LEAVE, sent(stocked, given, n)) for n in (there, "99999")]
    assert [one.status_code for one in answers] == [404, 404]
    assert status_of(given) == "dispensed"


def test_a_kit_that_was_set_aside_and_returned_is_still_replaced(pharmacist, stocked, given):
    set_aside(given, "fell down")
    pharmacist.post(LEAVE, sent(stocked, given))
    coordinator = sign_in(Client(), person(Role.SITE_COORDINATOR, stocked))
    receipt = coordinator.get(reverse("randomisation:result", args=["FR-05-001"]))
    assert "Take another kit for injection 1" in receipt.content.decode()


def test_who_sets_a_given_kit_aside_is_told_where_another_is_taken(pharmacist, stocked, given):
    other = available(stocked)
    for number, more in ((given, True), (other, False)):
        aside = reverse("randomisation:set_aside", args=["FR-05", number])
        text = pharmacist.post(aside, {"reason": "fell down"}, follow=True).content.decode()
        assert f"Kit {number} is set aside." in text
        told = "Another one for FR-05-001 is taken under Number and kits in the casebook."
        assert (told in text) == more


def test_an_empty_box_that_went_back_is_not_asked_about(pharmacist, stocked, given):
    pharmacist.post(LEAVE, sent(stocked, given))
    coordinator = sign_in(Client(), person(Role.SITE_COORDINATOR, stocked))
    receipt = coordinator.get(reverse("randomisation:result", args=["FR-05-001"])).content.decode()
    assert "Take another kit" not in receipt
    assert "Take the kit for injection 2" in receipt


@pytest.mark.parametrize("role", [Role.MONITOR, Role.SUPPLY_MANAGER, Role.AUDITOR])
def test_who_receives_no_kits_reads_and_records_nothing(stocked, given, role):
    client = sign_in(Client(), person(role))
    assert 'name="what"' not in page(client)
    assert client.post(LEAVE, sent(stocked, given)).status_code == 403
    assert client.get(FILE).status_code == 200


def account(client):
    answer = client.get(FILE)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="kits-FR-05.csv"'
    rows = csv.DictReader(io.StringIO(answer.content.decode()))
    return {row["number"]: row for row in rows}


def test_the_account_says_of_every_kit_where_it_came_from_and_went(pharmacist, stocked, given):
    broken = available(stocked)
    aside = reverse("randomisation:set_aside", args=["FR-05", broken])
    pharmacist.post(aside, {"reason": "=warm"})
    pharmacist.post(LEAVE, sent(stocked, given, reason="form 12"))
    found = account(pharmacist)
    with acting(SYSTEM):
        today = clinical_today(stocked).isoformat()
        here = Kit.objects.filter(centre=stocked).values_list("number", flat=True)
        assert set(found) == set(here)
    line = found[given]
    assert line | {"remark": "", "expires_on": ""} == {
        "number": given,
        "status": "returned",
        "shipment": "S-0001",
        "expires_on": "",
        "received_on": today,
        "dispensed_on": today,
        "participant": "FR-05-001",
        "visit": "INJ-01",
        "used": "yes",
        "left_on": today,
        "by": person(Role.PHARMACIST, stocked).name,
        "remark": "",
    }
    assert line["remark"] == f"{today} returned: form 12"
    assert found[broken]["remark"] == f"{today} quarantined: =warm"
    assert found[broken]["by"] == person(Role.PHARMACIST, stocked).name
    whole = available(stocked)
    assert (found[whole]["status"], found[whole]["remark"]) == ("available", "")


def test_the_account_tells_used_and_unused_apart(pharmacist, unused):
    assert account(pharmacist)[unused]["used"] == ""  # the injection is not entered
    with acting(SYSTEM):
        participant = Dispensing.objects.get().participant
        entry = Entry.objects.create(
            participant=participant,
            centre_id=participant.centre_id,
            visit="INJ-01",
            form="INJ",
            definition_id=study.current().pk,
            data={"injection": "not_given", "reason": "toxicity"},
            saved_at=now(),
        )
    assert account(pharmacist)[unused]["used"] == "no"
    with acting(SYSTEM), because("misread"):
        data = {"injection": "given", "kit": unused}
        Entry.objects.filter(pk=entry.pk).update(data=data, version=2)
    assert account(pharmacist)[unused]["used"] == "yes"
    for role in (Role.SUPPLY_MANAGER, Role.SPONSOR_MANAGER):  # who reads no casebook
        assert account(sign_in(Client(), person(role)))[unused]["used"] == ""
    assert account(sign_in(Client(), person(Role.MONITOR)))[unused]["used"] == "yes"
    with acting(SYSTEM), because("not there"):
        data = {"injection": "given", "kit": {"missing": "not_available"}}
        Entry.objects.filter(pk=entry.pk).update(data=data, version=3)
    assert account(pharmacist)[unused]["used"] == ""


def test_that_the_account_was_taken_is_in_the_trail(pharmacist, stocked):
    account(pharmacist)
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.trail WHERE act = 'export'")
        assert cursor.fetchone() == (1,)


def test_what_was_recorded_of_a_kit_is_not_changed(stocked, given):
    set_aside(given)
    for act in (
        "UPDATE randomisation_kitmove SET reason = 'x'",
        "DELETE FROM randomisation_kitmove",
    ):
        with (
            acting(SYSTEM),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)


def test_a_shipment_is_received_with_what_was_damaged_and_missing(pharmacist, stocked):
    allocations.deliver(4, start=40)
    with acting(SYSTEM):
        shipment = actions.ship_kits(centre=stocked, each=2, by=SYSTEM)
        numbers = sorted(shipment.kits.values_list("number", flat=True))
    arrived = reverse("randomisation:receive", args=["FR-05", shipment.number])
    both = {"damaged": numbers[:1], "missing": numbers[:2]}
    refused = pharmacist.post(arrived, both)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert f'name="missing" value="{numbers[1]}" checked' in text
    done = pharmacist.post(arrived, both | {"missing": numbers[1:2]}, follow=True)
    text = done.content.decode()
    assert f"Shipment {shipment.number} received: 2 available, 1 set aside, 1 missing." in text
    assert "Not in the box on arrival, " in text
    assert '<option value="missing">Missing (1)</option>' in text
    late = pharmacist.post(arrived, {"damaged": numbers[2:3]}).content.decode()
    assert f"was not kept: set kit {numbers[2]} aside" in late
    with acting(SYSTEM):
        today = clinical_today(stocked)
        Shipment.objects.filter(pk=shipment.pk).update(arrived_on=today - timedelta(days=3))
    assert account(pharmacist)[numbers[1]]["received_on"] == ""
    aside = reverse("randomisation:set_aside", args=["FR-05", numbers[1]])
    pharmacist.post(aside, {"reason": "found in the fridge of the ward"})
    assert account(pharmacist)[numbers[1]]["received_on"] == today.isoformat()
    assert account(pharmacist)[numbers[2]]["received_on"] == (today - timedelta(days=3)).isoformat()
