"""The casebook tells of randomisation, kits and unblinding, each to who may know it, and no arm."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf.models import Participant
from crf.presenters.recent import NEWEST, Happening, lasting, recent
from randomisation import actions, unblinding
from randomisation.models import Dispensing
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import people
from tests.allocations import SYSTEM

BROKEN = "The blind of this participant was broken: "
SHOWN = "Emergency unblinding: the arm was shown once"
ARMS = ("lanreotide", "placebo")
KNOW = {
    Role.PRINCIPAL_INVESTIGATOR,
    Role.INVESTIGATOR,
    Role.MONITOR,
    Role.DATA_MANAGER,
    Role.SAFETY_PHYSICIAN,
    Role.AUDITOR,
}
AT_CENTRE = {Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR, Role.SITE_COORDINATOR}


@pytest.fixture
def physician(dijon):
    return people.person(Role.INVESTIGATOR, dijon)


def unblinded(participant, physician):
    by = Actor.of(physician, Verb.UNBLIND)
    with acting(by):
        mine = Participant.objects.select_related("centre").get(pk=participant.pk)
    return unblinding.unblind(participant=mine, reason="Anaphylaxis", by=by)


def casebook(role, dijon, participant):
    client = people.sign_in(Client(), people.person(role, dijon if role in AT_CENTRE else None))
    response = client.get(f"/participants/{participant.code}/")
    assert response.status_code == 200
    return response.content.decode()


def listed(text):
    """What the list of recent acts says, newest first."""
    found = re.search(r'<ol class="timeline">(.*?)</ol>\s*</div>\s*</section>\s*</div>', text, re.S)
    assert found is not None
    return re.findall(r'<span class="change">(.*?)</span>', found[1])


def test_all_stand_in_one_list_in_the_order_of_time(treated, physician, dijon):
    one = treated[0]
    with acting(SYSTEM):
        first = Dispensing.objects.get(participant=one).kit.number
        second = actions.dispense(participant=one, visit="INJ-02", by=SYSTEM).kit.number
    unblinded(one, physician)
    said = listed(casebook(Role.PRINCIPAL_INVESTIGATOR, dijon, one))
    assert said[0] == SHOWN
    assert said[1] == f"Kit {second} taken for injection 2"
    assert f"Kit {first} taken for injection 1" in said
    assert f"Randomised: number {one.randomisation_number}" in said
    assert "Consent, screening entered" in said
    assert len(said) == 5


@pytest.mark.promise("BL-06")
@pytest.mark.parametrize(
    "role", sorted(KNOW | {Role.SITE_COORDINATOR}, key=lambda role: role.value)
)
def test_a_broken_blind_is_told_to_who_may_know_and_no_arm_to_anybody(
    treated, physician, dijon, role
):
    unblinded(treated[0], physician)
    text = casebook(role, dijon, treated[0])
    told = BROKEN in text and physician.name in text
    assert told is (role in KNOW)
    assert (SHOWN in text) is (role in KNOW)
    assert "Anaphylaxis" not in text
    blind = text.replace("Lanreotide against placebo", "")
    assert not [word for word in ARMS if word in blind.lower()]
    assert BROKEN not in casebook(role, dijon, treated[1])


def test_an_unblinding_that_showed_nothing_breaks_nothing(treated, physician, dijon):
    by = Actor.of(physician, Verb.UNBLIND)
    with acting(by):
        mine = Participant.objects.select_related("centre").get(pk=treated[0].pk)
        unblinding.record_unblinding(
            participant=mine, reason="Anaphylaxis", token=uuid.uuid4(), by=by
        )
    text = casebook(Role.INVESTIGATOR, dijon, treated[0])
    assert BROKEN not in text
    assert "Emergency unblinding asked for; no arm was shown" in text


def test_an_envelope_that_was_opened_is_told_with_its_own_time(treated, dijon):
    at = datetime(2020, 3, 2, 3, 12, tzinfo=UTC)
    with acting(SYSTEM):
        mine = Participant.objects.select_related("centre").get(pk=treated[0].pk)
        unblinding.record_envelope(participant=mine, who="Dr Night", why="Shock", at=at, by=SYSTEM)
    text = casebook(Role.INVESTIGATOR, dijon, treated[0])
    assert f"{BROKEN}2 Mar 2020, 04:12, by envelope, while the service was down." in text


def test_kits_are_told_to_who_may_open_the_receipt(treated, dijon):
    with acting(SYSTEM):
        kit = Dispensing.objects.get(participant=treated[0]).kit.number
    for role, knows in ((Role.DATA_MANAGER, True), (Role.SAFETY_PHYSICIAN, False)):
        text = casebook(role, dijon, treated[0])
        assert (f"Kit {kit} taken" in text) is knows
        assert f"Randomised: number {treated[0].randomisation_number}" in text


def test_the_statements_of_a_casebook_do_not_grow_with_what_happened(treated, physician, dijon):
    client = people.sign_in(Client(), people.person(Role.PRINCIPAL_INVESTIGATOR, dijon))
    address = f"/participants/{treated[0].code}/"

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    statements()
    few = statements()
    with acting(SYSTEM):
        actions.dispense(participant=treated[0], visit="INJ-02", by=SYSTEM)
    unblinded(treated[0], physician)
    assert statements() == few


def at(minute):
    return datetime(2020, 3, 2, 10, minute, tzinfo=UTC)


def test_the_list_is_short_and_the_newest_come_first():
    told = [Happening(at(n), "A", f"act {n}") for n in range(20)]
    shown = recent(told, "Europe/Paris", at(0).date())
    assert [one.what for one in shown] == [f"act {n}" for n in range(19, 19 - NEWEST, -1)]
    assert shown[0].when == "today 11:19"


def test_what_lasts_is_said_from_its_beginning_on_however_long_ago():
    told = [Happening(at(2), "A", "again", "second"), Happening(at(1), "A", "once", "first")]
    assert lasting([*told, Happening(at(3), "A", "other")]) == ("first", "second")
