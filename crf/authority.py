"""Who is reminded that a report to the authority is due: two days before, and each day until it is
recorded as sent. Of an event that nobody judged yet as well: judging it late stops no clock.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf import reads_safety, safety
from crf.models import SeriousReport
from crf.presenters.words import day
from crf.reads_safety import Event
from crf.susar import Duty, next_due
from reminet_site import mails
from reminet_site.clock import clinical_now, day_at

BEFORE = timedelta(days=2)
DUE = gettext_noop(
    """A report to the authority is due, and none is recorded as sent.

Centre: %(centre)s
Participant: %(code)s
Form: %(form)s
Due: %(due)s
Page: %(address)s

What is owed, and what happened, stands on that page; it is not in this message.
"""
)
NOT_JUDGED = gettext_noop(
    """
The sponsor's opinion is not given yet: the report is due where the event is not expected.
"""
)


@dataclass(frozen=True)
class Reminder:
    """An event of which something is owed soon, or was owed already."""

    event: Event
    duty: Duty
    on: date  # today at the sponsor


def reminders() -> list[Reminder]:
    """Those that nobody was reminded of today."""
    today = day_at(clinical_now(), None)
    found = []
    for event in reads_safety.running():
        duty = next_due(event.may_be_owed)
        assert event.clock is not None
        soon = duty is not None and duty.due_on - today <= BEFORE
        if duty and soon and event.clock.reminded_on != today:
            found.append(Reminder(event, duty, today))
    return found


def letters(reminder: Reminder) -> list[mails.Mail]:
    """One to each of the sponsor's people."""
    return mails.to_each(mails.holders(*safety.TOLD), partial(message, reminder))


def message(reminder: Reminder) -> tuple[str, str]:
    entry = reminder.event.entry
    due = day(reminder.duty.due_on)
    text = _(DUE) % {
        **safety.where(entry, reverse("crf:serious_event", args=[entry.pk])),
        "due": due,
    }
    if not reminder.event.opinions:
        text += _(NOT_JUDGED)
    subject = _("%(code)s: a report to the authority is due on %(day)s")
    return subject % {"code": entry.participant.code, "day": due}, text


def mark_reminded(reminder: Reminder) -> None:
    SeriousReport.objects.filter(entry=reminder.event.entry).update(reminded_on=reminder.on)
