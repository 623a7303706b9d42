"""Serious events: who is told, at once, that there is one. The definition says which is serious."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf import study
from crf.models import Entry
from crf.words import form_words
from reminet_site import mails
from reminet_site.clock import clinical_now
from reminet_site.jinja2_env import moment
from reminet_site.roles import RIGHTS, Role, Verb

# The sponsor's duty, and the physician who judges the event for the sponsor.
TOLD = (Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER)
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


def entry_saved(entry: Entry, before: Mapping[str, Any]) -> None:
    """Called in the transaction of the save; the mail goes out when it commits.

    Once for each time that the event becomes serious, not for what is saved of it later.
    """
    mark = study.current().definition.trial.landmarks.serious
    if mark is None or entry.form != mark.form:
        return
    if mark.told_by(entry.data) and not mark.told_by(before):
        mails.send(messages(entry))


def messages(entry: Entry) -> list[mails.Mail]:
    """One to each who is told: to the form for who may open it, else to the list of events."""
    readers = set(mails.holders(*(role for role in TOLD if Verb.READ_CASEBOOK in RIGHTS[role])))
    place = [entry.participant.code, entry.visit, entry.form, entry.number]
    form, events = reverse("crf:form", args=place), reverse("crf:serious_events")
    at = clinical_now()
    return [
        mails.to(user, partial(message, entry, form if user in readers else events, at))
        for user in mails.holders(*TOLD)
    ]


def message(entry: Entry, page: str, at: datetime) -> tuple[str, str]:
    """Subject and text: where the event stands, and nothing that was typed."""
    code = entry.participant.code
    text = _(SAVED) % {
        "centre": entry.participant.centre,
        "code": code,
        "form": form_words(study.current().definition, entry.form, entry.visit, entry.number),
        "at": moment(at),
        "address": settings.SITE_URL + page,
    }
    return _("%(code)s: a serious event was saved") % {"code": code}, text
