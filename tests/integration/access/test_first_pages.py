"""Where each role begins, and which centre the frame stays at."""

import re

import pytest
from django.test import Client

from reminet_site.roles import Role
from tests import people, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    """Two centres; something to do at the second alone."""
    people.centre("BE-02", "Leuven")
    return world.small()


def first_page(role, where, address="/"):
    answer = people.sign_in(Client(), people.person(role, where)).get(address)
    assert answer.status_code == 302
    return answer["Location"]


@pytest.mark.parametrize("role", [Role.MONITOR, Role.DATA_MANAGER])
def test_who_raises_queries_begins_with_those_of_all_centres(two, role):
    assert first_page(role, two.centre) == "/queries/"


def test_the_auditor_begins_with_the_trail(two):
    assert first_page(Role.AUDITOR, two.centre) == "/trail/"


@pytest.mark.parametrize("role", [Role.PRINCIPAL_INVESTIGATOR, Role.SITE_COORDINATOR])
def test_who_enters_data_begins_with_the_work_list(two, role):
    assert first_page(role, two.centre) == "/centres/FR-05/"


@pytest.mark.parametrize("role", [Role.MONITOR, Role.DATA_MANAGER, Role.AUDITOR])
def test_a_centre_that_is_chosen_is_opened(two, role):
    assert first_page(role, two.centre, "/?centre=FR-05") == "/centres/FR-05/"


def test_a_centre_that_is_chosen_is_opened_by_who_reads_kits(two):
    assert first_page(Role.SPONSOR_MANAGER, two.centre, "/?centre=FR-05") == "/centres/FR-05/kits/"


@pytest.mark.parametrize(
    ("role", "seen", "later"),
    [
        (Role.MONITOR, "/participants/FR-05-001/", "/trail/"),
        (Role.MONITOR, "/centres/FR-05/kits/", "/accrual/"),
        (Role.MONITOR, "/centres/FR-05/team/", "/queries/"),
        (Role.AUDITOR, "/participants/FR-05-001/", "/trail/"),
        (Role.SPONSOR_MANAGER, "/centres/FR-05/kits/", "/accrual/"),
        (Role.DATA_MANAGER, "/participants/FR-05-001/SCR/CONSENT/1/", "/trial/"),
    ],
)
def test_the_frame_stays_at_the_centre_looked_at_last(two, role, seen, later):
    client = people.sign_in(Client(), people.person(role, two.centre))
    for path in (seen, later):
        answer = client.get(path)
        assert answer.status_code == 200, path
        links = re.findall(
            r'href="/centres/([A-Z]+-\d+)/(?:kits/|queries/|team/)"', answer.content.decode()
        )
        assert set(links) == {"FR-05"}, path
