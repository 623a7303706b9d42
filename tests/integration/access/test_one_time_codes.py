"""A code of an authenticator: one step of tolerance, and each code once."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client

from reminet_site.roles import Role
from tests import people

pytestmark = [pytest.mark.django_db, pytest.mark.promise("SE-01")]
SECRET = auth.generate_totp_secret()
NOON = 1_800_000_000  # the first second of a step
STEP = 30


@pytest.fixture
def user(db, monkeypatch):
    cache.clear()
    monkeypatch.setattr(auth.time, "time", lambda: NOON)
    found = people.person(Role.AUDITOR)
    TOTP.activate(found, SECRET)
    return found


def code(steps):
    """Of so many steps from now on."""
    return auth.format_hotp_value(auth.hotp_value(SECRET, NOON // STEP + steps))


def signs_in(user, sent):
    """True where password and code open a session; each time a process that remembers nothing."""
    cache.clear()
    client = Client()
    client.post("/sign-in/", {"login": user.email, "password": people.PASSWORD})
    client.post("/account/second-step/authenticate/", {"code": sent})
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(user, steps, good):
    assert signs_in(user, code(steps)) is good


def test_a_code_is_taken_once_within_its_window(user):
    assert signs_in(user, code(0))
    assert not signs_in(user, code(0))
    assert signs_in(user, code(1))


def test_it_is_taken_once_however_long_allauth_remembers(user, monkeypatch):
    assert signs_in(user, code(1))
    monkeypatch.setattr(auth.time, "time", lambda: NOON + 2 * STEP - 1)
    assert not signs_in(user, code(1))


def test_an_older_code_is_not_taken_after_a_newer_one(user):
    assert signs_in(user, code(1))
    assert not signs_in(user, code(0))
    assert not signs_in(user, code(-1))


def test_nor_where_the_code_is_asked_for_again(user):
    client = people.sign_in(Client(), user, second_step=False)
    assert signs_in(user, code(0))
    client.post("/account/second-step/reauthenticate/", {"code": code(0)})
    assert client.get("/account/").status_code == 302
    client.post("/account/second-step/reauthenticate/", {"code": code(1)})
    assert client.get("/account/").status_code == 200


def test_the_code_that_set_it_up_signs_nobody_in(user):
    Authenticator.objects.filter(user=user).delete()
    client = Client()
    client.post("/sign-in/", {"login": user.email, "password": people.PASSWORD})
    client.get("/account/second-step/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    first = auth.format_hotp_value(auth.hotp_value(secret, NOON // STEP))
    client.post("/account/second-step/totp/activate/", {"code": first})
    assert client.get("/account/").status_code == 200
    assert not signs_in(user, first)
