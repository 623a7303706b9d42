"""Back, and the same button again: what was sent already makes no second thing."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from analysis.models import Release
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people
from tests.people import PASSWORD

SYSTEM = Actor.system("tests")
ALREADY = "This was sent already"


@pytest.fixture
def statistician(clone):
    return people.sign_in(Client(), people.person(Role.TRIAL_STATISTICIAN))


def form(client: Client, **typed: str) -> dict[str, str]:
    """The form of a release as a page shows it, with the token of that page."""
    page = client.get(reverse("analysis:releases")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.partition("<main")[2])
    assert token
    return {"csrfmiddlewaretoken": token[1], "note": "For the report", "password": PASSWORD} | typed


def releases() -> int:
    with acting(SYSTEM):
        return Release.objects.count()


def test_the_same_form_twice_is_done_once_and_says_so(statistician):
    address, sent = reverse("analysis:releases"), form(statistician)
    first = statistician.post(address, sent)
    assert first.status_code == 302
    again = statistician.post(address, sent, follow=True)
    assert again.redirect_chain[-1][0] == first["Location"]
    assert ALREADY in again.content.decode()
    assert releases() == 1


def test_the_same_words_on_another_page_are_another_form(statistician):
    address = reverse("analysis:releases")
    for _ in range(2):
        assert statistician.post(address, form(statistician)).status_code == 302
    assert releases() == 2


def test_other_words_on_the_same_page_are_another_form(statistician):
    address, sent = reverse("analysis:releases"), form(statistician)
    statistician.post(address, sent)
    statistician.post(address, sent | {"note": "For the committee"})
    assert releases() == 2


def test_what_was_refused_may_be_sent_again(statistician):
    address, sent = reverse("analysis:releases"), form(statistician)
    assert statistician.post(address, sent | {"password": "wrong"}).status_code == 422
    assert statistician.post(address, sent).status_code == 302
    assert releases() == 1


def test_the_password_is_no_part_of_what_is_remembered(statistician):
    address, sent = reverse("analysis:releases"), form(statistician)
    statistician.post(address, sent)
    statistician.post(address, sent | {"password": "another"})
    assert releases() == 1


def test_of_another_session_nothing_is_known(statistician):
    address, sent = reverse("analysis:releases"), form(statistician)
    statistician.post(address, sent)
    other = people.sign_in(Client(), people.person(Role.TRIAL_STATISTICIAN))
    assert other.post(address, sent)["Location"] != statistician.post(address, sent)["Location"]
    assert releases() == 2
