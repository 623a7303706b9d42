"""Back, and the same button again: what was sent already makes no second thing."""

import re
import time

import pytest
from django.test import Client
from django.urls import reverse

from analysis.models import Release
from reminet_site import once
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people
from tests.people import PASSWORD

SYSTEM = Actor.system("tests")
ALREADY = "is not done a second time"


@pytest.fixture
def statistician(clone):
    return people.sign_in(Client(), people.person(Role.TRIAL_STATISTICIAN))


def form(client: Client, **typed: str) -> dict[str, str]:
    """The form of a release as a page shows it, with the token of that page: a browser loads the
    page again after Back, and keeps what was typed."""
    page = client.get(reverse("analysis:releases")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.partition("<main")[2])
    assert token
    return {"csrfmiddlewaretoken": token[1], "note": "For the report", "password": PASSWORD} | typed


def post(client: Client, **typed: str):
    return client.post(reverse("analysis:releases"), form(client, **typed), follow=True)


def releases() -> int:
    with acting(SYSTEM):
        return Release.objects.count()


def test_the_same_again_is_done_once_and_says_so(statistician):
    first, again = post(statistician), post(statistician)
    assert again.redirect_chain == first.redirect_chain
    assert ALREADY in again.content.decode()
    assert ALREADY not in first.content.decode()
    assert releases() == 1


def test_other_words_are_another_form(statistician):
    post(statistician)
    post(statistician, note="For the committee")
    assert releases() == 2


def test_after_ten_minutes_the_same_words_are_meant(statistician, monkeypatch):
    post(statistician)
    began = time.time()
    monkeypatch.setattr(once.time, "time", lambda: began + once.AGAIN + 1)
    post(statistician)
    assert releases() == 2


def test_what_was_refused_may_be_sent_again(statistician):
    address = reverse("analysis:releases")
    refused = statistician.post(address, form(statistician, password="wrong"))
    assert refused.status_code == 422
    post(statistician)
    assert releases() == 1


def test_of_another_session_nothing_is_known(statistician):
    post(statistician)
    post(people.sign_in(Client(), people.person(Role.TRIAL_STATISTICIAN)))
    assert releases() == 2
