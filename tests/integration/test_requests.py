"""What every answer carries, and what every request is held to."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from reminet_site.models import SecurityEvent
from reminet_site.roles import Role
from tests import people, world

pytestmark = pytest.mark.django_db
PAGES = ["/sign-in/", "/nothing/", "/health", "/static/reminet/css/base.css", "/"]


@pytest.fixture
def here():
    return world.small()


@pytest.mark.promise("SE-06")
@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(path):
    response = Client().get(path)
    csp = response["Content-Security-Policy"]
    assert "default-src 'none'" in csp
    assert "unsafe" not in csp
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.promise("SE-08")
def test_clinical_pages_are_not_stored(here):
    client = people.sign_in(Client(), here.investigator)
    for name in ("crf:casebook", "crf:centre_home"):
        args = [here.ids["code" if name == "crf:casebook" else "centre"]]
        assert client.get(reverse(name, args=args))["Cache-Control"] == "no-store"


@pytest.mark.promise("SE-04")
def test_an_idle_session_ends(here, settings):
    client = people.sign_in(Client(), here.investigator)
    assert client.get("/account/").status_code == 200
    session = client.session
    session["seen"] = int(time.time()) - settings.SESSION_IDLE_SECONDS - 5
    session.save()
    assert client.get("/account/").status_code == 302


@pytest.mark.promise("SE-04")
def test_a_session_ends_after_its_longest_time(here, settings):
    client = people.sign_in(Client(), here.investigator)
    client.get("/account/")
    session = client.session
    session["began"] = int(time.time()) - settings.SESSION_COOKIE_AGE - 5
    session.save()
    assert client.get("/account/").status_code == 302


@pytest.mark.promise("AC-07")
def test_a_revoked_right_ends_at_the_next_request(here):
    from reminet_site import actions
    from reminet_site.context import Actor, acting

    client = people.sign_in(Client(), here.investigator)
    address = reverse("crf:casebook", args=[here.participant.code])
    assert client.get(address).status_code == 200
    by = Actor.system("tests")
    with acting(by):
        actions.revoke(grant=here.investigator.grants.get(), reason="left the centre", by=by)
    assert client.get(address).status_code == 403


def test_a_closed_account_is_out_at_the_next_request(here):
    from reminet_site.context import Actor, acting

    client = people.sign_in(Client(), here.investigator)
    with acting(Actor.system("tests")):
        here.investigator.is_active = False
        here.investigator.save()
    assert client.get("/account/").status_code == 302


def test_a_changed_password_ends_other_sessions(here):
    client = people.sign_in(Client(), here.investigator)
    assert client.get("/account/").status_code == 200
    here.investigator.set_password("another long password")
    here.investigator.save(update_fields=["password"])
    assert client.get("/account/").status_code == 302


@pytest.mark.promise("SE-03")
def test_repeated_failures_lock_and_are_kept():
    admin = people.person(Role.ADMINISTRATOR)
    form = {"login": admin.email, "password": "not the password"}
    codes = [Client().post("/sign-in/", form).status_code for _ in range(6)]
    assert codes[-1] == 429
    assert SecurityEvent.objects.filter(kind="locked out").exists()
    right = {"login": admin.email, "password": people.PASSWORD}
    assert Client().post("/sign-in/", right).status_code == 429


@pytest.mark.promise("SE-03")
def test_a_known_and_an_unknown_address_are_answered_alike():
    admin = people.person(Role.ADMINISTRATOR)
    texts = []
    for email in (admin.email, "nobody.at.all@example.org"):
        response = Client().post("/sign-in/", {"login": email, "password": "wrong"})
        texts.append((response.status_code, response.content.decode().count(email)))
    assert texts[0] == texts[1]


def test_a_token_opens_the_api_and_nothing_else(here):
    from rest_framework.authtoken.models import Token

    token = Token.objects.create(user=here.investigator)
    client = Client(headers={"Authorization": f"Token {token.key}"})
    assert client.get("/api/schema/").status_code == 200
    assert client.get("/account/").status_code == 302
    assert (
        Client(headers={"Authorization": "Token nonsense"}).get("/api/schema/").status_code == 401
    )


def test_a_post_without_the_token_of_the_page_is_refused(here):
    client = people.sign_in(Client(enforce_csrf_checks=True), here.investigator)
    response = client.post("/density", {"density": "roomy"})
    assert response.status_code == 403
    assert b"Load it again" in response.content


def test_the_address_of_an_act_opened_by_itself_says_where_to_go(here):
    client = people.sign_in(Client(), people.person(Role.DATA_MANAGER))
    answer = client.get(reverse("analysis:trial_lock"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Go to the page of the form" in answer.text
