"""A report that is owed to the authority is brought to mind before it is late, until it is sent."""

from datetime import timedelta
from unittest import mock

import pytest
from django.core import mail

from crf import actions_safety, authority, tasks
from crf.models import Entry, SeriousReport
from reminet_site import mails
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people
from tests.integration.crf.test_report_clock import EVENT, KNOWN, at, here, save  # noqa: F401

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
DAY = timedelta(days=1)
GRAVE = EVENT | {"seriousness": ["life"]}


@pytest.fixture
def sponsor():
    return [people.person(role) for role in (Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER)]


@pytest.fixture
def event(here, sponsor, at):  # noqa: F811
    at(KNOWN)
    return save(here, GRAVE)


@pytest.fixture
def reminded(monkeypatch, settings):
    """Who is reminded where the service looks so many days after the sponsor knew."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def look(days) -> list[str]:
        monkeypatch.setattr(authority, "clinical_now", lambda: KNOWN + days * DAY)
        mail.outbox = []
        tasks.remind_of_authority_reports()
        return sorted(message.to[0] for message in mail.outbox)

    return look


def judge(event, **said):
    opinion = {"related": "yes", "expected": "no", "reason": "It fits in time."} | said
    with acting(SYSTEM):
        entry = Entry.objects.get(pk=event.pk)
        actions_safety.judge_event(entry=entry, by=SYSTEM, **opinion)


def report(event, on, complete=True):
    with acting(SYSTEM):
        actions_safety.record_report(
            entry=Entry.objects.get(pk=event.pk),
            reference="FFCD-0007",
            sent_on=on,
            complete=complete,
            by=SYSTEM,
        )


@pytest.mark.promise("SF-02")
def test_two_days_before_it_is_due_and_each_day_until_it_is_sent(event, sponsor, reminded):
    judge(event)
    who = sorted(user.email for user in sponsor)
    assert [reminded(days) for days in (0, 4)] == [[], []]
    assert reminded(5) == who
    assert reminded(5) == []
    assert reminded(6) == who
    assert reminded(9) == who
    report(event, (KNOWN + 9 * DAY).date())
    assert reminded(10) == []


@pytest.mark.promise("SF-02")
def test_an_event_that_nobody_judged_is_brought_to_mind_too(event, sponsor, reminded):
    assert len(reminded(5)) == 2
    assert "opinion is not given yet" in mail.outbox[0].body
    judge(event, expected="yes")
    assert reminded(6) == []


def test_what_the_mail_says_and_does_not_say(here, event, reminded):  # noqa: F811
    judge(event)
    reminded(5)
    text, subject = mail.outbox[0].body, mail.outbox[0].subject
    assert here.participant.code in subject
    assert "Due: 10 Mar 2016" in text
    assert f"/serious-events/{event.pk}/" in text
    assert "opinion" not in text
    for clinical in ("Sepsis", "It fits in time", "life", "fatal", "related", "LAN", "PBO"):
        assert clinical not in text


def test_a_follow_up_that_is_owed_is_brought_to_mind(event, reminded):
    judge(event)
    report(event, (KNOWN + DAY).date(), complete=False)
    assert reminded(6) == []
    assert len(reminded(7)) == 2
    assert "Due: 12 Mar 2016" in mail.outbox[0].body


def test_where_no_mail_goes_out_it_is_tried_again(event, reminded, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(mails, "get_connection", mock.Mock(side_effect=ConnectionRefusedError))
        assert reminded(5) == []
    with acting(SYSTEM):
        assert SeriousReport.objects.get().reminded_on is None
    assert len(reminded(5)) == 2
