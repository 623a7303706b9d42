"""Writes on participants and their entries; queries and the lock have files of their own."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crf import actions_queries, reads, study, wording
from crf.checks_beside import with_checks_beside
from crf.definition import Evaluation, Finding, dates
from crf.definition.model import Bounds
from crf.definition.values import BadValue, parse
from crf.models import Draft, Entry, Participant
from crf.places import place_at
from crf.rules import (
    check_before_withdrawal,
    check_can_enter,
    check_can_screen,
    check_day_of_screening,
    check_form_of_visit,
    check_not_frozen,
    check_not_locked,
    trial_is_locked,
)
from reminet_site.audit import note
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor, because
from reminet_site.errors import Conflict, Refusal
from reminet_site.models import Centre
from reminet_site.statements import prepared
from reminet_site.typed import said
from reminet_site.wording import ACT as WORDING_KEPT

Raw = Mapping[str, Sequence[str]]
REASON = "change_reason"  # beside the answers, in what a form posts and in a draft


class NotSaved(Refusal):
    """The form keeps what was typed and says what stops the save."""

    def __init__(self, page: "Typed", *, reason_needed: bool = False) -> None:
        super().__init__(_("Not saved."))
        self.page = page
        self.reason_needed = reason_needed


class SavedByAnother(Conflict):
    """Somebody saved this form since it was opened; both sides are shown."""

    def __init__(self, page: "Typed") -> None:
        super().__init__(_("Somebody else saved this form since you opened it."))
        self.page = page


@dataclass(frozen=True)
class Typed:
    """A form as typed, judged against the rest of the casebook."""

    place: reads.Place
    evaluation: Evaluation
    comments: dict[str, dict[str, str]]
    normal: Mapping[str, Bounds]  # the centre's own limits on the day of the form

    @property
    def unanswered(self) -> list[Finding]:
        return [f for f in self.evaluation.of("soft") if f.key not in self.comments]

    @property
    def data(self) -> dict[str, Any]:
        """What is stored: answers of visible items; a hidden item keeps none."""
        return self.evaluation.answers


@transaction.atomic
def screen_participant(
    *, centre: Centre, screened_on: date, expected_code: str = "", by: Actor
) -> Participant:
    """A new code, the next of the centre; refused where it is not the one that was shown."""
    Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
    check_can_screen(centre, trial_is_locked())
    check_day_of_screening(centre, screened_on)
    last = Participant.objects.filter(centre=centre).aggregate(last=Max("number"))["last"] or 0
    code = f"{centre.code}-{last + 1:03d}"
    if expected_code and expected_code != code:
        raise Refusal(
            _("%(taken)s was given a moment ago. The next code is %(code)s.")
            % {"taken": expected_code, "code": code}
        )
    return Participant.objects.create(
        centre=centre,
        number=last + 1,
        code=code,
        screened_on=screened_on,
    )


def read_typed(place: reads.Place, raw: Raw) -> Typed:
    """Parse and judge what was typed; writes nothing."""
    context = place.context(typed_day(place, raw))
    evaluation = with_checks_beside(place, place.compiled.process(raw, context))
    typed = {name: said(values[-1]) for name, values in raw.items() if name[:8] == "confirm."}
    kept = place.entry.comments if place.entry else {}
    comments = {}
    for finding in evaluation.of("soft"):
        value = value_text(evaluation.answers, finding)
        comment = typed.get(comment_name(finding))
        if comment:
            comments[finding.key] = {"value": value, "comment": comment[:500]}
        elif kept.get(finding.key, {}).get("value") == value:
            comments[finding.key] = kept[finding.key]
    return Typed(place, evaluation, comments, context.normal)


def typed_day(place: reads.Place, raw: Raw) -> date | None:
    """The day that the form is of, as typed; None where it can't be read yet."""
    form = place.compiled.form
    if not form.dated_by or "." in form.dated_by:
        return None
    try:
        return first_day(parse(form.by_name[form.dated_by], None, raw, form.dated_by))
    except BadValue:
        return None


def value_text(answers: Mapping[str, Any], finding: Finding) -> str:
    """The value that a comment confirms; another value needs another comment."""
    name, _, inner = finding.item.partition(".")
    found = answers.get(name)
    if finding.row and isinstance(found, list):
        row = next((r for r in found if r.get("id") == finding.row), {})
        found = row.get(inner)
    text = "" if found is None else str(found)
    return wording.sealed(text) if finding.check == wording.CHECK else text


@transaction.atomic(savepoint=False)
def save_entry(
    *,
    participant: Participant,
    visit: str,
    form: str,
    number: int = 1,
    raw: Raw,
    version: int,
    reason: str = "",
    by: Actor,
) -> Entry:
    """The form is data now, whole, at its next version; or nothing changed, and why is said.

    `version` is the one the writer saw (0 where there was none).
    """
    check_form_of_visit(study.current().definition, visit, form, number)
    place = place_at(participant.code, visit, form, number)
    return save_at(place=place, raw=raw, version=version, reason=reason, by=by)


@transaction.atomic(savepoint=False)
def save_at(*, place: reads.Place, raw: Raw, version: int, reason: str = "", by: Actor) -> Entry:
    """The same, for a page of the casebook that is read already."""
    check_not_locked(place.locked)
    check_can_enter(
        place.study.definition, place.participant, place.visit, place.form, place.forms_entered
    )
    typed = read_typed(place, raw)
    # A file that grows is imported again, with lines that are saved already: they change nothing.
    if place.frozen_on and place.entry and differs(typed, place.entry):
        check_not_frozen(place.frozen_on)
    if version != (place.entry.version if place.entry else 0):
        raise SavedByAnother(typed)
    check_before_withdrawal(
        place, day_of(typed), typed.data, registers=lambda: reads.accepts_registers(place)
    )
    if typed.evaluation.refused or typed.unanswered:
        raise NotSaved(typed)
    kept = place.entry.comments if place.entry else {}
    before = place.entry.data if place.entry else {}
    if place.entry is None:
        entry = create_entry(typed, by)
    else:
        entry = change_entry(typed, place.entry, said(reason), by)
    note_wording(typed, kept)
    follow_withdrawal(entry, place)
    own = {check.name for check in place.compiled.form.checks}  # another room follows its own
    asked = [query for query in place.queries if query.check_name in own]
    actions_queries.follow_checks(typed.evaluation.findings, entry, asked)
    actions_queries.follow_readers(place, entry)
    tell_listeners(entry, before)
    return entry


def day_of(typed: Typed) -> date | None:
    """The day that the entry is of: its own date, or where the form has none its visit's."""
    place = typed.place
    form = place.compiled.form
    if form.dated_by:
        return first_day(typed.data.get(form.dated_by))
    return min(place.days_of_visit, default=None)


def follow_withdrawal(entry: Entry, place: reads.Place) -> None:
    """The participant bears the day of withdrawal that the entry tells, or none any more."""
    mark = place.study.definition.trial.landmarks.withdrawn
    if mark is None or entry.form != mark.form:
        return
    told = not mark.value or entry.data.get(mark.item) == mark.value
    on = entry.visit_date if told else None
    if place.participant.withdrawn_on != on:
        Participant.objects.filter(pk=entry.participant_id).update(withdrawn_on=on)
        place.participant.withdrawn_on = on


def note_wording(typed: Typed, before: Mapping[str, Any]) -> None:
    """Texts kept against the finding on their wording are acts too: where, never what."""
    place = typed.place
    for key, said_ in typed.comments.items():
        field, _, check = key.rpartition(":")
        if check == wording.CHECK and before.get(key) != said_:
            note(
                WORDING_KEPT,
                f"{place.visit} {place.form} {place.number} {field}",
                centre_id=place.participant.centre_id,
                participant_id=place.participant.pk,
                detail="item of a form",
            )


def create_entry(typed: Typed, by: Actor) -> Entry:
    place = typed.place
    try:
        with transaction.atomic():
            return Entry.objects.create(
                participant=place.participant,
                centre_id=place.participant.centre_id,
                visit=place.visit,
                form=place.form,
                number=place.number,
                definition_id=place.study.pk,
                **columns(typed, by),
            )
    except IntegrityError:
        raise SavedByAnother(typed) from None


def differs(typed: Typed, entry: Entry) -> bool:
    """What was typed is not what is saved."""
    now = (typed.data, derived_names(typed), typed.comments)
    return now != (entry.data, entry.derived, entry.comments)


def derived_names(typed: Typed) -> list[str]:
    return sorted(map(trail_name, typed.evaluation.derived))


def change_entry(typed: Typed, entry: Entry, reason: str, by: Actor) -> Entry:
    if not differs(typed, entry):
        Draft.objects.filter(
            participant=entry.participant_id,
            visit=entry.visit,
            form=entry.form,
            number=entry.number,
            user=by.user_id,
        ).delete()
        return entry
    changes = typed.place.compiled.changed(entry.data, typed.data)
    if not reason and any(old is not None for _item, _row, old, _new in changes):
        raise NotSaved(typed, reason_needed=True)
    new = columns(typed, by)
    with because(reason[:500], typed.place.query_about(changes)):
        if not write_next_version(entry, new):
            raise SavedByAnother(typed)
    for name, value in new.items():
        setattr(entry, name, value)
    entry.version += 1
    return entry


def write_next_version(entry: Entry, new: Mapping[str, Any]) -> bool:
    """The entry has these columns, if it still is at the version that was read."""
    said = {name: value for name, value in new.items() if name != "saved_at"}
    values = [json.dumps(v) if isinstance(v, (dict, list)) else v for v in said.values()]
    names = ", ".join(f"{name} = %s" for name in said)
    with prepared() as cursor:
        cursor.execute(
            f"UPDATE crf_entry SET version = version + 1, saved_at = audit.clinical_now(), {names}"
            " WHERE id = %s AND version = %s",
            [*values, entry.pk, entry.version],
        )
        return bool(cursor.rowcount)


def columns(typed: Typed, by: Actor) -> dict[str, Any]:
    answers = typed.data
    counts = typed.evaluation.completeness.values()
    return {
        "data": answers,
        "derived": derived_names(typed),
        "comments": typed.comments,
        "visit_date": first_day(answers.get(typed.place.compiled.form.dated_by)),
        "filled": sum(filled for filled, _ in counts),
        "expected": sum(expected for _, expected in counts),
        "saved_at": ClinicalNow(),
        "saved_by_id": by.user_id,
    }


def trail_name(field: str) -> str:
    """ "targets.r1.change" as the trail names it: "targets[r1].change"."""
    group, _, rest = field.partition(".")
    row, _, item = rest.partition(".")
    return f"{group}[{row}].{item}" if rest else group


def comment_name(finding: Finding) -> str:
    """The POST name of the comment that confirms a soft finding."""
    tail = f".{finding.row}" if finding.row else ""
    return f"confirm.{finding.check}.{finding.item}{tail}"


def first_day(value: Any) -> date | None:
    """The day of a date, or the first that a partial one may stand for."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}(-\d\d){0,2}", value):
        return date.fromordinal(dates.span(value)[0])
    return None


def tell_listeners(entry: Entry, before: Mapping[str, Any]) -> None:
    """Whoever wants to know of a save, and of the answers before it; the settings list them."""
    for path in settings.ON_ENTRY_SAVED:
        import_string(path)(entry, before)


# For whoever allocates, as a part of one statement; `mark_randomised` is the same by itself.
MARK = """
UPDATE crf_participant
   SET randomised_on = %(today)s::date, randomised_at = %(clinical_at)s::timestamptz,
       randomisation_number = %(number)s::text
 WHERE id = %(participant)s::bigint AND randomised_on IS NULL
RETURNING id
"""


def mark_randomised(
    *, participant: Participant, number: str, at: datetime, on: date, by: Actor
) -> None:
    """The blind facts of an allocation; written once."""
    with prepared() as cursor:
        cursor.execute(
            MARK,
            {"today": on, "clinical_at": at, "number": number, "participant": participant.pk},
        )
        changed = cursor.fetchone()
    if not changed:
        raise Refusal(_("%(code)s is randomised already.") % {"code": participant.code})
