"""Unblind one participant, at any hour: the record first, the arm once.

Two transactions. The record (who, when, why) commits by itself and raises the alarm; only then
is the arm opened. If the second one fails, the record stays.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf.models import Participant
from randomisation import rules
from randomisation.arms.doors.reveal import reveal
from randomisation.models import UnblindingRecord
from randomisation.signed import sign_unblinding
from reminet_site import mails
from reminet_site.clock import clinical_now, now
from reminet_site.context import Actor, acting, because
from reminet_site.errors import Conflict
from reminet_site.jinja2_env import moment
from reminet_site.roles import Role, role_words

SHOWN_ALREADY = gettext_noop("The arm was shown already, once. Ask again if it is needed again.")
ALARM = gettext_noop(
    """%(name)s (%(role)s) unblinded %(code)s on %(at)s UTC.

The reason is in the record of the participant. The arm is not in this message and must not be
passed on.
"""
)
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
    raise_alarm(participant, record, replace(by, name=who, role=gettext_noop("by envelope")))
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

    def write() -> tuple[str, str]:
        named = {
            "name": by.name,
            "role": _(role_words(by.role)),
            "code": participant.code,
            "at": moment(record.clinical_at),
        }
        return _("%(code)s: the arm was asked for") % {"code": participant.code}, _(ALARM) % named

    mails.send(mails.to_each(mails.holders(*ALARMED), write))
