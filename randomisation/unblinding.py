"""Unblind one participant, at any hour: the record first, the arm once.

Two transactions. The record (who, when, why) commits by itself and raises the alarm; only then
is the arm opened. If the second one fails, the record stays.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from smtplib import SMTPException

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf.models import Participant
from randomisation import rules
from randomisation.arms.doors.reveal import reveal
from randomisation.models import UnblindingRecord
from randomisation.signed import sign_unblinding
from reminet_site.clock import clinical_now, now
from reminet_site.context import Actor, acting, because
from reminet_site.errors import Conflict
from reminet_site.mails import holders
from reminet_site.roles import Role, role_words

log = logging.getLogger("reminet")

PATIENCE = 10  # seconds for the mail server
SHOWN_ALREADY = gettext_noop("The arm was shown already, once. Ask again if it is needed again.")
ALARMED = (Role.SPONSOR_MANAGER, Role.SAFETY_PHYSICIAN, Role.DATA_MANAGER)


@transaction.atomic(savepoint=False)
def record_unblinding(
    *, participant: Participant, reason: str, token: uuid.UUID, by: Actor
) -> UnblindingRecord:
    """The request is on record, the alarm goes out when it commits; no arm is read yet.

    `token` names the page that asked: the same page sent twice is refused.
    """
    rules.check_randomised(participant)
    reason = rules.check_reason(reason, _("Say why the arm is needed."))
    with because(reason):
        record, made = UnblindingRecord.objects.get_or_create(
            token=token,
            defaults={
                "participant": participant,
                "centre_id": participant.centre_id,
                "reason": reason,
                "at": now(),
                "clinical_at": clinical_now(),
                "by_id": by.user_id,
                "role": by.role,
            },
        )
    if not made:
        raise Conflict(_(SHOWN_ALREADY))
    sign_unblinding(record, by)
    raise_alarm(participant, record, by)
    return record


@transaction.atomic(savepoint=False)
def show_arm(*, record: UnblindingRecord, by: Actor) -> str:
    """The arm, to the person who asked, once. Its own transaction, after the record's."""
    record = (
        UnblindingRecord.objects.select_for_update(of=("self",))
        .select_related("participant")
        .get(pk=record.pk)
    )
    if record.shown_at is not None or record.by_id != by.user_id:
        raise Conflict(_(SHOWN_ALREADY))
    record.shown_at = now()
    record.save(update_fields=["shown_at"])
    number = record.participant.randomisation_number or ""
    return reveal(number, by=by, reason=f"unblinding {record.pk}")


ENVELOPES = uuid.UUID("5f0c8f5e-6a55-4b0e-9c0d-3f2a6f6d9a11")


@transaction.atomic(savepoint=False)
def record_envelope(
    *, participant: Participant, who: str, why: str, at: datetime, by: Actor
) -> UnblindingRecord | None:
    """An envelope that was opened while the service was down is on record, with its alarm.

    None where it is there already: the same line is recorded once.
    """
    rules.check_randomised(participant)
    why = rules.check_reason(why, _("Say why the envelope was opened."))
    token = uuid.uuid5(ENVELOPES, f"{participant.randomisation_number} {at.isoformat()} {who}")
    with because(why):
        record, made = UnblindingRecord.objects.get_or_create(
            token=token,
            defaults={
                "participant": participant,
                "centre_id": participant.centre_id,
                "reason": f"Envelope opened by {who} while the service was down: {why}",
                "at": at,
                "clinical_at": at,
                "role": "envelope",
                "shown_at": at,
            },
        )
    if not made:
        return None
    raise_alarm(participant, record, replace(by, name=who, role="by envelope"))
    return record


def unblind(*, participant: Participant, reason: str, by: Actor) -> str:
    """Both steps, for a caller that holds no transaction."""
    with acting(by):
        record = record_unblinding(
            participant=participant, reason=reason, token=uuid.uuid4(), by=by
        )
    with acting(by):
        return show_arm(record=record, by=by)


def raise_alarm(participant: Participant, record: UnblindingRecord, by: Actor) -> None:
    """After the commit, tell those who must know that, and never what."""
    subject = f"{participant.code}: the arm was asked for"
    text = (
        f"{by.name} ({role_words(by.role)}) unblinded "
        f"{participant.code} on {record.clinical_at:%d %b %Y at %H:%M} UTC.\n\n"
        "The reason is in the record of the participant. The arm is not in this message and must "
        "not be passed on.\n"
    )
    people = holders(*ALARMED)
    transaction.on_commit(lambda: send(subject, text, people))


def send(subject: str, text: str, people: Sequence[str]) -> None:
    """A message each, over one connection; mail that fails never stops the unblinding.

    A mail server that does not answer costs PATIENCE seconds once, not once a person.
    """
    try:
        with get_connection(timeout=PATIENCE) as connection:
            for address in people:
                try:
                    EmailMessage(subject, text, to=[address], connection=connection).send()
                except SMTPException:
                    log.exception("the alarm of an unblinding was refused for one address")
    except OSError:
        log.exception("the alarm of an unblinding was not sent")
