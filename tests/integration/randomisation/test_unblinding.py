"""Unblinding of one participant: the record first, the arm once, the alarm without it."""

import re
import uuid
from smtplib import SMTPRecipientsRefused
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection, transaction

from crf.models import Participant
from randomisation import unblinding
from randomisation.arms.doors import table
from randomisation.models import UnblindingRecord
from reminet_site.context import Actor, acting
from reminet_site.errors import Conflict, Refusal
from reminet_site.roles import Role, Verb
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise
from tests.people import person


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return mail.outbox


@pytest.fixture
def physician(dijon):
    allocations.deliver(10)
    allocations.supply(dijon, 4)
    for participant in participants(dijon, 3):
        randomise(participant)
    return Actor.of(person(Role.INVESTIGATOR, dijon), Verb.UNBLIND)


def first(by):
    with acting(by):
        return Participant.objects.select_related("centre").get(code="FR-05-001")


def true_arms():
    with acting(SYSTEM):
        return table.table(by=SYSTEM, reason="test")


@pytest.mark.promise("BL-06")
def test_one_arm_and_no_approval(physician):
    arm = unblinding.unblind(participant=first(physician), reason="Anaphylaxis", by=physician)
    assert arm == true_arms()["R-0001"]
    with acting(physician):
        record = UnblindingRecord.objects.get()
    assert record.reason == "Anaphylaxis"
    assert record.by_id == physician.user_id
    assert record.role == "investigator"
    assert record.shown_at is not None


@pytest.mark.promise("BL-07")
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_needed(physician, reason):
    with pytest.raises(Refusal, match="Say why the arm is needed"):
        unblinding.unblind(participant=first(physician), reason=reason, by=physician)
    with acting(SYSTEM):
        assert not UnblindingRecord.objects.exists()


def test_not_before_randomisation(physician, dijon):
    with pytest.raises(Refusal, match="FR-05-009 is not randomised"):
        unblinding.unblind(participant=participants(dijon, 1, first=9)[0], reason="x", by=physician)


def test_the_record_stays_where_the_reading_fails(physician, outbox):
    with (
        mock.patch("randomisation.unblinding.reveal", side_effect=RuntimeError("vault down")),
        pytest.raises(RuntimeError),
    ):
        unblinding.unblind(participant=first(physician), reason="Sepsis", by=physician)
    with acting(SYSTEM):
        record = UnblindingRecord.objects.get()
    assert record.shown_at is None
    assert record.reason == "Sepsis"


@pytest.mark.clones
def test_nothing_is_read_before_the_record_is_committed(physician):
    """Another connection sees the record at the moment the door is opened."""
    import os

    import psycopg

    seen = []

    def reveal(number, **kwargs):
        address = re.sub(
            r"/[^/]*$", f"/{connection.settings_dict['NAME']}", os.environ["SUPERUSER_URL"]
        )
        with psycopg.connect(address) as other:
            seen.extend(
                other.execute("SELECT reason FROM randomisation_unblindingrecord").fetchall()
            )
        return "arm"

    with mock.patch("randomisation.unblinding.reveal", reveal):
        unblinding.unblind(participant=first(physician), reason="Sepsis", by=physician)
    assert seen == [("Sepsis",)]


@pytest.mark.promise("BL-07")
def test_shown_once_to_who_asked(physician, dijon):
    participant = first(physician)
    with acting(physician):
        record = unblinding.record_unblinding(
            participant=participant, reason="Sepsis", token=uuid.uuid4(), by=physician
        )
    other = Actor.of(person(Role.PRINCIPAL_INVESTIGATOR, dijon), Verb.UNBLIND)
    with pytest.raises(Conflict, match="shown already"), acting(other):
        unblinding.show_arm(record=record, by=other)
    with acting(physician):
        assert unblinding.show_arm(record=record, by=physician)
    with pytest.raises(Conflict, match="shown already"), acting(physician):
        unblinding.show_arm(record=record, by=physician)


def test_the_same_page_sent_twice_is_refused(physician):
    participant, token = first(physician), uuid.uuid4()
    with acting(physician):
        unblinding.record_unblinding(
            participant=participant, reason="Sepsis", token=token, by=physician
        )
    with pytest.raises(Conflict, match="Ask again"), acting(physician):
        unblinding.record_unblinding(
            participant=participant, reason="Sepsis", token=token, by=physician
        )


@pytest.mark.promise("BL-07")
@pytest.mark.clones
def test_the_alarm_tells_that_and_never_what(physician, dijon, outbox):
    told = [person(r) for r in (Role.SPONSOR_MANAGER, Role.SAFETY_PHYSICIAN, Role.DATA_MANAGER)]
    for role in (Role.MONITOR, Role.TRIAL_STATISTICIAN, Role.SUPPLY_MANAGER):
        person(role)
    for code in ("FR-05-001", "FR-05-002", "FR-05-003"):
        with acting(physician):
            participant = Participant.objects.select_related("centre").get(code=code)
        unblinding.unblind(participant=participant, reason="Sepsis", by=physician)
    assert sorted(m.to[0] for m in outbox[:3]) == sorted(user.email for user in told)
    assert all(len(m.to) == 1 for m in outbox)
    assert len(outbox) == 9
    texts = {re.sub(r"FR-05-00\d|\d\d:\d\d", "", m.subject + m.body) for m in outbox}
    assert len(texts) == 1, "a message differs by more than participant and time"
    assert not re.search(r"LAN|PBO|lanreotide|placebo|Sepsis", texts.pop(), re.IGNORECASE)


def test_no_alarm_without_a_record(physician, outbox):
    person(Role.SPONSOR_MANAGER)
    with acting(physician):
        unblinding.record_unblinding(
            participant=first(physician), reason="Sepsis", token=uuid.uuid4(), by=physician
        )
        transaction.set_rollback(True)
    assert outbox == []


@pytest.mark.parametrize("failing", ["EmailMessage.send", "backends.locmem.EmailBackend.open"])
def test_mail_that_fails_does_not_stop_the_unblinding(physician, failing):
    person(Role.SPONSOR_MANAGER)
    with mock.patch(f"django.core.mail.{failing}", side_effect=ConnectionRefusedError("no mail")):
        assert unblinding.unblind(participant=first(physician), reason="Sepsis", by=physician)


@pytest.mark.clones
def test_one_address_that_is_refused_costs_the_others_nothing(physician, outbox):
    for role in (Role.DATA_MANAGER, Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER):
        person(role)
    send = EmailMessage.send

    def picky(message, **kwargs):
        if message.to == ["data_manager@example.org"]:
            raise SMTPRecipientsRefused({})
        return send(message, **kwargs)

    with mock.patch.object(EmailMessage, "send", picky):
        unblinding.unblind(participant=first(physician), reason="Sepsis", by=physician)
    assert sorted(m.to[0] for m in outbox) == [
        "safety_physician@example.org",
        "sponsor_manager@example.org",
    ]


@pytest.mark.promise("BL-02")
def test_the_trail_of_an_unblinding_holds_no_arm(physician):
    unblinding.unblind(participant=first(physician), reason="Sepsis", by=physician)
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.item, t.new FROM audit.trail t "
            "WHERE t.relation = 'randomisation_unblindingrecord'"
        )
        rows = dict(cursor.fetchall())
    assert rows["#reason"] == "Sepsis"
    assert not {"LAN", "PBO"} & set(rows.values())
