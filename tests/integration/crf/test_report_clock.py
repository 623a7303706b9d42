"""The report of a serious event: due 24 hours after the centre knew, in sight, escalated once."""

import re
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused
from unittest import mock

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import actions, pages_safety, safety, tasks
from crf.models import Entry, SeriousReport
from reminet_site import mails
from reminet_site.context import Actor, acting
from reminet_site.models import Grant, User
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.test_form import CONSENT

pytestmark = [pytest.mark.django_db, pytest.mark.promise("SF-01")]
SYSTEM = Actor.system("tests")
KNOWN = datetime(2016, 3, 3, 9, 30, tzinfo=UTC)  # 10:30 in Dijon
EVENT = {
    "term": ["Sepsis"],
    "grade": ["3"],
    "start.day": ["2"],
    "start.month": ["3"],
    "start.year": ["2016"],
    "ongoing": ["yes"],
    "related": ["possible"],
    "action": ["delayed"],
    "outcome": ["ongoing"],
    "serious": ["yes"],
    "seriousness": ["life", "hospital"],
    "aware_on": ["03/03/2016"],
    "aware_at": ["10:30"],
}
OPEN = EVENT | {"related": []}  # the report lacks the relation
MILD = {name: value for name, value in EVENT.items() if not name.startswith(("aware", "seri"))}
MILD |= {"serious": ["no"]}
SECOND = timedelta(seconds=1)


@pytest.fixture
def here():
    made = world.small()
    with acting(SYSTEM):
        raw = {name: [value] for name, value in CONSENT.items()}
        actions.save_entry(
            participant=made.participant, visit="SCR", form="CONSENT", raw=raw, version=0, by=SYSTEM
        )
    return made


@pytest.fixture
def at(monkeypatch):
    """Sets the trial's time for whoever looks at the clock of a report."""

    def now(moment):
        for module in (safety, pages_safety):
            monkeypatch.setattr(module, "clinical_now", lambda: moment)

    return now


def save(here, raw, version=0, number=1):
    with acting(SYSTEM):
        return actions.save_entry(
            participant=here.participant,
            visit="LOG",
            form="AE",
            number=number,
            raw=raw,
            version=version,
            reason="read again" if version else "",
            by=SYSTEM,
        )


def clock() -> SeriousReport | None:
    with acting(SYSTEM):
        return SeriousReport.objects.first()


def as_role(role, here):
    return people.sign_in(Client(), people.person(role, here.centre))


def words(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def home(here):
    return f"/centres/{here.centre.code}/"


def test_a_whole_report_is_told_when_it_is_saved(here, at):
    at(KNOWN + timedelta(hours=3))
    save(here, EVENT)
    made = clock()
    assert (made.aware_at, made.told_at) == (KNOWN, KNOWN + timedelta(hours=3))
    at(KNOWN + timedelta(days=9))
    assert "Told after 3 h" in words(as_role(Role.SAFETY_PHYSICIAN, here), "/serious-events/")
    assert "Serious events to report" not in words(as_role(Role.INVESTIGATOR, here), home(here))


def test_what_lacks_something_is_due_and_then_overdue(here, at):
    at(KNOWN + timedelta(hours=1))
    save(here, OPEN)
    physician, coordinator = (
        as_role(Role.SAFETY_PHYSICIAN, here),
        as_role(Role.SITE_COORDINATOR, here),
    )
    at(KNOWN + timedelta(hours=19, minutes=30))
    assert "Due in 4 h" in words(physician, "/serious-events/")
    listed = words(coordinator, home(here))
    assert "Serious events to report" in listed
    assert "Still to enter: Relation to the treatment" in listed
    assert listed.count("Adverse event 1") == 1  # and not "To complete" beside
    at(KNOWN + timedelta(hours=24))
    assert "Overdue" not in words(physician, "/serious-events/")
    at(KNOWN + timedelta(hours=24) + SECOND)
    assert "Overdue, 24 h after awareness" in words(physician, "/serious-events/")
    assert "Overdue, 24 h after awareness" in words(coordinator, home(here))
    at(KNOWN + timedelta(hours=31))
    save(here, EVENT, version=1)
    assert "Told after 31 h, late" in words(physician, "/serious-events/")
    assert "Serious events to report" not in words(coordinator, home(here))


def test_the_clock_of_an_event_without_a_day_runs_from_its_save(here, at):
    at(KNOWN)
    save(here, OPEN | {"aware_on": [], "aware_at": []})
    assert clock().aware_at == KNOWN
    at(KNOWN + timedelta(hours=2))
    save(here, OPEN | {"aware_on": ["02/03/2016"], "aware_at": []}, version=1)
    assert clock().aware_at == datetime(2016, 3, 1, 23, tzinfo=UTC)  # its midnight in Dijon


def test_no_clock_runs_for_what_is_not_serious(here, at):
    at(KNOWN)
    save(here, MILD)
    assert clock() is None
    save(here, OPEN, version=1)
    save(here, MILD, version=2)
    assert clock().serious is False
    at(KNOWN + timedelta(days=3))
    assert "Serious events to report" not in words(as_role(Role.INVESTIGATOR, here), home(here))
    with acting(SYSTEM):
        assert safety.overdue_reports() == []


@pytest.fixture
def told(at, settings):
    """Who is mailed where the clock looks at this moment."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def look(moment) -> list[str]:
        at(moment)
        mail.outbox = []
        tasks.escalate_overdue_reports()
        return [message.to[0] for message in mail.outbox]

    return look


DAY = timedelta(hours=24)


def test_what_is_overdue_is_told_once_to_those_who_must_act(here, at, told):
    other = people.centre("FR-11", "CHU Lyon")
    for role in (Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER, Role.DATA_MANAGER):
        people.person(role)
    people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre)
    elsewhere = people.person(Role.PRINCIPAL_INVESTIGATOR, other)
    at(KNOWN)
    save(here, OPEN)

    assert told(KNOWN + DAY) == []
    who = told(KNOWN + DAY + SECOND)
    assert "safety_physician@example.org" in who
    assert "sponsor_manager@example.org" in who
    assert here.investigator.email in who
    assert any(address.startswith("principal_investigator") for address in who)
    assert elsewhere.email not in who
    assert len(who) == len(set(who)) == 4
    text = mail.outbox[0].body
    assert here.participant.code in mail.outbox[0].subject
    assert "Due: 4 Mar 2016, 09:30 UTC" in text
    for typed in ("Sepsis", "possible", "LAN", "PBO"):
        assert typed not in text
    assert told(KNOWN + 2 * DAY) == []


def test_who_is_not_delegated_is_told_nothing(here, at, told):
    with acting(SYSTEM):
        new = User.objects.create(email="new@example.org", name="New", password="!")
        held = {"role": Role.INVESTIGATOR, "centre": here.centre, "granted_at": KNOWN}
        Grant.objects.create(user=new, **held)
    at(KNOWN)
    save(here, OPEN)
    who = told(KNOWN + DAY + SECOND)
    assert here.investigator.email in who
    assert new.email not in who


def test_where_no_mail_goes_out_it_is_tried_again(here, at, told, monkeypatch):
    at(KNOWN)
    save(here, OPEN)
    with monkeypatch.context() as away:
        away.setattr(mails, "get_connection", mock.Mock(side_effect=ConnectionRefusedError))
        assert told(KNOWN + DAY + SECOND) == []
    assert clock().escalated_at is None
    assert here.investigator.email in told(KNOWN + DAY + 2 * SECOND)


def test_one_that_fails_keeps_no_other_from_being_told(here, at, told, monkeypatch):
    at(KNOWN)
    save(here, OPEN)
    save(here, OPEN | {"term": ["Ileus"]}, number=2)
    whole, seen = safety.escalation, []

    def first_fails(report):
        seen.append(report.pk)
        if len(seen) == 1:
            raise ValueError("no such form")
        return whole(report)

    monkeypatch.setattr(safety, "escalation", first_fails)
    assert here.investigator.email in told(KNOWN + DAY + SECOND)
    with acting(SYSTEM):
        assert SeriousReport.objects.filter(escalated_at=None).count() == 1


def test_a_day_that_was_mistyped_uses_up_no_warning(here, at, told):
    at(KNOWN)
    save(here, OPEN | {"aware_on": ["02/03/2016"]})
    assert told(KNOWN + SECOND) != []
    save(here, OPEN, version=1)
    assert clock().escalated_at is None
    assert told(KNOWN + DAY) == []
    assert told(KNOWN + DAY + SECOND) != []


def test_an_event_that_is_serious_again_begins_anew(here, at, told):
    """Whatever was told, or escalated, of the first time."""
    at(KNOWN)
    save(here, EVENT)
    save(here, MILD, version=1)
    later = KNOWN + 20 * DAY
    at(later)
    save(here, OPEN | {"aware_on": [], "aware_at": []}, version=2)
    assert (clock().told_at, clock().aware_at) == (None, later)
    assert told(later + DAY) == []
    assert told(later + DAY + SECOND) != []


def test_an_event_from_before_there_were_clocks_gets_none(here, at):
    at(KNOWN)
    like = save(here, OPEN)
    with acting(SYSTEM):
        Entry.objects.create(
            participant=here.participant,
            centre=here.centre,
            visit="LOG",
            form="AE",
            number=2,
            definition_id=like.definition_id,
            data=like.data,
            saved_at=KNOWN,
        )
    save(here, OPEN | {"term": ["Ileus"]}, version=1, number=2)
    with acting(SYSTEM):
        assert SeriousReport.objects.count() == 1


def test_a_time_that_has_not_come_counts_as_the_save(here, at):
    at(KNOWN)
    save(here, OPEN | {"aware_at": ["23:59"]})
    assert clock().aware_at == KNOWN
    at(KNOWN + timedelta(hours=5))
    save(here, OPEN | {"aware_at": ["23:59"], "term": ["Ileus"]}, version=1)
    assert clock().aware_at == KNOWN


def test_a_blank_day_of_knowledge_leaves_the_report_open(here, at):
    at(KNOWN)
    save(here, EVENT | {"aware_on": [], "aware_at": []})
    assert clock().told_at is None
    listed = words(as_role(Role.SITE_COORDINATOR, here), home(here))
    assert "Still to enter: Day the centre learned of it" in listed


def test_a_reason_why_the_day_is_unknown_is_no_duration(here, at):
    at(KNOWN)
    save(here, EVENT | {"aware_on": [], "aware_at": [], "aware_on.missing": ["unknown"]})
    assert clock().told_at == KNOWN
    listed = words(as_role(Role.SAFETY_PHYSICIAN, here), "/serious-events/")
    assert "Told; known since when is not said" in listed


def test_what_happened_to_the_clock_is_on_the_page_of_the_trail(here, at):
    at(KNOWN)
    save(here, OPEN)
    at(KNOWN + timedelta(hours=2))
    save(here, EVENT, version=1)
    asked = {"participant": here.participant.code, "find": "yes"}
    answer = as_role(Role.AUDITOR, here).post("/trail/", asked, follow=True)
    page = answer.content.decode()
    assert "clock of a serious event" in page
    assert re.search(r"told at.*2016-03-03T11:30:00", re.sub(r"<[^>]+>|\s", " ", page))


def test_where_every_address_is_refused_it_is_tried_again(here, at, told, monkeypatch):
    at(KNOWN)
    save(here, OPEN)
    with monkeypatch.context() as refusing:
        sent = mock.Mock(side_effect=SMTPRecipientsRefused({}))
        refusing.setattr(mails.EmailMessage, "send", sent)
        told(KNOWN + DAY + SECOND)
    assert sent.called
    assert clock().escalated_at is None


def test_a_clock_that_moved_meanwhile_is_not_marked(here, at):
    at(KNOWN)
    save(here, OPEN)
    with acting(SYSTEM):
        before = clock()
        SeriousReport.objects.update(aware_at=KNOWN + DAY)
        safety.mark_escalated(before)
    assert clock().escalated_at is None


def test_the_statements_of_the_list_and_of_the_work_list_do_not_grow(here, at):
    at(KNOWN)
    coordinator, physician = (
        as_role(Role.SITE_COORDINATOR, here),
        as_role(Role.SAFETY_PHYSICIAN, here),
    )

    def counted() -> list[int]:
        found = []
        for client, address in ((coordinator, home(here)), (physician, "/serious-events/")):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            found.append(len(asked))
        return found

    save(here, OPEN)
    one = counted()
    for number in range(2, 6):
        save(here, OPEN, number=number)
    assert counted() == one
