"""What happened to a participant: saves of entries, and what other rooms tell of."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crf.definition import Definition
from crf.models import Participant
from crf.presenters.recent import NEWEST, Happening
from crf.words import form_words


def happenings(
    request: HttpRequest, definition: Definition, participant: Participant
) -> list[Happening]:
    """In no order; each room tells what this reader may know."""
    found = saves(definition, participant)
    for path in settings.HAPPENINGS:
        found += import_string(path)(request, definition, participant)
    return found


def saves(definition: Definition, participant: Participant) -> list[Happening]:
    """The last saves of this participant, newest first, from the trail's version rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.clinical_at, t.actor, t.visit, t.form, e.number, t.act FROM audit.trail t "
            "JOIN crf_entry e ON e.id = t.row_id::bigint "
            "WHERE t.chain = %s AND t.relation = 'crf_entry' AND t.item = '#version' "
            "ORDER BY t.seq DESC LIMIT %s",
            [f"participant:{participant.pk}", NEWEST],
        )
        rows = cursor.fetchall()
    return [
        Happening(
            at=at,
            who=actor,
            what=(_("%(form)s entered") if act == "create" else _("%(form)s changed"))
            % {"form": form_words(definition, form, visit, number)},
        )
        for at, actor, visit, form, number, act in rows
    ]
