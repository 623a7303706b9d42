"""Time is the server's, in UTC; a clock that steps back changes no order, and is told."""

import json
import os
import re

import psycopg
import pytest
from django.core import mail
from django.test import Client

from crf.models import Entry
from reminet_site.context import Actor, acting, because
from reminet_site.models import Centre
from reminet_site.roles import Role
from reminet_site.trail import anchor, export
from tests import people, world
from tests.integration.crf.test_form import CONSENT
from tests.integration.trail.conftest import auditor, run

pytestmark = pytest.mark.promise("AT-09")
CLOCK = """
CREATE SCHEMA hands; GRANT USAGE ON SCHEMA hands TO PUBLIC;
CREATE TABLE hands.clock (at timestamptz); GRANT SELECT ON hands.clock TO PUBLIC;
INSERT INTO hands.clock VALUES (now());
CREATE FUNCTION hands.now() RETURNS timestamptz LANGUAGE sql SECURITY DEFINER AS
    'SELECT at FROM hands.clock';
"""


@pytest.fixture
def hands(clone, settings):
    """set(moment): the clock of this database shows it from now on."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    address = re.sub(r"/[^/]*$", f"/{clone}", os.environ["SUPERUSER_URL"])
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(CLOCK)
        functions = db.execute(
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n "
            "ON n.oid = p.pronamespace WHERE n.nspname = 'audit' "
            r"AND p.prosrc ~ 'clock_timestamp\('"
        ).fetchall()
        assert functions
        for (text,) in functions:
            db.execute(text.replace("clock_timestamp()", "hands.now()"))
        yield lambda moment: db.execute("UPDATE hands.clock SET at = %s", [moment])


def rename(name: str) -> None:
    with acting(Actor.system("tests")), because("renamed"):
        centre = Centre.objects.get(code="FR-05")
        centre.name = name
        centre.save()


def renames(path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(row["at"], row["new"]) for row in rows if row.get("item") == "#name" and row["old"]]


def exported(tmp_path, name: str = "trail.jsonl"):
    export.write(path=tmp_path / name, by=auditor())
    return tmp_path / name


def test_the_night_in_which_an_hour_comes_twice(hands, tmp_path):
    """02:30 in Paris, twice on 31 October 2027: an hour apart in the trail."""
    hands("2027-10-31T00:00:00+00:00")
    people.centre()
    hands("2027-10-31T02:30:00+02:00")
    rename("before")
    hands("2027-10-31T02:30:00+01:00")
    rename("after")
    path = exported(tmp_path)
    assert renames(path) == [
        ("2027-10-31T00:30:00.000000Z", "before"),
        ("2027-10-31T01:30:00.000000Z", "after"),
    ]
    said = run(path)
    assert said.status == 0
    assert "stepped back" not in said.text


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Los_Angeles"])
def test_the_zone_of_a_session_is_not_in_the_trail(hands, tmp_path, clone, zone):
    from tests.conftest import superuser

    hands("2028-03-26T01:30:00+00:00")
    people.centre()
    rename("one")
    superuser(f"ALTER DATABASE \"{clone}\" SET timezone = '{zone}'")
    rename("two")
    path = exported(tmp_path)
    assert {at for at, _ in renames(path)} == {"2028-03-26T01:30:00.000000Z"}
    assert run(path).status == 0


def test_a_clock_that_steps_back_keeps_the_order_and_is_told(hands, tmp_path):
    hands("2027-03-02T09:00:00+00:00")
    people.centre()
    people.person(Role.SPONSOR_MANAGER)
    people.person(Role.AUDITOR)
    rename("one")
    hands("2027-03-02T08:00:00+00:00")
    rename("two")
    hands("2027-03-02T08:30:00+00:00")
    rename("three")
    path = exported(tmp_path)
    assert [new for _, new in renames(path)] == ["one", "two", "three"]
    said = run(path)
    assert said.status == 0
    assert "the clock stepped back" in said.text
    made = json.loads(anchor.make().path.read_text())
    assert made["clock_steps_back"] >= 1
    (sent,) = mail.outbox
    assert "the clock stepped back" in sent.subject
    assert "by 3600.000 s" in sent.body
    client = people.sign_in(Client(), people.person(Role.AUDITOR))
    page = client.get("/trail/", {"day": "2027-03-02", "act": "clock stepped back"})
    assert "The clock stepped back" in page.content.decode()


def test_what_was_told_is_not_told_again(hands):
    hands("2027-03-02T09:00:00+00:00")
    people.centre()
    people.person(Role.SPONSOR_MANAGER)
    hands("2027-03-02T08:00:00+00:00")
    rename("two")
    hands("2027-03-02T10:00:00+00:00")
    assert json.loads(anchor.make().path.read_text())["clock_steps_back"] == 1
    rename("three")
    assert json.loads(anchor.make().path.read_text())["clock_steps_back"] == 0
    assert "stepped back" not in mail.outbox[-1].subject


def test_a_time_that_a_client_sends_is_ignored(hands):
    hands("2027-03-02T09:00:00+00:00")
    here = world.small()
    client = people.sign_in(Client(), here.investigator)
    forged = {"at": "1999-01-01", "saved_at": "1999-01-01T00:00:00Z", "clinical_at": "1999-01-01"}
    address = f"/participants/{here.participant.code}/SCR/CONSENT/1/"
    headers = {"Date": "Fri, 01 Jan 1999 00:00:00 GMT", "X-Timezone": "America/Los_Angeles"}
    answer = client.post(address, CONSENT | forged | {"version": "0"}, headers=headers)
    assert answer.status_code == 302
    with acting(Actor.system("tests")):
        (entry,) = Entry.objects.filter(form="CONSENT")
        assert entry.saved_at.isoformat() == "2027-03-02T09:00:00+00:00"
    assert not set(forged) & set(entry.data)
