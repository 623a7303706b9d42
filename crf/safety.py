"""Serious events: who is told, at once, that there is one, and who when its report is overdue.

The definition says which event is serious, and what its report holds.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf import study
from crf.definition.plan import SeriousEvents
from crf.models import Entry, SeriousReport
from crf.safety_clock import ALLOWED, ReportClock, aware_at, blanks
from crf.words import form_words
from reminet_site import mails
from reminet_site.clock import clinical_now
from reminet_site.jinja2_env import moment
from reminet_site.models import User
from reminet_site.roles import RIGHTS, Role, Verb

# The sponsor's duty, and the physician who judges the event for the sponsor.
TOLD = (Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER)
# Who answers for the report at the centre.
CENTRE = (Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR)
SAVED = gettext_noop(
    """A serious event was saved.

Centre: %(centre)s
Participant: %(code)s
Form: %(form)s
Saved: %(at)s UTC
Page: %(address)s

What happened stands on that page; it is not in this message.
"""
)
OVERDUE = gettext_noop(
    """The report of a serious event is not complete 24 hours after the centre learned of it.

Centre: %(centre)s
Participant: %(code)s
Form: %(form)s
Known since: %(aware)s UTC
Due: %(due)s UTC
Page: %(address)s

What is missing stands on that page; what happened is not in this message.
"""
)
Write = Callable[[str], tuple[str, str]]


def entry_saved(entry: Entry, before: Mapping[str, Any]) -> None:
    """Called in the transaction of the save; the mail goes out when it commits.

    Once for each time that the event becomes serious, not for what is saved of it later.
    """
    mark = study.current().definition.trial.landmarks.serious
    if mark is None or entry.form != mark.form:
        return
    serious, was = mark.told_by(entry.data), mark.told_by(before)
    if serious or was:
        at = clinical_now()
        follow_clock(entry, mark, at)
        if serious and not was:
            mails.send(messages(entry, mails.holders(*TOLD), partial(message, entry, at)))


def follow_clock(entry: Entry, mark: SeriousEvents, at: datetime) -> None:
    """The event's clock as it now stands. Where no day of knowledge is told, it runs from the save
    that made it serious: the centre knew then. What was told once stays told."""
    if not mark.report:
        return
    serious = mark.told_by(entry.data)
    found = SeriousReport.objects.filter(entry=entry).first()
    if found is None and not serious:
        return
    clock = found or SeriousReport(
        entry=entry, participant_id=entry.participant_id, centre_id=entry.centre_id, aware_at=at
    )
    before = (clock.serious, clock.aware_at, clock.told_at)
    clock.serious = serious
    if serious:
        zone = entry.participant.centre.timezone
        clock.aware_at = aware_at(entry.data, mark, zone) or clock.aware_at
        if clock.told_at is None and not blanks(entry.data, mark):
            clock.told_at = at
    if found is None or before != (clock.serious, clock.aware_at, clock.told_at):
        clock.save()


@transaction.atomic
def escalate() -> list[SeriousReport]:
    """Those who must act are told of each report that is overdue, once."""
    at = clinical_now()
    waits = SeriousReport.objects.filter(
        serious=True, told_at=None, escalated_at=None, aware_at__lt=at - ALLOWED
    )
    found = list(
        waits.select_for_update(of=["self"], skip_locked=True)
        .select_related("entry__participant__centre")
        .order_by("aware_at")
    )
    for one in found:
        one.escalated_at = at
        one.save(update_fields=["escalated_at"])
        people = mails.holders(*TOLD) + mails.holders(*CENTRE, centre=one.centre_id)
        people = list({user.pk: user for user in people}.values())
        mails.send(messages(one.entry, people, partial(overdue, one)))
    return found


def messages(entry: Entry, people: list[User], write: Write) -> list[mails.Mail]:
    """One to each: to the form for who may open it, else to the list of events."""
    roles = (role for role in (*TOLD, *CENTRE) if Verb.READ_CASEBOOK in RIGHTS[role])
    readers = set(mails.holders(*roles))
    place = [entry.participant.code, entry.visit, entry.form, entry.number]
    form, events = reverse("crf:form", args=place), reverse("crf:serious_events")
    return [mails.to(user, partial(write, form if user in readers else events)) for user in people]


def message(entry: Entry, at: datetime, page: str) -> tuple[str, str]:
    """Subject and text: where the event stands, and nothing that was typed."""
    text = _(SAVED) % (where(entry, page) | {"at": moment(at)})
    return _("%(code)s: a serious event was saved") % {"code": entry.participant.code}, text


def overdue(report: SeriousReport, page: str) -> tuple[str, str]:
    entry = report.entry
    clock = ReportClock(report.aware_at, report.told_at)
    times = {"aware": moment(clock.aware_at), "due": moment(clock.due_at)}
    subject = _("%(code)s: the report of a serious event is overdue")
    return subject % {"code": entry.participant.code}, _(OVERDUE) % (where(entry, page) | times)


def where(entry: Entry, page: str) -> dict[str, Any]:
    """The event's place, in words."""
    return {
        "centre": entry.participant.centre,
        "code": entry.participant.code,
        "form": form_words(study.current().definition, entry.form, entry.visit, entry.number),
        "address": settings.SITE_URL + page,
    }
