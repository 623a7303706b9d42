"""One person has the same form open in two windows: neither writes over what the other typed."""

import re

import pytest
from django.test import Client

from crf.models import Draft, Entry
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.test_form import CONSENT, page

pytestmark = [pytest.mark.django_db, pytest.mark.promise("DI-02")]
PARTLY = {"signed": "yes", "version": "0"}
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


class Window:
    """A page of the form as a browser holds it: its own name, and the draft that it came with."""

    def __init__(self, client, address: str, name: str) -> None:
        self.client, self.address, self.name = client, address, name
        self.draft_of = drafted(client.get(address).content.decode())

    def named(self, typed: dict) -> dict:
        return PARTLY | typed | {"typed_in": self.name, "draft_of": self.draft_of}

    def types(self, **typed):
        return self.client.post(f"{self.address}draft/", self.named(typed), headers=FETCH)

    def saves(self, **typed):
        answer = self.client.post(self.address, self.named(typed))
        if answer.status_code != 302:
            self.draft_of = drafted(answer.content.decode())
        return answer


def drafted(markup: str) -> str:
    return re.search(r'name="draft_of" value="(.*?)"', markup)[1]


def kept(name: str = "information_version") -> str:
    with acting(Actor.system("tests")):
        return Draft.objects.get().raw[name][0]


def test_a_window_writes_over_its_own_draft_and_over_the_one_it_came_with(here, client):
    one = Window(client, page(here), "one")
    assert one.draft_of == ""
    assert one.types(information_version="1.0").status_code == 200
    assert one.types(information_version="1.1").status_code == 200
    two = Window(client, page(here), "two")
    assert two.draft_of == "one"
    assert two.types(information_version="2.0").status_code == 200
    assert kept() == "2.0"


def test_what_was_typed_in_another_window_is_not_written_over(here, client):
    one, two = (Window(client, page(here), name) for name in ("one", "two"))
    one.types(information_version="1.0")
    answer = two.types(information_version="2.0")
    assert answer.status_code == 409
    assert "You typed in this form in another window since" in answer.json()["detail"]
    assert kept() == "1.0"
    assert one.types(information_version="1.2").status_code == 200
    assert two.types(information_version="1.2").status_code == 200  # the same: nothing is lost


def test_a_save_shows_both_and_the_next_takes_what_stands_here(here, client):
    one, two = (Window(client, page(here), name) for name in ("one", "two"))
    one.types(information_version="1.0")
    whole = {name: value for name, value in CONSENT.items() if name != "signed"}
    answer = two.saves(**whole)
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    assert "you typed in this form in another window too" in text
    assert "there 1.0, here 2.1" in text
    assert 'value="2.1"' in text
    assert kept() == "1.0"
    with acting(Actor.system("tests")):
        assert not Entry.objects.filter(form="CONSENT").exists()
    assert two.saves(**whole).status_code == 302
    with acting(Actor.system("tests")):
        assert Entry.objects.get(form="CONSENT").data["information_version"] == "2.1"
        assert not Draft.objects.exists()


def test_a_refused_save_goes_on_in_the_same_window(here, client):
    one = Window(client, page(here), "one")
    answer = one.saves(consent_date="31/02/2016")
    assert answer.status_code == 422
    assert one.draft_of == "one"
    one.name = "one again"  # the page that was answered names itself anew
    assert one.types(consent_date="29/02/2016").status_code == 200
    assert kept("consent_date") == "29/02/2016"


def test_the_other_window_is_shown_where_a_value_cannot_be_read(here, client):
    one, two = (Window(client, page(here), name) for name in ("one", "two"))
    one.types(consent_date="tomorrow")
    answer = two.saves(consent_date="12/01/2016")
    assert answer.status_code == 409
    assert "there tomorrow, here 12 Jan 2016" in " ".join(answer.content.decode().split())


def test_a_colleagues_save_comes_first(here, client):
    """Then both sides are shown as ever, and the draft of the other window stays."""
    one, two = (Window(client, page(here), name) for name in ("one", "two"))
    other = people.person(Role.SITE_COORDINATOR, here.centre)
    colleague = people.sign_in(Client(), other)
    assert colleague.post(page(here), CONSENT | {"version": "0"}).status_code == 302
    one.types(information_version="1.0")
    answer = two.client.post(page(here), two.named({"information_version": "2.0"}))
    assert answer.status_code == 409
    assert "Two people changed this form" in answer.content.decode()
    assert kept() == "1.0"


def test_without_a_script_nothing_is_asked(here, client):
    assert client.post(f"{page(here)}draft/", PARTLY).status_code == 302
    assert client.post(page(here), CONSENT | {"version": "0"}).status_code == 302
