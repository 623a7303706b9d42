"""Attacks by input: whatever is typed, posted or asked for, the answer is never a fault."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import NoReverseMatch

from reminet_site import middleware
from reminet_site.wording import KEEP
from tests import people
from tests.architecture.test_crawl import address
from tests.integration.attack_routes import asked_names, tied, undone

pytestmark = [pytest.mark.django_db, pytest.mark.attack("odd input")]

FORM = "application/x-www-form-urlencoded"
TEXT = "' OR 1=1; DROP TABLE crf_entry -- ..%2f..%2fetc%2fpasswd {{7*7}}${7*7}"
ODD = {
    "nul": "a\0b",
    "superscript digit": "²",
    "arabic digit": "٣",
    "thirty digits": "9" * 30,
    "five thousand digits": "9" * 5000,
    "negative": "-1",
    "nought": "0",
    "long": "é" * 200 + "x" * 3600,
    "operators, paths, templates": TEXT,
    "script": "<script>alert(1)</script>../../../etc/passwd",
    "header": "x\r\nSet-Cookie: a=b",
    "not a number": "NaN",
    "infinite": "Infinity",
    "exponent": "1e999999999",
    "impossible day": "2019-13-45",
    "unseen": "\u200b",
    "unassigned sign": "\ud7ff",
}
# Where a view reads nothing of the address these are enough: all of it is looked at and echoed.
UNREAD = [ODD[kind] for kind in ("nul", "script", "unassigned sign")]
NAMES = [odd for odd in ODD.values() if "\0" not in odd]  # which is refused before a view reads
# Read under a name that the sources do not show beside GET or POST.
MORE = ("format", "form", "lang", "number", "page", "q", "visit", "keep.consent_date")
RIGHT = {"password": people.PASSWORD, KEEP: "yes"}
FOUND = dict.fromkeys(("person", "who"), "a name") | {"find": "yes"}
CONSENT = {"version": "0", "signed": "yes", "consent_date": "12/01/2016", "copy_given": "yes"}
ROLE = RIGHT | {"reason": "why", "role": "auditor"}
# What is refused before it is read where everything else is odd too: a sound form, and the fields
# that are odd, one after the other or a few together.
ITEMS = "consent_date information_version copy_given"
SINGLY = {
    "crf:form": [(CONSENT, ("version", "base_version", ITEMS))],
    "crf:draft": [(CONSENT, ("version", "base_version", ITEMS))],
    "crf:raise_query": [
        ({"visit": "SCR", "form": "CONSENT", "item": "signed", "text": "why"},
         ("visit", "form", "number", "item", "text")),
    ],
    "crf:query": [({"act": "answer", "text": "It is."}, ("text",))],
    "crf:screen": [({"screened_on": "2016-01-12"}, ("screened_on", "next_code"))],
    "person": [
        (ROLE | {"act": "give"}, ("role", "centre", "reason")),
        (ROLE | {"act": "revoke"}, ("grant",)),
    ],
    "people": [(FOUND, ("person role centre state page",))],
    "trail": [(FOUND, ("person code since page",))],
    "crf:all_queries": [(FOUND, ("who state centre page",))],
}  # fmt: skip


@pytest.fixture
def here(attacked):
    return attacked


class Sweep:
    """Sends the odd values and keeps what was a fault.

    Where `every` is more than 1, a place gets the three that are read everywhere and one in
    `every` of the others, beginning with another one at each place.
    """

    def __init__(self, here: Any, tried: Any, every: int = 1) -> None:
        self.here, self.tried, self.every = here, tried, every
        self.places = 0
        self.faults: list[str] = []

    def values(self) -> list[str]:
        """For the next place."""
        self.places += 1
        others = [odd for odd in ODD.values() if odd not in UNREAD]
        return [*UNREAD, *others[self.places % self.every :: self.every]]

    def route(self, method: str, name: str, there: str, client: Client) -> None:
        self.client, self.method = client, method
        self.addresses(name, there)
        if method == "GET":
            self.questions(there)
        else:
            self.forms(name, there)

    def addresses(self, name: str, usual: str) -> None:
        """The odd value in each part of the address."""
        for param in self.here.ids:
            for odd in self.values():
                with suppress(NoReverseMatch, ValueError):
                    there = address(name, self.here.ids | {param: odd})
                    if there != usual:
                        self.send(there, {}, whole=odd in UNREAD)

    def questions(self, there: str) -> None:
        names = (*asked_names(), *MORE)
        with what_is_read() as read:
            for odd in UNREAD:
                self.send(there, dict.fromkeys(names, odd))
        if read:
            for odd in self.values():
                if odd not in UNREAD:
                    self.send(there, dict.fromkeys(names, odd))

    def forms(self, name: str, there: str) -> None:
        names = (*asked_names(), *MORE)
        for odd in self.values():
            self.send(there, dict.fromkeys(names, odd) | RIGHT, whole=odd in UNREAD)
        self.send(there, RIGHT | dict.fromkeys(NAMES, "a name"))
        self.send(there, {ODD["nul"]: "a name"})
        for sound, fields in SINGLY.get(name, ()):
            for field in fields:
                for odd in self.values():
                    self.send(there, sound | dict.fromkeys(field.split(), odd), whole=odd in UNREAD)

    def send(self, there: str, data: dict[str, str], whole: bool = True) -> None:
        """Without `whole` as a script of a page asks: a refusal comes without the page's frame."""
        fetched = {} if whole else {"X-Requested-With": "fetch"}
        with undone():
            if self.method == "GET":
                answer = self.client.get(there, data, headers=fetched)
            else:
                answer = self.client.post(there, urlencode(data), FORM, headers=fetched)
            self.tried(there)
            shown = b"" if answer.streaming else answer.content
            wrong = {
                answer.status_code >= 500: str(answer.status_code),
                b"<script>alert(1)" in shown: "a script",
                "Set-Cookie" in str(answer.headers): "a header",
            }.get(True)
        if wrong:
            sent = {field: value[:40] for field, value in data.items()}
            self.faults.append(f"{wrong}: {self.method} {there[:200]} {sent}")


@contextmanager
def what_is_read() -> Iterator[set[str]]:
    """The names that are asked of an address or a form meanwhile."""
    read: set[str] = set()
    plain = {name: getattr(QueryDict, name) for name in ("__getitem__", "getlist")}

    def noted(name: str) -> Any:
        def asked(data: QueryDict, key: str, *default: Any) -> Any:
            read.add(key)
            return plain[name](data, key, *default)

        return asked

    with mock.patch.multiple(QueryDict, create=True, **{name: noted(name) for name in plain}):
        yield read


ALL = pytest.param(1, marks=pytest.mark.campaign, id="every value")
IN_TURN = pytest.param(7, id="in turn")


@pytest.mark.slow
@pytest.mark.promise("SE-10")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("every", [ALL, IN_TURN])
def test_no_value_is_a_fault(here, tried, method, every):
    sweep = Sweep(here, tried, every)
    for name, there, client in tied(here, method):
        sweep.route(method, name, there, client)
    assert not sweep.faults, "\n".join(sweep.faults)


def number(text: str) -> int:
    """The mistake of everybody: "²" is a digit, and no number."""
    return int(text) if text.isdigit() else 0


def day(text: str) -> None:
    if text.count("-") == 2:
        assert text.split("-")[1] < "13"


PLANTED = {
    "in an address": ("GET", "crf:history", lambda request, at: number(at["item"])),
    "in a question": ("GET", "crf:queries", lambda request, _at: day(request.GET.get("state", ""))),
    "in a form": ("POST", "team", lambda request, _at: day(request.POST.get("kind", ""))),
    "in one field": (
        "POST",
        "crf:draft",
        lambda request, _at: (
            request.POST.get("signed") == "yes" and number(request.POST.get("base_version", ""))
        ),
    ),
    "in a name": ("POST", "crf:discard", lambda request, _at: [number(n) for n in request.POST]),
}


@pytest.mark.parametrize(("method", "route", "fault"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_fault_is_found(here, tried, method, route, fault):
    """What the sweep is worth: mistakes that one kind of value in one place brings out."""
    plain = middleware.answered

    def planted(request: Any, view: Any, args: tuple, kwargs: dict) -> Any:
        fault(request, kwargs)
        return plain(request, view, args, kwargs)

    sweep = Sweep(here, tried)
    with mock.patch.object(middleware, "answered", planted):
        for name, there, client in tied(here, method):
            if name == route:
                sweep.route(method, name, there, client)
    assert sweep.faults
    assert all(one.startswith("500") for one in sweep.faults)


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
