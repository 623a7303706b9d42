"""The kit number that an injection names, compared with the kit that was taken for its visit.

Whoever types another number is told beside the box, and corrects it or says in a comment why it
stays. That is not for the centre alone to judge: of a number that is saved so, a query by this
check is open as long as they differ. What both say follows from numbers that everybody at the
centre sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from crf import study
from crf.actions_queries import NO_LONGER, close_query, raise_query
from crf.definition import Finding, Text
from crf.models import DataQuery, Entry, Participant, QueryState
from crf.reads import Place
from randomisation.models import Dispensing

CHECK = "randomisation.kit"  # no check of a form has a dot in its name
SENTENCE = gettext_noop(
    "Kit %(kit)s was not taken for %(code)s at %(visit)s. The kit of each visit stands under "
    "Number and kits in the casebook: correct the number, or say which box was used."
)
# The same with a group for each place.
KEPT = re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(SENTENCE)))


def findings(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    """What is said of the number before it is saved; no statement where none is typed."""
    mark = place.study.definition.trial.landmarks.kit
    if mark is None or place.form != mark.form:
        return
    said = finding(place.participant, place.visit, named(answers, mark.item))
    if said:
        with override("fr"):
            both = Text(said, told(said))
        yield Finding("soft", mark.item, "", CHECK, both)


def entry_saved(entry: Entry, before: Mapping[str, Any]) -> None:
    """Called in the transaction of the save."""
    mark = study.current().definition.trial.landmarks.kit
    if mark is not None and entry.form == mark.form:
        follow(entry, mark.item)


def kit_taken(participant: Participant, visit: str) -> None:
    """Called where a kit was taken: the injection may have been saved before."""
    mark = study.current().definition.trial.landmarks.kit
    if mark is None:
        return
    here = Entry.objects.filter(participant=participant, visit=visit, form=mark.form)
    for entry in here.select_related("participant"):
        follow(entry, mark.item)


def follow(entry: Entry, item: str) -> None:
    """The query that this entry asks for is open, and no other of this check."""
    said = finding(entry.participant, entry.visit, named(entry.data, item))
    asked = asked_at(entry)
    if asked is not None and asked.steps.values_list("text", flat=True)[0] != said:
        close_query(query=asked, text=NO_LONGER, by=None)
        asked = None
    if said and asked is None:
        raise_query(
            participant=entry.participant,
            visit=entry.visit,
            form=entry.form,
            number=entry.number,
            item=item,
            text=said,
            check_name=CHECK,
            by=None,
        )


def named(answers: Mapping[str, Any], item: str) -> str:
    """The number as typed; "" where there is none, or a reason for having none."""
    kept = answers.get(item)
    return kept.strip() if isinstance(kept, str) else ""


def finding(participant: Participant, visit: str, kit: str) -> str:
    """What is wrong with this number, in a sentence; "" where nothing is."""
    if not kit:
        return ""
    taken = Dispensing.objects.filter(participant=participant, visit=visit, kit__number=kit)
    return "" if taken.exists() else sentence(kit, participant.code, visit)


def sentence(kit: str, code: str, visit: str) -> str:
    """In English, as it is kept; the same whatever the kits hold."""
    return SENTENCE % {"kit": kit, "code": code, "visit": visit}


def told(said: str) -> str:
    """A sentence that is kept, in the language of the page."""
    found = KEPT.fullmatch(said)
    return _(SENTENCE) % found.groupdict() if found else said


def asked_at(entry: Entry) -> DataQuery | None:
    """The query of this check on the entry that is not closed."""
    return (
        DataQuery.objects.filter(
            participant=entry.participant_id,
            visit=entry.visit,
            form=entry.form,
            number=entry.number,
            check_name=CHECK,
        )
        .exclude(state=QueryState.CLOSED)
        .first()
    )
