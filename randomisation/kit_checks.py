"""The kit number and the day of an injection, compared with the kit that was taken for its visit.

Whoever types another number, that of a kit that was set aside or had expired, or a day before the
kit was taken is told beside the box, and corrects it or says in a comment why it stays. That is
not for the centre alone to judge: of what is saved so, a query by this check is open as long as
it holds. What is said follows from numbers and days that everybody at the centre sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from crf import study
from crf.actions import first_day
from crf.actions_queries import NO_LONGER, close_query, raise_query
from crf.definition import Finding, Text
from crf.models import DataQuery, Entry, Participant, QueryState
from crf.reads import Place
from crf.words import visit_words
from randomisation.course import typed_number
from randomisation.models import Dispensing
from randomisation.reads import dispensings_of

CHECK = "randomisation.kit"  # no check of a form has a dot in its name
DEVIATION = Text(
    "Kit or day not as taken for the visit", "Kit ou jour autres que ceux de la visite"
)
SENTENCE = gettext_noop(
    "Kit %(kit)s was not taken for %(code)s at %(visit)s. The kit of each visit stands under "
    "Number and kits in the casebook: correct the number, or say which box was used."
)
ASIDE = gettext_noop(
    "Kit %(kit)s was set aside after it was taken for %(code)s at %(visit)s. Take another one "
    "under Number and kits in the casebook and type its number, or say why this box was used."
)
EXPIRED = gettext_noop(
    "Kit %(kit)s had expired on %(day)s, before this injection. Correct the number or the date, or "
    "say why this box was used."
)
EARLY = gettext_noop(
    "Kit %(kit)s was taken for this visit on %(day)s, after this injection. Correct the date, or "
    "say why the kit was taken later."
)
SENTENCES = (SENTENCE, ASIDE, EXPIRED, EARLY)
# The same with a group for each place.
KEPT = {
    one: re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(one))) for one in SENTENCES
}


def findings(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    """What is said before it is saved; no statement where no number is typed."""
    mark = place.study.definition.trial.landmarks.kit
    if mark is None or place.form != mark.form:
        return
    dated_by = place.compiled.form.dated_by
    on = first_day(answers.get(dated_by))
    number, day = judged(place.participant, place.visit, typed_number(answers, mark.item), on)
    for item, said in ((mark.item, number), (dated_by, day)):
        if said:
            with override("fr"):
                both = Text(said, told(said))
            yield Finding("soft", item, "", CHECK, both)


def entry_saved(entry: Entry, before: Mapping[str, Any]) -> None:
    """Called in the transaction of the save."""
    mark = study.current().definition.trial.landmarks.kit
    if mark is not None and entry.form == mark.form:
        follow(entry, mark.item)


def kit_changed(participant: Participant, visit: str) -> None:
    """Called where a kit was taken or set aside: the injection may have been saved before."""
    mark = study.current().definition.trial.landmarks.kit
    if mark is None:
        return
    here = Entry.objects.filter(participant=participant, visit=visit, form=mark.form)
    for entry in here.select_related("participant"):
        follow(entry, mark.item)


def follow(entry: Entry, item: str) -> None:
    """The queries that this entry asks for are open, and no others of this check."""
    kit = typed_number(entry.data, item)
    number, day = judged(entry.participant, entry.visit, kit, entry.visit_date)
    dated_by = study.current().definition.form(entry.form).dated_by
    asked = asked_at(entry)
    for one, said in ((item, number), (dated_by, day)):
        follow_one(entry, one, said, asked.get(one))


def follow_one(entry: Entry, item: str, said: str, asked: DataQuery | None) -> None:
    """`said`: what is wrong with this item; `asked`: its query that is open."""
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


def judged(participant: Participant, visit: str, kit: str, on: date | None) -> tuple[str, str]:
    """What is wrong with the number, and with `on`, the day of the injection; "" where nothing
    is. In English, as it is kept; the same whatever the kits hold."""
    if not kit:
        return "", ""
    taken = dispensings_of(participant).filter(visit=visit, kit__number=kit).first()
    if taken is None:
        return sentence(kit, participant.code, english(visit)), ""
    return of_number(taken, participant.code, english(visit), on), of_day(taken, on)


def of_number(taken: Dispensing, code: str, visit: str, on: date | None) -> str:
    """What is wrong with a kit that was taken for the visit."""
    if taken.set_aside:  # type: ignore[attr-defined]
        return sentence(taken.kit.number, code, visit, ASIDE)
    if on is not None and taken.kit.expires_on < on:
        return EXPIRED % {"kit": taken.kit.number, "day": f"{taken.kit.expires_on:%d/%m/%Y}"}
    return ""


def of_day(taken: Dispensing, on: date | None) -> str:
    """An injection before its kit was taken; both are days of the centre."""
    if on is None or on >= taken.dispensed_on:
        return ""
    return EARLY % {"kit": taken.kit.number, "day": f"{taken.dispensed_on:%d/%m/%Y}"}


def english(visit: str) -> str:
    """ "Injection 5", as it is kept."""
    with override("en"):
        return visit_words(study.current().definition, visit)


def sentence(kit: str, code: str, visit: str, words: str = SENTENCE) -> str:
    return words % {"kit": kit, "code": code, "visit": visit}


def told(said: str) -> str:
    """A sentence that is kept, in the language of the page."""
    for words, pattern in KEPT.items():
        if found := pattern.fullmatch(said):
            return _(words) % found.groupdict()
    return said


def asked_at(entry: Entry) -> dict[str, DataQuery]:
    """Item -> the query of this check on the entry that is not closed."""
    found = DataQuery.objects.filter(
        participant=entry.participant_id,
        visit=entry.visit,
        form=entry.form,
        number=entry.number,
        check_name=CHECK,
    ).exclude(state=QueryState.CLOSED)
    return {one.item: one for one in found}
