"""Attacks by what is sent to every address: scripts, operators, paths, bodies, headers."""

import re

import pytest
from django.db import connection
from django.test import Client

from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people
from tests.architecture.test_crawl import address
from tests.integration.attack_routes import (
    SYSTEM,
    asked_names,
    every,
    rows,
    tied,
    trail_length,
    undone,
)

pytestmark = [pytest.mark.django_db, pytest.mark.campaign]


@pytest.fixture
def here(attacked):
    return attacked


# -- scripts -----------------------------------------------------------------------------

SCRIPT = "<script>alert('é')</script>\"'><img src=x onerror=alert(1)>{{7*7}}${7*7}"
RAW = (b"<script>alert", b"<img src=x", b"onerror=alert(1)>", b"49${", b"{{49")


@pytest.mark.attack("scripts")
@pytest.mark.promise("SE-06")
@pytest.mark.parametrize("fetched", [False, True], ids=["page", "fragment"])
def test_what_is_asked_never_comes_back_as_a_script(here, tried, fetched):
    headers = {"X-Requested-With": "fetch"} if fetched else {}
    for method in ("GET", "POST"):
        for name, there, client in tied(here, method):
            for sent in (dict.fromkeys(asked_names(), SCRIPT), {SCRIPT: SCRIPT}):
                with undone():
                    answer = getattr(client, method.lower())(there, sent, headers=headers)
                    tried(there)
                    assert answer.status_code < 500, name
                    body = b"" if answer.streaming else answer.content
                    html = "html" in answer.headers.get("Content-Type", "")
                    assert not html or not any(raw in body for raw in RAW), name


def text_items():
    from crf import study

    return [
        (form, item)
        for form in study.current().definition.forms
        for item in form.items
        if item.type == "text" and not item.derived
    ]


@pytest.mark.attack("scripts")
@pytest.mark.promise("SE-06")
def test_what_is_saved_in_a_text_item_is_text_everywhere(here, tried):
    """Every text item of every form: on its page, its history, the casebook, the trail."""
    from crf import study
    from crf.models import Entry
    from reminet_site.clock import now

    pages = []
    with acting(SYSTEM):
        for form in {form.name: form for form, _ in text_items()}.values():
            visit = next(
                v for v in study.current().definition.visits
                if form.name in (*v.forms, *v.optional_forms)
            )  # fmt: skip
            names = [item.name for one, item in text_items() if one.name == form.name]
            at = visit.code if visit.kind not in ("repeated", "unscheduled") else ""
            at = at or f"{visit.code}-{visit.step:02d}"
            Entry.objects.create(
                participant=here.participant, centre=here.centre, visit=at, form=form.name,
                number=1, definition_id=study.current().pk, data=dict.fromkeys(names, SCRIPT),
                derived=[], comments={}, filled=1, expected=1, saved_at=now(),
            )  # fmt: skip
            base = f"/participants/{here.participant.code}/{at}/{form.name}/1/"
            pages += [base, *(f"{base}history/{name}/" for name in names)]
    code = here.participant.code
    pages += [f"/participants/{code}/", f"/centres/{here.centre.code}/queries/"]
    pages += [f"/trail/?participant={code}"]
    for role in (Role.PRINCIPAL_INVESTIGATOR, Role.MONITOR, Role.AUDITOR):
        client = people.sign_in(Client(), people.person(role, here.centre))
        for page in pages:
            answer = client.get(page)
            tried(page)
            assert answer.status_code in (200, 403, 404), page
            assert not any(raw in answer.content for raw in RAW), page
    first = client.get(pages[0]).content
    assert b"&lt;script&gt;" in first  # it was there, as text


# -- operators ---------------------------------------------------------------------------

OPERATORS = {
    "or": "' OR '1'='1",
    "union": "x' UNION SELECT email, password FROM reminet_site_user --",
    "stacked": "1; UPDATE reminet_site_user SET is_active = false; --",
    "sleep": "1' AND (SELECT pg_sleep(3)) IS NULL --",
    "like": "%",
    "regex": ".*(a+)+$",
    "json": '{"$gt": ""}',
    "lookup": "x__gt",
    "null": "null",
    "list": "[]",
}


@pytest.mark.attack("operators")
@pytest.mark.promise("SE-07")
@pytest.mark.parametrize("shift", range(3))
def test_no_parameter_is_a_piece_of_a_query(here, tried, shift):
    """In value and name of every parameter, each another operator; as an array and a lookup."""
    names, kinds = asked_names(), list(OPERATORS.values())
    odd = {name: kinds[(n + 3 * shift) % len(kinds)] for n, name in enumerate(names)}
    inside = {f"{name}__gt": value for name, value in odd.items()}
    before = rows("reminet_site_grant")
    for method in ("GET", "POST"):
        for name, there, client in tied(here, method):
            for sent in (odd, inside | {f"{one}[]": value for one, value in odd.items()}):
                with undone():
                    answer = getattr(client, method.lower())(there, sent)
                    tried(there)
                    assert answer.status_code < 500, f"{method} {name}"
                    body = b"" if answer.streaming else answer.content
                    assert b"argon2" not in body, name
                    assert b"md5$" not in body, name
                    assert not re.search(rb"syntax error|psycopg|ProgrammingError", body), name
    assert rows("reminet_site_grant") == before


# -- paths -------------------------------------------------------------------------------

PATHS = (
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cwindows%5cwin.ini",
    "%252e%252e%252fetc%252fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "%00",
    "....%2f%2f....%2f%2fetc%2fpasswd",
    "..",
    "%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
)
STRINGS = ("code", "centre", "visit", "form", "item", "name", "number")


@pytest.mark.attack("paths")
@pytest.mark.promise("SE-07")
@pytest.mark.parametrize("odd", PATHS)
def test_no_parameter_of_an_address_is_a_path(here, tried, settings, odd):
    mark = "a0mark0of0ours"
    for method in ("GET", "POST"):
        for name, _there, client in tied(here, method):
            for param in STRINGS:
                try:
                    one = address(name, here.ids | {param: mark})
                except Exception:
                    continue  # a number belongs here
                if mark not in one:
                    continue
                with undone():
                    answer = client.generic(method, one.replace(mark, odd))
                    tried(one)
                    assert answer.status_code in (301, 302, 400, 404), f"{name} {param}"
                    assert b"root:" not in answer.content, name
    settings.WHITENOISE_AUTOREFRESH = False  # as the service serves its files
    for base in ("/static/", "/static/reminet/css/", "/releases/", "/trail/files/"):
        answer = people.sign_in(Client(raise_request_exception=False), here.investigator).get(
            base + odd
        )
        tried(base)
        assert answer.status_code in (301, 302, 400, 403, 404), base


# -- bodies ------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../b.xml"\r\n\r\n'
XML = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
BODIES = {
    "2,001 fields": (FORM, b"&".join(b"f%d=1" % n for n in range(2001))),
    "1.1 MB": (FORM, b"text=" + b"x" * 1_100_000),
    "nul": (FORM, b"version=0&text=a%00b&reason=%00"),
    "invalid utf-8": (FORM, b"version=0&text=%ff%fe&reason=%c3%28&code=%80"),
    "json": ("application/json", b'{"version": 0, "act": "close", "role": "auditor"}'),
    "broken json": ("application/json", b'{"version": '),
    "deep json": ("application/json", b"[" * 100_000),
    "xml": ("application/xml", XML),
    "soap": ("text/xml", XML),
    "svg": ("image/svg+xml", XML),
    "broken multipart": (MULTIPART, b"--x\r\nContent-Disposition: form-data"),
    "a file": (MULTIPART, PART + XML + b"\r\n--x--\r\n"),
    "101 files": (MULTIPART, (PART + b"x\r\n") * 101 + b"--x--\r\n"),
    "no boundary": ("multipart/form-data", b"x"),
    "another charset": (f"{FORM}; charset=utf-16", "text=a".encode("utf-16")),
    "a made-up charset": (f"{FORM}; charset=made-up", b"text=a"),
    "no type": ("", b"\xff\x00\xfe"),
}


@pytest.mark.attack("bodies")
@pytest.mark.promise("SE-07")
@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES.keys())
def test_no_body_is_a_fault_or_is_half_read(here, tried, kind, body):
    """XML is read nowhere: what comes as such is a form without fields."""
    from reminet_site.models import User

    before = (trail_length(), User.objects.count())
    for name, there, client in tied(here, "POST"):
        with undone():
            answer = client.generic("POST", there, body, content_type=kind)
            tried(there)
            assert answer.status_code < 500, name
            assert b"root:" not in (b"" if answer.streaming else answer.content)
    for name, rights, there in every(here):
        if not rights:  # of libraries, and open to all: as nobody
            answer = Client(raise_request_exception=False).generic("POST", there, body, kind)
            tried(there)
            assert answer.status_code < 500, name
    assert (trail_length(), User.objects.count()) == before


# -- headers -----------------------------------------------------------------------------

EVIL = "evil.example"
HEADERS = {
    "host": {"Host": EVIL},
    "host with a path": {"Host": f"localhost/{EVIL}"},
    "forwarded": {
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "https",
        "Forwarded": f"host={EVIL};proto=https",
        "X-Original-URL": "/people/",
        "X-Rewrite-URL": "/people/",
        "X-Script-Name": f"//{EVIL}",
        "Remote-User": "administrator@example.org",
        "X-Remote-User": "administrator@example.org",
        "Referer": f"https://{EVIL}/",
    },
    "language": {
        "Accept-Language": "../../" * 200 + ",<script>",
        "Accept": f"text/{EVIL}",
    },
}


@pytest.mark.attack("headers")
@pytest.mark.promise("SE-06")
@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
def test_no_header_leads_elsewhere(here, tried, headers):
    for method in ("GET", "POST"):
        for name, there, client in tied(here, method):
            with undone():
                answer = client.generic(method, there, headers=headers)
                tried(there)
                assert answer.status_code < 500, name
                assert EVIL not in str(answer.headers), name
                body = b"" if answer.streaming else answer.content
                assert EVIL.encode() not in body, name
                if "Host" in headers:
                    assert answer.status_code == 400, name
    for name, rights, there in every(here):
        if rights:
            answer = Client(raise_request_exception=False).get(there, headers=headers)
            tried(there)
            assert answer.status_code in (302, 400, 401, 405), f"nobody at {name}"


@pytest.mark.attack("headers")
@pytest.mark.parametrize(
    "odd", ["a\r\nSet-Cookie: x=1", "a\nLocation: //evil.example", "a\r\n\r\n<b>"]
)
def test_no_value_breaks_a_header(here, tried, odd):
    for method in ("GET", "POST"):
        for name, there, client in tied(here, method):
            with undone():
                answer = getattr(client, method.lower())(there, dict.fromkeys(asked_names(), odd))
                tried(there)
                assert answer.status_code < 500, name
                for header, value in answer.headers.items():
                    assert not set("\r\n") & set(value), f"{name} {header}"
                assert "x" not in answer.cookies


# -- more fields than the form has -------------------------------------------------------

EXTRAS = (
    "id", "pk", "user", "user_id", "by", "by_id", "is_active", "is_staff", "is_superuser",
    "email", "password_hash", "granted_by", "granted_by_id", "revoked_at", "centre_id",
    "participant_id", "allocated_at", "clinical_at", "locked", "demonstration", "seed", "arm",
    "status", "kit_id", "sha256", "state", "created_at", "language_code", "last_login", "scheme",
    "randomisation_number", "randomised_on", "shown_at", "confirmed_by", "confirmed_at", "actor",
)  # fmt: skip
STILL = ("reminet_site_grant", "reminet_site_centre", "reminet_site_deployment")


@pytest.mark.attack("more fields")
@pytest.mark.promise("AC-05")
@pytest.mark.parametrize("value", ["1", "2001-01-01"])
def test_fields_that_no_form_has_set_nothing(here, tried, value):
    """Every POST with the names of the tables' columns beside it: who may what stays as it was."""
    before = rows(*STILL)
    users = "SELECT id, email, password, is_active, created_at FROM reminet_site_user ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(users)
        people_before = cursor.fetchall()
    participants = rows("crf_participant")
    for name, there, client in tied(here, "POST"):
        with undone():
            answer = client.post(there, dict.fromkeys(EXTRAS, value))
            tried(there)
            assert answer.status_code < 500, name
            assert rows(*STILL) == before, name
            with connection.cursor() as cursor:
                cursor.execute(users)
                found = cursor.fetchall()
            assert found[: len(people_before)] == people_before, name
            assert rows("crf_participant")[0][: len(participants[0])] == participants[0], name
