"""A password alone signs nobody in."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse

from reminet_site.context import Actor, acting
from reminet_site.models import SecurityEvent, Session, User
from reminet_site.rights import IDENTITY_ROUTES
from reminet_site.second_step import BEFORE, ENROLMENT
from tests import people, world
from tests.architecture.test_crawl import TIED, address

pytestmark = [pytest.mark.django_db, pytest.mark.promise("SE-01")]
INDEX = "/account/second-step/"


@pytest.fixture
def here(db):
    cache.clear()
    return world.small()


def by_password(user):
    client = Client()
    form = {"login": user.email, "password": people.PASSWORD}
    return client, client.post("/sign-in/", form)


def code(secret):
    return auth.format_hotp_value(
        auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time()))
    )


def identity_address(name):
    return reverse(name, args=[1] if name in {"mfa_edit_webauthn", "mfa_remove_webauthn"} else [])


def routed(names):
    from tests.architecture.test_routes import routes

    known = {name for name, _ in routes()}
    return sorted(names & known)


def test_a_password_alone_reaches_enrolment_and_the_way_out(here):
    """Every address, with a session that only the password made."""
    client, answer = by_password(here.investigator)
    assert answer.status_code == 302
    for name, rights in TIED:
        for method in rights:
            if method == "HEAD":
                continue
            got = getattr(client, method.lower())(address(name, here.ids))
            assert got.status_code in (302, 401), f"{method} {name}"
            assert got.headers.get("Location", INDEX).startswith(INDEX), f"{method} {name}"
    for name in routed(IDENTITY_ROUTES - BEFORE - ENROLMENT):
        got = client.get(identity_address(name))
        assert got.status_code == 302, name
        assert got["Location"].startswith(INDEX), name
    assert client.get(INDEX).status_code == 200
    assert client.post("/sign-out/").status_code == 302


def test_a_draft_is_answered_with_a_sentence(here):
    client, _ = by_password(here.investigator)
    answer = client.get("/", headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 401
    assert "second step" in answer.json()["detail"]


def test_setting_up_an_authenticator_opens_the_work(here):
    """In the session in which it is set up, without typing the password twice; on record."""
    client, _ = by_password(here.investigator)
    page = client.get(INDEX + "totp/activate/")
    assert page.status_code == 200
    secret = client.session["mfa.totp.secret"]
    answer = client.post(INDEX + "totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302, answer.content
    assert client.get(reverse("crf:casebook", args=[here.participant.code])).status_code == 200
    assert SecurityEvent.objects.filter(kind="second step set up", user=here.investigator).exists()


def test_whoever_has_one_is_asked_for_it(here):
    people.enrol(here.investigator)
    client, answer = by_password(here.investigator)
    assert answer["Location"] == INDEX + "authenticate/"
    assert client.get("/").status_code == 302
    assert client.get("/")["Location"].startswith("/sign-in/")  # no session yet
    client.post(INDEX + "authenticate/", {"code": "000000"})
    assert client.get("/")["Location"].startswith("/sign-in/")
    client.post(INDEX + "authenticate/", {"code": people.code_of(here.investigator)})
    assert client.get(reverse("crf:casebook", args=[here.participant.code])).status_code == 200


def test_a_session_from_before_the_enrolment_is_asked_too(here):
    """It reaches neither the work nor the setting up of a second step of its own."""
    client, _ = by_password(here.investigator)
    people.enrol(here.investigator)
    for path in ("/", INDEX, INDEX + "webauthn/add/", INDEX + "totp/activate/"):
        assert client.get(path)["Location"].startswith(INDEX + "reauthenticate/"), path
    client.post(INDEX + "reauthenticate/", {"code": people.code_of(here.investigator)})
    assert client.get(reverse("crf:casebook", args=[here.participant.code])).status_code == 200


def test_the_last_second_step_stays(here):
    people.enrol(here.investigator)
    client = people.sign_in(Client(), here.investigator)
    session = client.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session["account_authentication_methods"][0]["at"] += 3600
    session.save()
    answer = client.post(INDEX + "totp/deactivate/", {})
    assert answer.status_code == 200
    assert Authenticator.objects.filter(user=here.investigator, type="totp").exists()


def test_the_shortcut_of_the_demonstration_exists_in_no_other_database(here):
    """The very account, with the very address and password: led to the second step."""
    with acting(Actor.system("tests")):
        user = User(email="investigator@demonstration.invalid", name="Investigator")
        user.password = people.hashed()
        user.save()
    client, _ = by_password(user)
    assert client.get("/")["Location"].startswith(INDEX)
    with pytest.raises(Exception, match="permission denied"), connections["default"].cursor() as c:
        c.execute("UPDATE reminet_site_deployment SET demonstration = true")


def test_no_setting_and_no_session_switches_the_shortcut_on(here, settings):
    settings.LOCAL = True
    user = here.investigator
    client, _ = by_password(user)
    session = client.session
    session["demonstration"] = True
    session.save()
    assert client.get("/")["Location"].startswith(INDEX)
    assert Session.objects.filter(user_id=user.pk).exists()
