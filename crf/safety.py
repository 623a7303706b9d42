"""Serious events: who is told, at once, that there is one. The definition says which is serious."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from crf import study
from crf.models import Entry
from reminet_site import mails
from reminet_site.clock import clinical_now
from reminet_site.roles import Role

# The sponsor's duty, and the physician who judges the event for the sponsor.
TOLD = (Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER)
SAVED = """A serious event was saved.

Centre: {centre}
Participant: {code}
Form: {form} {number}
Saved: {at:%d %b %Y at %H:%M} UTC
Page: {address}

What happened stands on that page, for whoever may read the participant's data; it is not in this
message.
"""


def entry_saved(entry: Entry, before: Mapping[str, Any]) -> None:
    """Called in the transaction of the save; the mail goes out when it commits.

    Once for each time that the event becomes serious, not for what is saved of it later.
    """
    mark = study.current().definition.trial.landmarks.serious
    if mark is None or entry.form != mark.form:
        return
    if mark.told_by(entry.data) and not mark.told_by(before):
        subject, text = message(entry)
        mails.send(subject, [(address, text) for address in mails.holders(*TOLD)])


def message(entry: Entry) -> tuple[str, str]:
    """Subject and text: where the event stands, and nothing that was typed."""
    participant = entry.participant
    place = [participant.code, entry.visit, entry.form, entry.number]
    text = SAVED.format(
        centre=participant.centre,
        code=participant.code,
        form=study.current().definition.form(entry.form).title.en,
        number=entry.number,
        at=clinical_now(),
        address=settings.SITE_URL + reverse("crf:form", args=place),
    )
    return f"{participant.code}: a serious event was saved", text
