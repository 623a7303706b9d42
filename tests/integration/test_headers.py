"""Every answer of every address and of every kind of error carries the headers; nothing is kept.

Settings are those of a production: https alone, cookies for https alone.
"""

import csv
import io
import json
import logging
import re
import string
from http.cookies import Morsel
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reminet_site.roles import Role, Verb
from reminet_site.spreadsheet import neutral
from tests import people, world
from tests.integration.attack_routes import Browsers, every

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
LEAVES = "account_logout"  # asked last: whoever posts there is signed out
STATIC = "/static/reminet/css/base.css"
DIRECTIVES = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def production(settings):
    """The clients are made afterwards: middleware reads these once."""
    settings.SECURE_SSL_REDIRECT = True
    settings.WHITENOISE_AUTOREFRESH = False
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    cache.clear()
    return settings


@pytest.fixture
def here(production):
    return world.small()


def browser(user=None, **more):
    client = Client(raise_request_exception=False, **more)
    return people.sign_in(client, user) if user else client


def check(answer, told, *, static=False, https=True):
    """The headers of one answer."""
    found = answer.headers
    assert set(found["Content-Security-Policy"].split("; ")) == DIRECTIVES, told
    assert found["X-Content-Type-Options"] == "nosniff", told
    assert found["X-Frame-Options"] == "DENY", told
    assert found["Referrer-Policy"] == "same-origin", told
    assert found["Cross-Origin-Opener-Policy"] == "same-origin", told
    assert found["Cross-Origin-Resource-Policy"] == "same-origin", told
    assert "camera=()" in found["Permissions-Policy"], told
    if https:
        hsts = found["Strict-Transport-Security"]
        assert hsts == "max-age=63072000; includeSubDomains; preload", told
    assert static or "no-store" in found["Cache-Control"], told
    assert "Server" not in found, told
    assert "X-Powered-By" not in found, told
    assert "Access-Control-Allow-Origin" not in found, told
    for cookie in answer.cookies.values():
        check_cookie(cookie, told)


def check_cookie(cookie: Morsel, told: str) -> None:
    assert cookie["samesite"] in ("Lax", "Strict"), f"{told}: {cookie}"
    if cookie["max-age"] != 0:  # one that is taken away holds nothing
        assert cookie["secure"], f"{told}: {cookie}"
        assert cookie["httponly"], f"{told}: {cookie}"
    assert not cookie["domain"], f"{told}: {cookie}"


@pytest.mark.promise("SE-06")
@pytest.mark.promise("SE-08")
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE"])
def test_every_address_and_every_refusal_has_the_headers(here, method):
    """As somebody who may, as somebody who may not, and as nobody."""
    nobody, stranger = browser(), browser(people.person(Role.CENTRAL_READER))
    browsers = Browsers(here, raise_request_exception=False)
    for name, rights, there in sorted(every(here), key=lambda route: route[0] == LEAVES):
        for client in (browsers[(rights or {}).get(method, Verb.SIGNED_IN)], stranger, nobody):
            answer = client.generic(method, there, secure=True)
            check(answer, f"{method} {name}: {answer.status_code}")
            assert answer.status_code != 500, name


BAD = {"version": "0", "signed": "yes", "consent_date": "41/13/2016"}


def fault(*args, **kwargs):
    raise RuntimeError("a canary in a fault")


def away(*args, **kwargs):
    raise OperationalError("a canary of the database")


def errors(here, monkeypatch):
    """(what, answer, status) of each kind of error."""
    from reminet_site.views import home

    known, nobody = browser(here.investigator), browser()
    page = f"/participants/{here.participant.code}/"
    yield "static file", nobody.get(STATIC, secure=True), 200
    yield "no static file", nobody.get("/static/reminet/no.css", secure=True), 404
    yield "plain http", nobody.get("/sign-in/"), 301
    yield "no such host", nobody.get("/", headers={"host": "evil.example"}, secure=True), 400
    yield "nothing there", known.get("/nothing/", secure=True), 404
    yield "nothing there, as JSON", known.get("/api/releases/x/", secure=True), 403
    yield "api without a token", nobody.get("/api/releases/", secure=True), 401
    yield (
        "a wrong token",
        nobody.get("/api/releases/", headers={"Authorization": "Token x"}, secure=True),
        401,
    )
    yield "another method", known.post(page, secure=True), 405
    yield (
        "no token of a form",
        browser(here.investigator, enforce_csrf_checks=True).post("/density", secure=True),
        403,
    )
    yield "too large", known.post("/density", {"next": "x" * 1_100_000}, secure=True), 400
    yield (
        "a nonsense act",
        known.post(f"/queries/{here.ids['pk']}/", {"act": "nonsense"}, secure=True),
        422,
    )
    yield "not saved", known.post(f"{page}SCR/CONSENT/1/", BAD, secure=True), 422
    yield "a conflict", known.post(f"{page}SCR/CONSENT/1/", {"version": "7"}, secure=True), 409
    for _ in range(6):
        limited = nobody.post("/sign-in/", {"login": "a@b.org", "password": "no"}, secure=True)
    yield "too many attempts", limited, 429
    monkeypatch.setattr(home.messages, "success", fault)
    yield "a fault", known.post("/account/", secure=True), 500
    monkeypatch.setattr("crf.reads.participant_for", away)
    yield "no database", known.get(page, secure=True), 503


@pytest.mark.promise("SE-06")
@pytest.mark.promise("SE-10")
def test_every_kind_of_error_has_the_headers(here, monkeypatch):
    seen = set()
    for what, answer, status in errors(here, monkeypatch):
        assert answer.status_code == status, f"{what}: {answer.status_code}"
        check(answer, what, static=what == "static file", https=what != "plain http")
        body = b"" if answer.streaming else answer.content
        assert b"canary" not in body, what
        assert b"Traceback" not in body, what
        seen.add(status)
    assert {200, 301, 400, 401, 403, 404, 405, 409, 422, 429, 500, 503} <= seen


# -- nothing of a person outside the pages ------------------------------------------------


CANARY = "Canary Jeanne 0612345678"


@pytest.mark.promise("SE-08")
def test_what_is_typed_is_in_no_address_no_cookie_and_no_log(here, caplog):
    """A canary in every text that is posted; refused, saved and failed."""
    caplog.set_level(logging.DEBUG)
    canary = CANARY
    page = f"/participants/{here.participant.code}/SCR/CONSENT/1/"
    consent = {"signed": "yes", "consent_date": "12/01/2016", "copy_given": "yes", "version": "0"}
    client = browser(here.investigator)
    posts = [
        (page, consent | {"information_version": canary}),
        (page, consent | {"information_version": canary, "consent_date": canary}),
        (f"{page}draft/", consent | {"information_version": canary}),
        (f"/queries/{here.ids['pk']}/", {"act": "answer", "text": canary}),
        (page, consent | {"version": "1", "change_reason": canary, "copy_given": "no"}),
        ("/find/", {"code": canary}),
        ("/sign-in/", {"login": canary, "password": canary}),
    ]
    for path, form in posts:
        answer = client.post(path, form, secure=True)
        assert "Canary" not in str(answer.headers), path
        assert "Canary" not in str(answer.cookies), path
        links = re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode())
        assert not [one for one in links if "Canary" in one], path
    assert "Canary" not in caplog.text
    assert "0612345678" not in caplog.text


# What a view reads from an address: days, codes, numbers of rows and words of a list. Another name
# fails the test below: whatever somebody may be called, or a value of a participant, is posted.
IN_ADDRESSES = {
    "after", "centre", "day", "file", "look", "older", "on", "page", "participant", "revoke", "row",
    "search", "seen", "state", "item", "act", "age", "role", "kit", "before",
}  # fmt: skip
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)


def read_from_addresses():
    """Names that the sources read from request.GET."""
    reading = re.compile(r"request\.GET(?:\.get(?:list)?\(|\[)\"(\w+)\"")
    for room in ("reminet_site", "crf", "randomisation", "analysis"):
        for path in (ROOT / room).rglob("*.py"):
            yield from reading.findall(path.read_text())


@pytest.mark.promise("SE-08")
def test_no_address_carries_a_name_or_a_value():
    """Of the sources: what is read from addresses, and what forms write into them."""
    assert set(read_from_addresses()) <= IN_ADDRESSES
    written = set()
    for path in ROOT.glob("*/jinja2/**/*.html"):
        for form in FORM.findall(path.read_text()):
            head = form.partition(">")[0]
            assert "method=" in head, f"{path.name}: a form without a method writes into addresses"
            if 'method="get"' in head:
                written.update(re.findall(r'<(?:input|select|button)[^>]* name="(\w+)"', form))
                written.update(re.findall(r"\b(?:text|choice)\(said, '\w+-(\w+)'", form))
    assert written <= IN_ADDRESSES
    assert written >= {"day", "on"}


@pytest.mark.promise("SE-08")
@pytest.mark.parametrize(
    ("role", "page", "field"),
    [
        (Role.AUDITOR, "/trail/", "person"),
        (Role.ADMINISTRATOR, "/people/", "person"),
        (Role.DATA_MANAGER, "/queries/", "who"),
        (Role.INVESTIGATOR, "/find/", "code"),
    ],
)
def test_a_search_for_a_person_is_in_no_address_and_no_log(here, caplog, role, page, field):
    caplog.set_level(logging.DEBUG)
    client = browser(people.person(role, here.centre))
    search = {field: CANARY, "find": "yes", "day": "2026-11-23"}
    answer = client.post(page, search, secure=True)
    assert answer.status_code in (302, 404)
    assert "Canary" not in str(answer.headers)
    if answer.status_code == 302:
        answer = client.get(answer["Location"], secure=True)
        assert CANARY in answer.content.decode()
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode())
    assert not [one for one in addresses if "Canary" in one]
    assert "Canary" not in caplog.text
    refused = client.get(page, {field: CANARY}, secure=True)
    assert refused.status_code in (302, 422)
    assert refused.headers.get("Location", "/") == "/"  # of an address by hand, nothing is taken


STORES = re.compile(
    r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker|openDatabase"
    r"|history\.(?:push|replace)State"
)
# Of a tab alone, until it is closed: what its last draft is called, a number drawn at random.
NAME_OF_A_DRAFT = (
    'sessionStorage.getItem("left")',
    'sessionStorage.setItem("left", this.form.elements.typed_in.value)',
    'sessionStorage.removeItem("left")',
)
# The entry of a refused form becomes that of the page it stands on: no state, a known address.
SAME_PAGE = 'history.replaceState(null, "", document.body.dataset.page || location.href);'


@pytest.mark.promise("SE-08")
def test_no_script_keeps_anything_in_the_browser():
    """Scripts of ours; of the library, what it does by default is switched off in the page."""
    scripts = [path for path in ROOT.glob("*/static/**/*.js") if ".venv" not in path.parts]
    assert len(scripts) > 5
    for path in scripts:
        text = path.read_text().replace(SAME_PAGE, "")
        for kept in NAME_OF_A_DRAFT:
            text = text.replace(kept, "")
        assert not STORES.search(text), path.name


@pytest.mark.promise("SE-06")
def test_no_page_has_a_style_or_a_script_of_its_own():
    """What the policy forbids is not written either."""
    inline = re.compile(
        r"<script(?![^>]*(?:\bsrc=|application/json))|<style|\bstyle=\"|\son\w+=\"|javascript:"
    )
    pages = list(ROOT.glob("*/jinja2/**/*.html"))
    assert len(pages) > 30
    for path in pages:
        assert not inline.search(path.read_text()), path.name


# -- formulas in CSV ---------------------------------------------------------------------

# Every module that writes CSV, and what a cell goes through. Another one fails the test below.
WRITERS = {
    "reminet_site/trail/copies.py": "neutral",
    "analysis/release/bundle.py": "cells",
    "analysis/presenters/interim.py": "numbers and our own words",
    "crf/management/commands/definition.py": "neutral",
    "crf/views/imports.py": "codes, and names of the definition",
    "reminet_site/views/access.py": "neutral",
    "analysis/takings.py": "neutral",
    "analysis/archive/make.py": "neutral; arms and numbers of the list",
    "randomisation/readings.py": "neutral",
    "randomisation/kit_account.py": "neutral",
    "randomisation/methods/made_list.py": "codes and names of the plan",
}


@pytest.mark.promise("SE-07")
def test_every_module_that_writes_csv_is_known():
    rooms = ("reminet_site", "crf", "randomisation", "analysis")
    found = {
        str(path.relative_to(ROOT))
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"csv\.(?:writer|DictWriter)|to_csv\(", path.read_text())
    }
    assert found == set(WRITERS)


TEXTS = st.text(alphabet=string.printable + "é\u00a0\u200b\ufeff", max_size=12)
STARTS = st.sampled_from(
    ["", "=", "+", "-", "@", "\t", "\r", "\n", " =", "\ufeff=", "=cmd|' /C'!A0"]
)


def harmless(cell: str) -> bool:
    """A spreadsheet strips blanks, then takes these for the start of a formula."""
    text = cell.lstrip(" \t\r\n\u00a0\u200b\ufeff")
    number = re.fullmatch(r"[+-]?\d+(\.\d+)?", cell)
    return bool(number) or (
        not text.startswith(("=", "+", "-", "@")) and cell[:1] not in ("\t", "\r")
    )


@pytest.mark.promise("SE-07")
@given(start=STARTS, text=TEXTS)
def test_no_cell_is_a_formula(start, text):
    from analysis.release import cells

    typed = start + text
    made = [
        neutral(typed),
        cells.value(typed),
        cells.value([typed, "b"]),
        cells.label("a", {"a": typed}),
    ]
    for cell in made:
        out = io.StringIO()
        csv.writer(out).writerow([cell])
        [[back]] = csv.reader(io.StringIO(out.getvalue(), newline=""))
        assert harmless(back), json.dumps(back)
