"""Who could do what on a day: a scripted history, asked at each of its days."""

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from reminet_site import actions
from reminet_site.access import actions as accounts
from reminet_site.access import duties, history
from reminet_site.context import Actor, acting, live_grants
from reminet_site.models import Centre, User
from reminet_site.roles import Role
from tests import people

pytestmark = [pytest.mark.django_db, pytest.mark.promise("AC-06")]
BY = Actor.system("tests")


def at(day, act):
    with (
        time_machine.travel(datetime.fromisoformat(f"{day}T10:00:00+00:00"), tick=False),
        acting(BY),
    ):
        return act()


def held(day, centre=""):
    """{(person, role)} that counted at the end of that day."""
    with acting(BY):
        rights = history.rights_at(history.moment_of(day), centre=centre)
    return {(one.person, one.role.value) for one in rights if not one.why_not}


@pytest.fixture
def scripted():
    """March 2026 at one centre: given, trained, charged, ended, charged again, closed."""
    centre = at(
        "2026-03-01", lambda: Centre.objects.create(code="FR-05", name="Dijon", country="FR")
    )
    anna = at("2026-03-01", lambda: actions.add_person(
        name="Anna", email="anna@hospital.example", password=None, by=BY))  # fmt: skip
    grant = at("2026-03-02", lambda: actions.grant(
        user=anna, role=Role.INVESTIGATOR, centre=centre, by=BY))  # fmt: skip

    def duty(day, kind):
        at(day, lambda: duties.record_duty(
            grant=grant, kind=kind, happened_on=datetime(2026, 3, 1, tzinfo=UTC).date(),
            what="x", by=BY))  # fmt: skip

    duty("2026-03-03", "training")
    duty("2026-03-04", "delegation")
    at("2026-03-05", lambda: Centre.objects.filter(pk=centre.pk).update(
        opened_on=datetime(2026, 3, 5, tzinfo=UTC).date()))  # fmt: skip
    duty("2026-03-08", "end")
    duty("2026-03-10", "delegation")
    weber = at("2026-03-06", lambda: actions.add_person(
        name="Weber", email="weber@sponsor.example", password=None, by=BY))  # fmt: skip
    at("2026-03-06", lambda: actions.grant(user=weber, role=Role.MONITOR, centre=None, by=BY))
    at("2026-03-12", lambda: accounts.close_account(user=anna, reason="left", by=BY))
    at("2026-03-14", lambda: accounts.reopen_account(user=anna, reason="back", by=BY))
    return centre


ANNA, WEBER = ("Anna", "investigator"), ("Weber", "monitor")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-02-28", set()),
        ("2026-03-02", set()),
        ("2026-03-03", set()),
        ("2026-03-04", set()),
        ("2026-03-05", {ANNA}),
        ("2026-03-07", {ANNA, WEBER}),
        ("2026-03-08", {WEBER}),
        ("2026-03-09", {WEBER}),
        ("2026-03-10", {ANNA, WEBER}),
        ("2026-03-12", {WEBER}),
        ("2026-03-20", {WEBER}),
    ],
)
def test_the_rights_of_a_day(scripted, day, expected):
    with time_machine.travel("2026-11-01T10:00:00+00:00", tick=False):
        assert held(day) == expected


def test_the_page_and_the_file_say_the_same_and_the_file_is_recorded(scripted):
    from reminet_site.trail.reads import rows
    from reminet_site.trail.search import Search

    auditor = people.sign_in(Client(), people.person(Role.AUDITOR))
    with time_machine.travel(datetime.now(UTC), tick=True):
        page = auditor.get("/rights/?day=2026-03-09&centre=FR-05").content.decode()
        file = auditor.get("/rights/?day=2026-03-09&centre=FR-05&file=csv")
    lines = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert [(one["person"], one["counts"], one["why not"]) for one in lines] == [
        ("Anna", "no", "delegation ended"),
        ("Weber", "yes", ""),
    ]
    assert "delegation ended" in page
    assert "read participants' data" in lines[1]["may"]
    with acting(BY):
        today = datetime.now(UTC).date().isoformat()
        assert any(row.act == "export" for row in rows(Search(day=today)))


def test_a_day_ahead_and_a_day_that_is_none_are_said(scripted):
    auditor = people.sign_in(Client(), people.person(Role.AUDITOR))
    assert b"lies ahead" in auditor.get("/rights/?day=2999-01-01").content
    assert b"Give a day of the calendar" in auditor.get("/rights/?day=yesterday").content


def test_today_is_what_the_server_enforces():
    """The report, made from the rows, against the view that every request reads."""
    centre, other = people.centre(), people.centre("FR-11", "Beaune")
    everybody = people.everybody(centre) | {"there": people.person(Role.INVESTIGATOR, other)}
    with acting(BY):
        duties.close_centre(centre=other, reason="done", by=BY)
        rights = history.rights_at(history.moment_of(""))
    for user in everybody.values():
        enforced = {
            (role, Centre.objects.get(pk=c).code if c else "") for role, c in live_grants(user)
        }
        said = {(r.role.value, r.centre) for r in rights if r.email == user.email and not r.why_not}
        assert said == enforced, user
    assert not live_grants(everybody["there"])


@pytest.mark.promise("AC-01")
def test_the_role_table_is_shown_and_is_the_document():
    from pathlib import Path

    from reminet_site.access import table

    document = Path(__file__).resolve().parents[3] / "docs" / "roles.md"
    assert document.read_text() == table.markdown(), "python manage.py roles --write"
    auditor = people.sign_in(Client(), people.person(Role.AUDITOR))
    page = auditor.get("/rights/roles/").content.decode()
    for act, held_by in table.acts():
        assert act.replace("'", "&#39;") in page
        assert "; ".join(role.label for role in held_by) in page


def test_a_review_keeps_the_list_as_it_stood():
    from reminet_site.access.models import AccountReview

    people.everybody(people.centre())
    admin = people.sign_in(Client(), people.person(Role.ADMINISTRATOR))
    form = {"period": "2026, second half", "note": "", "password": people.PASSWORD}
    assert admin.post("/rights/review/", form).status_code == 302
    kept = AccountReview.objects.get()
    assert ["monitor@example.org", "monitor", ""] in kept.rights
    assert kept.by.email == "administrator@example.org"
    assert User.objects.count() == len(kept.rights)
