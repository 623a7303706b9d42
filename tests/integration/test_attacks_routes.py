"""Attacks on every address: ids, methods, forged forms, sessions, tokens."""

import pytest
from django.test import Client

from reminet_site.context import acting
from reminet_site.roles import RIGHTS, Role, Verb
from tests import people, world
from tests.architecture.test_crawl import address
from tests.integration.attack_routes import (
    SYSTEM,
    Browsers,
    every,
    holder,
    rows,
    tied,
    trail_length,
    undone,
)

REFUSED = {301, 302, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}

pytestmark = [pytest.mark.django_db, pytest.mark.campaign]


@pytest.fixture
def here(attacked):
    return attacked


# -- ids ---------------------------------------------------------------------------------


@pytest.mark.attack("foreign ids")
@pytest.mark.promise("AC-02")
@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.SITE_COORDINATOR, Role.PHARMACIST])
def test_no_guessed_id_opens_another_centre(here, tried, role):
    """Each parameter of each address set to what the other centre has, and to guesses."""
    there = world.small("FR-11", "Beaune")
    client = people.sign_in(Client(raise_request_exception=False), people.person(role, here.centre))
    guesses = {
        "pk": [there.ids["pk"], 0, 1, 2, 3, 2**31, 2**63 - 1],
        "code": [there.ids["code"], "FR-11-002", "fr-11-001", "FR-11-001%20", "%25"],
        "centre": ["FR-11", "fr-11", "FR-11%00", "%25", "FR-1_"],
        "number": [2, 999, "S-FR-11-1"],
        "name": ["release-1", "%25"],
        "visit": ["SCR-02", "%25"],
        "form": ["DEATH", "%25"],
        "item": ["sex", "%25"],
    }
    for name, rights, usual in every(here):
        for method in ("get", "post"):
            verb = (rights or {}).get(method.upper())
            if verb not in RIGHTS[role]:
                continue
            for param, values in guesses.items():
                for value in values:
                    try:
                        one = address(name, here.ids | {param: value})
                    except Exception:
                        continue  # no such address
                    if one == usual:
                        continue
                    with undone():
                        answer = getattr(client, method)(one)
                        tried(one)
                        body = answer.content.decode(errors="replace")
                        assert answer.status_code < 500, one
                        assert "Beaune" not in body, one
                        if param in ("code", "centre") and "FR-11" in str(value).upper():
                            assert answer.status_code == 404, one


# -- methods -----------------------------------------------------------------------------

OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


@pytest.mark.attack("methods")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
def test_no_other_method_does_anything(here, tried, method):
    before, browsers = trail_length(), Browsers(here, raise_request_exception=False)
    for name, rights, there in every(here):
        verb = next(iter((rights or {}).values()), Verb.SIGNED_IN)
        answer = browsers[verb].generic(method, there, b"act=close&text=x&role=auditor")
        tried(there)
        assert answer.status_code in REFUSED | ({200} if rights is None else set()), name
        assert b"TRACE" not in answer.content
    assert trail_length() == before


@pytest.mark.attack("methods")
@pytest.mark.parametrize("header", OVERRIDES)
def test_no_header_or_field_makes_a_get_a_post(here, tried, header):
    before = trail_length()
    for name, there, client in tied(here, "GET"):
        sent = {"_method": "POST", "method": "POST", "text": "x", "act": "close", "reason": "why"}
        answer = client.get(there, sent, headers={header: "POST"})
        tried(there)
        assert answer.status_code < 500, name
    assert trail_length() == before


# -- tokens of forms ---------------------------------------------------------------------

ORIGINS = {
    "no token": ({}, {}),
    "a made-up token": ({"csrfmiddlewaretoken": "a" * 32}, {}),
    "a header alone": ({}, {"X-CSRFToken": "b" * 32}),
    "another origin": ({"csrfmiddlewaretoken": "c" * 32}, {"Origin": "https://evil.example"}),
    "no origin": ({"csrfmiddlewaretoken": "c" * 32}, {"Origin": "null"}),
}


@pytest.mark.attack("forged forms")
@pytest.mark.promise("SE-06")
@pytest.mark.parametrize(("form", "headers"), ORIGINS.values(), ids=ORIGINS.keys())
def test_no_form_from_elsewhere_is_taken(here, tried, form, headers):
    before = trail_length()
    for name, rights, there in every(here):
        if rights is not None and rights and "POST" not in rights:
            continue
        verb = (rights or {}).get("POST", Verb.SIGNED_IN)
        client = people.sign_in(Client(enforce_csrf_checks=True), holder(verb, here))
        if "Origin" in headers:
            client.cookies["csrftoken"] = "c" * 32
        answer = client.post(there, form, headers=headers)
        tried(there)
        assert answer.status_code in (403, 405) or name in CHECKED_LATER, name
    assert trail_length() == before


# Redirected to the first step before any form is read: nobody is half signed in.
CHECKED_LATER = {"mfa_authenticate", "mfa_login_webauthn"}


# -- sessions ----------------------------------------------------------------------------


@pytest.mark.attack("sessions")
@pytest.mark.promise("SE-04")
def test_a_planted_session_is_not_the_one_signed_in(here):
    client = Client()
    client.cookies["sessionid"] = "planted0planted0planted0planted0"
    form = {"login": here.investigator.email, "password": people.PASSWORD}
    assert client.post("/sign-in/", form).status_code == 302
    assert client.cookies["sessionid"].value != "planted0planted0planted0planted0"
    planted = Client()
    planted.cookies["sessionid"] = "planted0planted0planted0planted0"
    assert planted.get("/account/").status_code == 302


def signed_out(client, user):
    client.post("/sign-out/")


def new_password(client, user):
    user.set_password("another long password")
    user.save(update_fields=["password"])


def closed(client, user):
    with acting(SYSTEM):
        user.is_active = False
        user.save(update_fields=["is_active"])


@pytest.mark.attack("sessions")
@pytest.mark.promise("AC-07")
@pytest.mark.parametrize("end", [signed_out, new_password, closed])
def test_an_ended_session_opens_no_address(here, tried, end):
    """The cookie of before, kept by somebody else, at every address and with both methods."""
    client = people.sign_in(Client(), here.investigator)
    kept = client.cookies["sessionid"].value
    assert client.get("/account/").status_code == 200
    end(client, here.investigator)
    thief = Client()
    thief.cookies["sessionid"] = kept
    for name, rights, there in every(here):
        for method in ("GET", "POST"):
            if not rights or method not in rights:
                continue
            answer = thief.generic(method, there)
            tried(there)
            assert answer.status_code in (302, 401), f"{method} {name}"
            assert "/sign-in/" in answer.headers.get("Location", "/sign-in/")


# -- roles -------------------------------------------------------------------------------


@pytest.mark.attack("escalation")
@pytest.mark.promise("AC-01")
@pytest.mark.parametrize("role", list(Role))
def test_a_token_gives_no_more_than_its_role(here, tried, role):
    """The token of each role at every address, with both methods: the API's reads, nothing else."""
    from rest_framework.authtoken.models import Token

    user = people.person(role, here.centre)
    key = Token.objects.create(user=user).key
    client = Client(raise_request_exception=False, headers={"Authorization": f"Token {key}"})
    grants = rows("reminet_site_grant")
    for name, rights, there in every(here):
        for method in ("GET", "POST"):
            verb = (rights or {}).get(method)
            if verb is None:
                continue
            sent = {"role": "administrator", "as_role": "auditor", "user": "1", "centre": "FR-11"}
            with undone():
                answer = getattr(client, method.lower())(there, sent)
            tried(there)
            if not there.startswith("/api/"):
                assert answer.status_code in (302, 401, 403), f"{method} {name}"
            elif verb is not Verb.SIGNED_IN and verb not in RIGHTS[role]:
                assert answer.status_code == 403, name
    assert rows("reminet_site_grant") == grants
