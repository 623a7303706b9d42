"""What was looked for in a list: shown again by its address, which says no word of it."""

import pytest
from django.test import Client

from reminet_site import searches
from reminet_site.roles import Role
from tests import people, world

pytestmark = pytest.mark.django_db
LISTS = [
    (Role.AUDITOR, "/trail/", {"participant": "FR-05-001", "person": "Jeanne"}),
    (Role.ADMINISTRATOR, "/people/", {"person": "Jeanne", "state": "open"}),
    (Role.DATA_MANAGER, "/queries/", {"who": "Jeanne", "state": "closed"}),
]


@pytest.fixture
def here():
    return world.small()


def browser(role, here):
    return people.sign_in(Client(), people.person(role, here.centre))


def sent(client, there, search):
    answer = client.post(there, search | {"find": "yes"})
    assert answer.status_code == 302
    return answer["Location"]


def boxes(answer):
    """What stands in the search form."""
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("role", "there", "search"), LISTS)
def test_a_search_has_an_address_that_says_none_of_it(here, role, there, search):
    """Asked for again, as Back and a reload do, it is the same list."""
    client = browser(role, here)
    address = sent(client, there, search)
    assert address == f"{there}?search=1"
    for _ in range(2):
        text = boxes(client.get(address))
        assert 'value="Jeanne"' in text
    assert 'value="Jeanne"' not in boxes(client.get(there))


def test_a_later_search_leaves_the_one_before(here):
    """Two tabs, or Back twice."""
    client = browser(Role.ADMINISTRATOR, here)
    first = sent(client, "/people/", {"person": "Jeanne"})
    second = sent(client, "/people/", {"person": "Paul"})
    assert first != second
    assert 'value="Jeanne"' in boxes(client.get(first))
    assert 'value="Paul"' in boxes(client.get(second))


def test_nothing_chosen_is_the_list_itself(here):
    client = browser(Role.DATA_MANAGER, here)
    assert sent(client, "/queries/", {"who": "", "state": ""}) == "/queries/"


@pytest.mark.parametrize("number", ["2", "0", "x", "\u00b2", "9" * 30])
def test_a_search_that_is_not_kept_is_said_and_the_list_is_whole(here, number):
    client = browser(Role.ADMINISTRATOR, here)
    sent(client, "/people/", {"person": "nobody at all"})
    text = boxes(client.get("/people/", {"search": number}))
    assert "This search is not kept any more. Give it once more." in text
    assert here.investigator.email in text


def test_a_search_belongs_to_its_page_and_its_session(here):
    one, two = browser(Role.DATA_MANAGER, here), browser(Role.DATA_MANAGER, here)
    address = sent(one, "/queries/", {"who": "Jeanne"})
    assert "not kept any more" in boxes(two.get(address))
    assert "not kept any more" in boxes(one.get("/trail/?search=1"))


def test_the_oldest_is_forgotten(here):
    client = browser(Role.ADMINISTRATOR, here)
    made = [sent(client, "/people/", {"person": f"n{n}"}) for n in range(searches.MOST + 1)]
    assert "not kept any more" in boxes(client.get(made[0]))
    assert 'value="n1"' in boxes(client.get(made[1]))


def test_what_is_kept_of_a_field_is_short(here):
    client = browser(Role.ADMINISTRATOR, here)
    address = sent(client, "/people/", {"person": "x" * 5000, "unknown": "y" * 5000})
    assert "x" * searches.LONGEST in boxes(client.get(address))
    assert len(str(dict(client.session))) < 1000
