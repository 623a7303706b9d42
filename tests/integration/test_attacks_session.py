"""Attacks on signing in, on sessions and on the password asked for again."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from reminet_site.roles import Role
from tests import people, world
from tests.architecture.test_crawl import TIED, address
from tests.integration.attack_routes import Browsers

pytestmark = [pytest.mark.django_db, pytest.mark.attack("sessions")]
WRONG = "not the password"


@pytest.fixture
def here(db):
    cache.clear()  # allauth counts there
    return world.small()


def sign_in(email, password=WRONG, **headers):
    form = {"login": email, "password": password}
    return Client(headers=headers).post("/sign-in/", form).status_code


SPELLINGS = {
    "the same": lambda email, n: (email, {}),
    "other capitals": lambda email, n: (email[:n] + email[n:].upper(), {}),
    "blanks": lambda email, n: (email + " " * n, {}),
    "forged addresses": lambda email, n: (email, {"X-Forwarded-For": f"10.0.0.{n}"}),
}


@pytest.mark.promise("SE-03")
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_guessing_a_password_locks_that_account_however_it_is_written(here, spelling):
    email = here.investigator.email
    answers = []
    for n in range(8):
        written, headers = spelling(email, n)
        answers.append(sign_in(written, **headers))
    assert answers[-1] == 429
    assert sign_in(email, people.PASSWORD) == 429


@pytest.mark.promise("SE-03")
def test_a_colleague_at_the_same_address_is_not_locked_out(here):
    """Everybody in a hospital may come from one address."""
    monitor = people.person(Role.MONITOR)
    for _ in range(8):
        sign_in(here.investigator.email)
    assert sign_in(monitor.email, people.PASSWORD) == 302


def forms_with_a_password(here):
    code = here.ids["code"]
    return {
        "token": ("/account/token/", {}, here.investigator),
        "opening of the blind": (
            reverse("analysis:trial_opening"),
            {"reason": "why"},
            people.person(Role.TRIAL_STATISTICIAN),
        ),
        "randomisation": (reverse("randomisation:gate", args=[code]), {}, here.investigator),
        "again": ("/account/again/", {}, here.investigator),
    }


@pytest.mark.promise("SE-05")
@pytest.mark.parametrize("where", ["token", "opening of the blind", "randomisation", "again"])
def test_a_stolen_session_cannot_guess_the_password(here, where):
    """After five wrong ones the right one is refused too, here and at sign-in."""
    path, form, user = forms_with_a_password(here)[where]
    client = people.sign_in(Client(), user)
    for n in range(6):
        client.post(path, form | {"password": f"{WRONG} {n}", "login": f"other{n}@example.org"})
    told = client.post(path, form | {"password": people.PASSWORD}).content.decode()
    assert "The password does not match" not in told
    assert sign_in(user.email, people.PASSWORD) == 429


@pytest.mark.promise("SE-03")
def test_codes_of_the_second_step_are_not_guessed(here):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(here.investigator, generate_totp_secret())
    client = Client()
    form = {"login": here.investigator.email, "password": people.PASSWORD}
    answer = client.post("/sign-in/", form)
    assert answer.status_code == 302, answer.content
    there = answer["Location"]
    texts = [client.post(there, {"code": f"{n:06d}"}).content.decode() for n in range(8)]
    assert "Too many" in texts[-1]


@pytest.mark.promise("SE-04")
def test_a_page_that_asks_by_itself_does_not_keep_a_session_alive(here, settings):
    import time

    client = people.sign_in(Client(), people.person(Role.TRIAL_STATISTICIAN))
    client.get("/account/")
    session = client.session
    session["seen"] = before = int(time.time()) - settings.SESSION_IDLE_SECONDS + 60
    session.save()
    client.get("/interim/progress/", headers={"X-Requested-With": "fetch"})
    assert client.session["seen"] == before


@pytest.mark.promise("SE-06")
def test_no_post_without_the_token_of_a_page(here):
    """Every address that takes a POST, with a session and no token: refused."""
    browsers = Browsers(here, enforce_csrf_checks=True)
    for name, rights in TIED:
        if "POST" in rights:
            answer = browsers[rights["POST"]].post(address(name, here.ids), {})
            assert answer.status_code == 403, name
    for path in ("/language", "/sign-in/", "/sign-out/"):
        assert Client(enforce_csrf_checks=True).post(path, {}).status_code == 403, path


@pytest.mark.promise("SE-06")
@pytest.mark.parametrize("header", ["token", "forged"])
def test_a_token_of_the_api_writes_nothing(here, header):
    from rest_framework.authtoken.models import Token

    key = Token.objects.create(user=here.investigator).key if header == "token" else "0" * 40
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Token {key}"})
    for name, rights in TIED:
        if "POST" in rights:
            assert client.post(address(name, here.ids), {}).status_code in (302, 401, 403), name
        elif not name.startswith(("analysis:api", "api_")):
            assert client.get(address(name, here.ids)).status_code in (302, 401), name


ABSENT = [
    "signup",
    "email",
    "password/reset",
    "password/set",
    "confirm-email",
    "inactive",
    "social/connections",
    "login/code",
    "3rdparty",
    "provider/callback",
    "admin",
]


@pytest.mark.parametrize("path", ABSENT)
def test_no_page_of_a_library_that_should_not_be_there(here, path):
    client = people.sign_in(Client(), here.investigator)
    for base in ("/", "/account/", "/accounts/", "/sign-in/"):
        assert client.get(f"{base}{path}/").status_code == 404


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete", "trace"])
def test_only_a_post_writes(here, method):
    """Every address, asked in every other way, with the parameters of a write."""
    before, browsers = trail_length(), Browsers(here)
    sent = {"reason": "why", "text": "why", "act": "close", "role": "auditor", "confirm": "yes"}
    for name, rights in TIED:
        client = browsers[rights.get("POST") or rights["GET"]]
        if method in ("get", "head"):
            client.get(address(name, here.ids), sent)
        else:
            getattr(client, method)(address(name, here.ids))
    assert trail_length() == before


def trail_length():
    from django.db import connections

    from reminet_site.context import Actor, acting

    with acting(Actor.system("tests")), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.trail WHERE relation ~ '^(crf|randomisation)_'")
        return cursor.fetchone()[0]
