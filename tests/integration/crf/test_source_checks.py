"""A monitor's word that an entry agrees with the source holds for what was compared, no longer."""

import re

import pytest
from django.test import Client

from crf.models import SourceCheck, TrialLock
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.test_form import CONSENT
from tests.integration.privacy.test_withdrawal import adverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    made = world.small()
    save(made.participant, "SCR", "CONSENT", CONSENT)
    return made


@pytest.fixture
def monitor(here):
    return people.sign_in(Client(), people.person(Role.MONITOR))


def page(here):
    return f"/participants/{here.participant.code}/SCR/CONSENT/1/"


def says(client, address):
    found = client.get(address).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def verifies(client, here, version=1, act="verify"):
    return client.post(f"{page(here)}source/", {"version": str(version), "act": act})


def kept():
    with acting(SYSTEM):
        return list(SourceCheck.objects.values_list("version", "verified"))


def changed(here, version=1):
    typed = CONSENT | {"information_version": "2.2"}
    save(here.participant, "SCR", "CONSENT", typed, version=version, reason="Read again")


def test_who_verified_and_when_stands_on_the_page(here, monitor):
    assert "Not verified against the source" in says(monitor, page(here))
    assert verifies(monitor, here).status_code == 302
    found = says(monitor, page(here))
    assert re.search(r"Verified against the source \d+ \w{3} \d{4}, Monitor", found)
    assert "Take the verification back" in found
    assert kept() == [(1, True)]


def test_a_later_save_shows_in_page_and_casebook(here, monitor):
    casebook = f"/participants/{here.participant.code}/"
    cell = "state-verified"
    verifies(monitor, here)
    assert cell in monitor.get(casebook).content.decode().partition("<tbody")[2]
    changed(here)
    assert cell not in monitor.get(casebook).content.decode().partition("<tbody")[2]
    assert "Changed since version 1 was verified" in says(monitor, page(here))
    verifies(monitor, here, version=2)
    assert kept() == [(1, True), (2, True)]


def test_what_was_saved_since_the_page_was_opened_is_not_verified(here, monitor):
    changed(here)
    response = verifies(monitor, here, version=1)
    assert response.status_code == 409
    assert b"Version 2 was saved since" in response.content
    assert kept() == []


def test_a_word_is_taken_back_and_said_once(here, monitor):
    verifies(monitor, here)
    assert verifies(monitor, here).status_code == 422
    assert verifies(monitor, here, act="back").status_code == 302
    assert verifies(monitor, here, act="back").status_code == 422
    assert kept() == [(1, True), (1, False)]
    assert "Not verified against the source" in says(monitor, page(here))


@pytest.mark.promise("AC-02")
@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.DATA_MANAGER, Role.AUDITOR])
def test_others_read_it_and_have_no_button(here, monitor, role):
    client = people.sign_in(Client(), people.person(role, here.centre))
    assert "verified" not in says(client, page(here)).lower()
    verifies(monitor, here)
    found = says(client, page(here))
    assert "Verified against the source" in found
    assert "Take the verification back" not in found
    assert verifies(client, here, act="back").status_code == 403


@pytest.mark.promise("DI-07")
def test_nothing_is_verified_after_the_lock(here, monitor):
    with acting(SYSTEM):
        TrialLock.objects.create(
            locked=True, reason="End", open_queries=0, at="2016-02-01T09:00Z", by=None
        )
    assert "Verified against the source" not in says(monitor, page(here))
    assert verifies(monitor, here).status_code == 422
    assert kept() == []


def test_a_page_without_an_entry_is_not_verified(here, monitor):
    empty = f"/participants/{here.participant.code}/SCR/DEMOG/1/source/"
    assert monitor.post(empty, {"version": "0", "act": "verify"}).status_code == 404


def test_the_centre_counts_what_is_verified_as_it_stands(here, monitor):
    home = f"/centres/{here.centre.code}/"
    assert "Forms verified 0 of 1" in says(monitor, home)
    verifies(monitor, here)
    assert "Forms verified 1 of 1" in says(monitor, home)
    changed(here)
    assert "Forms verified 0 of 1" in says(monitor, home)


def test_verified_and_next_leads_through_what_is_left(here, monitor):
    """By day, round to the beginning, then back to the casebook."""
    save(here.participant, "LOG", "AE", adverse("14/01/2016"))
    save(here.participant, "LOG", "AE", adverse("15/01/2016"), number=2)
    event = f"/participants/{here.participant.code}/LOG/AE/1/"

    def goes_on(address):
        sent = {"version": "1", "act": "verify", "then": "next"}
        return monitor.post(f"{address}source/", sent)["Location"]

    assert goes_on(event) == event.replace("AE/1", "AE/2")
    assert goes_on(event.replace("AE/1", "AE/2")) == page(here)
    assert goes_on(page(here)) == f"/participants/{here.participant.code}/"
    assert kept() == [(1, True)] * 3


def test_what_was_saved_since_it_was_verified_is_to_be_verified_again(here, monitor):
    casebook = f"/participants/{here.participant.code}/"
    verifies(monitor, here)
    assert "Verify again" not in says(monitor, casebook)
    changed(here)
    assert "Verify again" in says(monitor, casebook)
