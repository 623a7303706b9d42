"""One list of queries over every centre of the reader: filtered, by key, in constant statements."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import reads_queries
from crf.models import DataQuery
from reminet_site.clock import clinical_now
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people, world

pytestmark = pytest.mark.django_db
ADDRESS = "/queries/"


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def there(here):
    return world.small("FR-11", "Beaune")


def client_of(role, here):
    return people.sign_in(Client(), people.person(role, here.centre))


def ask(client, **wanted):
    return shown(client.post(ADDRESS, wanted, follow=True))


def shown(response):
    assert response.status_code == 200
    return response.content.decode()


def change(pk, **values):
    with acting(Actor.system("tests")):
        DataQuery.objects.filter(pk=pk).update(**values)


def more(here, count):
    with acting(Actor.system("tests")):
        one = DataQuery.objects.get(pk=here.ids["pk"])
        for _ in range(count):
            one.pk = None
            one.save(force_insert=True)


@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.MONITOR])
def test_queries_of_every_centre_are_in_one_list(here, there, role):
    text = ask(client_of(role, here))
    assert here.participant.code in text
    assert there.participant.code in text
    assert "CHU Dijon" in text
    assert "Beaune" in text


def test_it_is_filtered_by_centre(here, there):
    text = ask(client_of(Role.DATA_MANAGER, here), centre="FR-11")
    assert there.participant.code in text
    assert f">{here.participant.code}<" not in text


@pytest.mark.parametrize(
    ("state", "seen"), [("", True), ("open", False), ("answered", True), ("closed", False)]
)
def test_it_is_filtered_by_state(here, state, seen):
    change(here.ids["pk"], state="answered")
    text = ask(client_of(Role.DATA_MANAGER, here), state=state)
    assert (here.participant.code in text) is seen


def test_it_is_filtered_by_age_and_by_who_asked(here):
    client = client_of(Role.DATA_MANAGER, here)
    assert "No query of your centres" in ask(client, age="30")
    change(here.ids["pk"], raised_at=clinical_now() - timedelta(days=40))
    assert here.participant.code in ask(client, age="30")
    assert here.participant.code in ask(client, who="monitor")
    assert "No query of your centres" in ask(client, who="check")


def test_the_next_page_comes_by_key(here):
    more(here, reads_queries.PAGE)
    client = client_of(Role.DATA_MANAGER, here)
    first = ask(client, who="monitor")
    assert first.count('<tr role="row"><th role="rowheader"') == reads_queries.PAGE
    [further] = re.findall(r'href="(\?[^"]*after=[^"]*)"', first)
    second = shown(client.get(ADDRESS + html.unescape(further)))
    assert second.count('<tr role="row"><th role="rowheader"') == 1


def test_the_statements_do_not_grow_with_the_list(here):
    client = client_of(Role.DATA_MANAGER, here)

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            ask(client)
        return len(seen)

    statements()
    few = statements()
    more(here, 30)
    assert statements() == few


def test_a_centre_has_its_own_list_and_not_this_one(here):
    assert client_of(Role.INVESTIGATOR, here).get(ADDRESS).status_code == 403
