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
    """A page of the form as a browser holds it: the name of what it sends, the draft it knows."""

    def __init__(self, client, address: str, name: str) -> None:
        self.client, self.address, self.own, self.sent = client, address, name, 0
        self.load()

    def load(self) -> None:
        self.takes(self.client.get(self.address))

    def takes(self, answer) -> None:
        """The page that was answered."""
        self.markup = answer.content.decode()
        self.draft_of, self.both_seen = drafted(self.markup), hidden(self.markup, "both_seen")

    def named(self, typed: dict) -> dict:
        name = f"{self.own}{self.sent}"
        found = PARTLY | typed | {"typed_in": name, "draft_of": self.draft_of}
        return found | ({"both_seen": self.both_seen} if self.both_seen else {})

    def types(self, *, answered: bool = True, **typed):
        named = self.named(typed)
        answer = self.client.post(f"{self.address}draft/", named, headers=FETCH)
        if answer.status_code == 200 and answered:
            self.draft_of, self.sent = named["typed_in"], self.sent + 1
        return answer

    def saves(self, **typed):
        answer = self.client.post(self.address, self.named(typed))
        if answer.status_code != 302:
            self.takes(answer)
        return answer

    @property
    def text(self) -> str:
        return " ".join(self.markup.split())


def hidden(markup: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="(.*?)"', markup)
    return found[1] if found else ""


def drafted(markup: str) -> str:
    return hidden(markup, "draft_of")


def kept(name: str = "information_version") -> str:
    with acting(Actor.system("tests")):
        return Draft.objects.get().raw[name][0]


def pair(client, here):
    return (Window(client, page(here), name) for name in ("one", "two"))


WHOLE = {name: value for name, value in CONSENT.items() if name != "signed"}


def test_a_window_writes_over_its_own_draft_and_over_the_one_it_came_with(here, client):
    one = Window(client, page(here), "one")
    assert one.draft_of == ""
    assert one.types(information_version="1.0").status_code == 200
    assert one.types(information_version="1.1").status_code == 200
    two = Window(client, page(here), "two")
    assert two.types(information_version="2.0").status_code == 200
    assert kept() == "2.0"


def test_what_was_typed_in_another_window_is_not_written_over(here, client):
    one, two = pair(client, here)
    one.types(information_version="1.0")
    answer = two.types(information_version="2.0")
    assert answer.status_code == 409
    assert "You typed in this form in another window since" in answer.json()["detail"]
    assert kept() == "1.0"
    assert one.types(information_version="1.2").status_code == 200
    assert two.types(information_version="1.2").status_code == 200  # the same: nothing is lost


def test_nor_what_was_typed_there_after_this_one_was_opened_with_its_draft(here, client):
    one = Window(client, page(here), "one")
    one.types(information_version="1.0")
    two = Window(client, page(here), "two")
    one.types(information_version="1.1")
    assert two.types(information_version="2.0").status_code == 409
    assert two.saves(**WHOLE).status_code == 409
    assert "there 1.1, here 2.1" in two.text
    assert kept() == "1.1"


def test_an_answer_that_was_lost_is_no_other_window(here, client):
    one = Window(client, page(here), "one")
    one.types(information_version="1.0", answered=False)
    assert one.types(information_version="1.1").status_code == 200
    one.types(information_version="1.2", answered=False)
    assert one.types(information_version="1.3").status_code == 200
    assert kept() == "1.3"


def test_a_save_shows_both_and_the_next_takes_what_stands_here(here, client):
    one, two = pair(client, here)
    one.types(information_version="1.0")
    assert two.saves(**WHOLE).status_code == 409
    assert "you typed in this form in another window too" in two.text
    assert "there 1.0, here 2.1" in two.text
    assert 'value="2.1"' in two.text
    with acting(Actor.system("tests")):
        assert not Entry.objects.filter(form="CONSENT").exists()
    assert two.types(**WHOLE).status_code == 409  # nothing is written over before it is saved
    assert kept() == "1.0"
    assert two.saves(**WHOLE).status_code == 302
    with acting(Actor.system("tests")):
        assert Entry.objects.get(form="CONSENT").data["information_version"] == "2.1"
        assert not Draft.objects.exists()


def test_what_was_typed_there_after_both_were_shown_is_shown_again(here, client):
    one, two = pair(client, here)
    one.types(information_version="1.0")
    two.saves(**WHOLE)
    one.types(information_version="1.1")
    assert two.saves(**WHOLE).status_code == 409
    assert "there 1.1, here 2.1" in two.text


def test_a_refused_save_goes_on_in_the_same_window(here, client):
    one = Window(client, page(here), "one")
    assert one.saves(consent_date="31/02/2016").status_code == 422
    assert one.draft_of == "one0"
    one.own = "again"  # the page that was answered names what it sends anew
    assert one.types(consent_date="29/02/2016").status_code == 200
    assert kept("consent_date") == "29/02/2016"


def test_a_refused_save_of_what_stands_here_after_both_were_shown(here, client):
    """It is the draft from then on: the person chose it."""
    one, two = pair(client, here)
    one.types(information_version="1.0")
    two.saves(**WHOLE)
    assert two.saves(**WHOLE | {"consent_date": "31/02/2016"}).status_code == 422
    assert kept("consent_date") == "31/02/2016"
    two.own = "again"
    assert two.saves(**WHOLE).status_code == 302


def test_the_other_window_is_shown_where_a_value_cannot_be_read(here, client):
    one, two = pair(client, here)
    one.types(consent_date="tomorrow")
    assert two.saves(consent_date="12/01/2016").status_code == 409
    assert "there tomorrow, here 12 Jan 2016" in two.text


def test_a_discarded_window_leaves_the_draft_of_the_other(here, client):
    one, two = pair(client, here)
    one.types(information_version="1.0")
    client.post(f"{page(here)}discard/", two.named({}))
    assert kept() == "1.0"
    assert b"What you typed in another window stays" in client.get(page(here)).content
    client.post(f"{page(here)}discard/", one.named({}))
    with acting(Actor.system("tests")):
        assert not Draft.objects.exists()


def colleague_saves(here):
    other = people.person(Role.SITE_COORDINATOR, here.centre)
    colleague = people.sign_in(Client(), other)
    assert colleague.post(page(here), CONSENT | {"version": "0"}).status_code == 302


def test_a_colleagues_save_comes_first(here, client):
    """Both sides are shown as ever, and that the draft is that of the other window; a save says so
    again where more was typed there meanwhile, and takes its place then."""
    one, two = pair(client, here)
    colleague_saves(here)
    one.types(information_version="1.0")
    assert two.saves(**WHOLE | {"information_version": "2.0"}).status_code == 409
    assert "Two people changed this form" in two.text
    assert "In another window you typed in this form too" in two.text
    assert kept() == "1.0"
    merge = {"version": "1", "base_version": "0", "merge": "1", "change_reason": "Misread",
             "keep.information_version": "mine"}  # fmt: skip
    one.types(information_version="1.1")
    two.sent += 1
    assert two.saves(**WHOLE | merge | {"information_version": "2.0"}).status_code == 409
    assert kept() == "1.1"
    assert two.saves(**WHOLE | merge | {"information_version": "2.0"}).status_code == 302
    with acting(Actor.system("tests")):
        assert Entry.objects.get(form="CONSENT").data["information_version"] == "2.0"


def test_a_conflict_that_is_sent_twice_is_saved_once(here, client):
    one = Window(client, page(here), "one")
    colleague_saves(here)
    typed = WHOLE | {"information_version": "2.0"}
    assert one.saves(**typed).status_code == 409
    assert "What you typed is kept as a draft." in one.text
    merge = {"version": "1", "base_version": "0", "merge": "1", "change_reason": "Misread",
             "keep.information_version": "mine"}  # fmt: skip
    assert one.saves(**typed | merge).status_code == 302
    assert one.saves(**typed | merge).status_code == 302
    with acting(Actor.system("tests")):
        assert Entry.objects.get(form="CONSENT").version == 2
        assert not Draft.objects.exists()


def test_without_a_script_nothing_is_asked(here, client):
    assert client.post(f"{page(here)}draft/", PARTLY).status_code == 302
    assert client.post(page(here), CONSENT | {"version": "0"}).status_code == 302
