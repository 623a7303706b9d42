"""Serious events: who is told, at once, that there is one, and who when its report is overdue.

The definition says which event is serious, and what its report holds.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
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
from reminet_site.roles import Role

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

What is missing stands on the form; what happened is not in this message.
"""
)
# What a save of the event sets; the sponsor's reminders are not its to put back.
MOMENTS = ("serious", "aware_at", "told_at", "escalated_at", "known_at", "grave_at")
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
        follow_clock(entry, mark, at, begins=serious and not was)
        if serious and not was:
            physicians, managers = (mails.holders(role) for role in TOLD)
            mails.send(letters(entry, physicians, managers, partial(message, entry, at)))


def follow_clock(entry: Entry, mark: SeriousEvents, at: datetime, *, begins: bool) -> None:
    """The event's clock as it now stands. It begins with the save that makes the event serious,
    anew each time; an event that was serious before there were clocks has none."""
    clock = SeriousReport.objects.filter(entry=entry).first()
    if not mark.report or (clock is None and not begins):
        return
    clock = clock or SeriousReport(
        entry=entry, participant_id=entry.participant_id, centre_id=entry.centre_id
    )
    before = moments(clock)
    if begins:
        clock.known_at, clock.told_at, clock.escalated_at, clock.grave_at = at, None, None, None
    clock.serious = mark.told_by(entry.data)
    if clock.serious:
        follow(clock, entry, mark, at)
    if clock.pk is None:
        clock.save()
    elif before != moments(clock):
        clock.save(update_fields=MOMENTS)


def follow(clock: SeriousReport, entry: Entry, mark: SeriousEvents, at: datetime) -> None:
    """The moments of an event that is serious. The centre knew at the latest when it saved that;
    what was told once stays told."""
    known_at = clock.known_at or at
    told = aware_at(entry.data, mark, entry.participant.centre.timezone)
    clock.aware_at = min(told, known_at) if told else known_at
    if clock.told_at is None and not blanks(entry.data, mark):
        clock.told_at = at
    grave = mark.grave is not None and mark.grave.by(entry.data)
    clock.grave_at = (clock.grave_at or at) if grave else None
    if not ReportClock(clock.aware_at, clock.told_at).late(at):
        clock.escalated_at = None  # a moment was mistyped: it may become late yet


def moments(clock: SeriousReport) -> tuple[Any, ...]:
    return tuple(getattr(clock, name) for name in MOMENTS)


def overdue_reports() -> list[SeriousReport]:
    """Those that nobody who must act was told of yet, the longest overdue first."""
    late = clinical_now() - ALLOWED
    waits = SeriousReport.objects.filter(serious=True, told_at=None, escalated_at=None)
    found = waits.filter(aware_at__lt=late).select_related("entry__participant__centre")
    return list(found.order_by("aware_at", "id"))


def escalation(report: SeriousReport) -> list[mails.Mail]:
    """To the sponsor's people, and to those who answer for the report at the centre."""
    physicians, managers = (mails.holders(role) for role in TOLD)
    here = mails.holders_at(report.centre_id, *CENTRE)
    return letters(report.entry, [*physicians, *here], managers, partial(overdue, report))


def mark_escalated(report: SeriousReport) -> None:
    """Where the clock still stands as it was told."""
    waits = SeriousReport.objects.filter(
        pk=report.pk, serious=True, told_at=None, aware_at=report.aware_at
    )
    waits.update(escalated_at=clinical_now())


def letters(
    entry: Entry, readers: list[User], others: list[User], write: Write
) -> list[mails.Mail]:
    """One to each: to the form for who may open it, else to the list of events."""
    place = [entry.participant.code, entry.visit, entry.form, entry.number]
    pages = {user: reverse("crf:serious_events") for user in others}
    pages |= {user: reverse("crf:form", args=place) for user in readers}
    people = sorted(pages, key=lambda user: user.email)
    return [mails.to(user, partial(write, pages[user])) for user in people]


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
