"""Attacks by input: whatever is typed, posted or asked for, the answer is never a fault."""

from contextlib import suppress

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch

from reminet_site.roles import RIGHTS, Role, Verb
from tests import people, world
from tests.architecture.test_crawl import TIED, address

pytestmark = [pytest.mark.django_db, pytest.mark.attack("odd input"), pytest.mark.campaign]

ODD = {
    "nul": "\0",
    "nul inside": "a\0b",
    "superscript digit": "²",
    "arabic digit": "٣",
    "thirty digits": "9" * 30,
    "five thousand digits": "9" * 5000,
    "negative": "-1",
    "nought": "0",
    "long": "é" * 5000,
    "sql": "' OR 1=1; DROP TABLE crf_entry --",
    "path": "../../../etc/passwd",
    "encoded path": "..%2f..%2fetc%2fpasswd",
    "template": "{{7*7}}${7*7}",
    "script": "<script>alert(1)</script>",
    "header": "x\r\nSet-Cookie: a=b",
    "not a number": "NaN",
    "infinite": "Infinity",
    "exponent": "1e999999999",
    "impossible day": "2019-13-45",
    "unseen": "\u200b",
    "half a pair": "\ud7ff",
}
NAMES = [
    "version",
    "base_version",
    "merge",
    "number",
    "code",
    "visit",
    "form",
    "item",
    "text",
    "act",
    "next",
    "then",
    "add",
    "remove",
    "keep.consent_date",
    "change_reason",
    "reason",
    "token",
    "confirm",
    "damaged",
    "each",
    "low",
    "high",
    "since",
    "screened_on",
    "next_code",
    "factor",
    "corrected",
    "note",
    "arms",
    "revoke",
    "role",
    "centre",
    "email",
    "name",
    "density",
    "language",
    "state",
]
ASKED = ["code", "look", "seen", "centre", "state", "next", "lang", "format", "day", "q", "page"]


SINGLY = ("crf:form", "crf:draft", "crf:raise_query", "person")


@pytest.fixture
def here(db):
    cache.clear()
    return world.small()


def holder(verb, centre):
    """Somebody who has this right."""
    role = next((r for r in Role if verb in RIGHTS[r]), Role.INVESTIGATOR)
    return people.person(role, centre)


def requests(here, name, method, odd):
    """The odd value in each part of the address, then in what is sent along."""
    usual = address(name, here.ids)
    for param in here.ids:
        with suppress(NoReverseMatch, ValueError):
            there = address(name, here.ids | {param: odd})
            if there != usual:
                yield there, {}
    if method == "GET":
        yield usual, dict.fromkeys(ASKED, odd)
        return
    sound = {"version": "0", "code": here.ids["code"], "visit": "SCR", "form": "CONSENT"}
    sound |= {"item": here.ids["item"], "text": "why", "act": "answer", "reason": "why"}
    yield usual, dict.fromkeys(NAMES, odd)
    yield usual, sound | {odd: "a name"}
    if name in SINGLY:
        for one in ("version", "base_version", "number", "revoke", "text"):
            yield usual, sound | {"merge": "yes"} | {one: odd}


@pytest.mark.slow
@pytest.mark.promise("SE-10")
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_no_value_is_a_fault(here, odd):
    for name, rights in TIED:
        for method, verb in rights.items():
            if method == "HEAD":
                continue
            user = here.investigator if verb is Verb.SIGNED_IN else holder(verb, here.centre)
            client = people.sign_in(Client(), user)
            for where, data in requests(here, name, method, odd):
                with transaction.atomic():
                    answer = getattr(client, method.lower())(where, data)
                    assert answer.status_code < 500, f"{method} {where} {sorted(data)}"
                    shown = b"" if answer.streaming else answer.content
                    assert b"<script>alert(1)" not in shown, f"{method} {where}"
                    assert "Set-Cookie" not in str(answer.headers), f"{method} {where}"
                    transaction.set_rollback(True)


@pytest.mark.promise("SE-07")
@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_nobody_is_sent_away(here, there):
    client = people.sign_in(Client(), here.investigator)
    for answer in (
        client.post("/density", {"density": "roomy", "next": there}),
        client.post("/language", {"language": "fr", "next": there}),
        Client().post(f"/sign-in/?next={there}", sign_in_form(here)),
    ):
        assert answer.status_code == 302
        assert "evil" not in answer["Location"]


def sign_in_form(here):
    return {"login": here.investigator.email, "password": people.PASSWORD}
