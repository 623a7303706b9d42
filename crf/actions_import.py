"""A file of entries is taken in whole, or nothing of it: each line by the action of the form page.

Trying it out is the same, undone at the end: so what the page says before is what happens after,
checks between the lines of the file included.
"""

from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from crf import actions, reads, study
from crf.definition import Finding
from crf.import_file import Fault, ImportFile, Line
from crf.models import Draft, ImportedFile
from crf.places import place_at
from crf.rules import check_form_of_visit
from crf.words import item_words, language
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor, acting
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Centre
from reminet_site.typed import said

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
TRIED = "tried out"  # stands for a comment or a reason that is not written yet


@dataclass(frozen=True)
class Point:
    """What a check asks about a line: to be confirmed with a comment, or corrected."""

    line: Line
    column: str
    sentence: str


@dataclass
class Outcome:
    """What becomes of a file: entries by what happens to them, and what is said of its lines."""

    entries: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    overwrites: bool = False  # saved values change: a reason is asked for

    @property
    def does_something(self) -> bool:
        return bool(self.entries[NEW] + self.entries[CHANGED])


class NotImported(Refusal):
    """Nothing of the file was taken in."""

    def __init__(self, sentence: str, outcome: Outcome, *, item: str = "") -> None:
        super().__init__(sentence, item=item)
        self.outcome = outcome


def try_out(*, centre: Centre, file: ImportFile, by: Actor) -> Outcome:
    """What would become of the file; nothing is changed."""
    with transaction.atomic():
        outcome = each_line(centre, file, TRIED, TRIED, by)
        transaction.set_rollback(True)
    return outcome


@transaction.atomic(savepoint=False)
def import_file(
    *, centre: Centre, file: ImportFile, reason: str, comment: str, by: Actor
) -> ImportedFile:
    """Every line is data now, each of its values in the trail with this file; or `NotImported`.

    `comment` confirms what the checks ask, `reason` says why saved values change.
    """
    reason, comment = said(reason), said(comment)
    outcome = each_line(centre, file, reason or TRIED, comment or TRIED, by)
    check_can_import(outcome, reason, comment)
    return ImportedFile.objects.create(
        centre=centre,
        form=file.form,
        name=file.name,
        sha256=file.sha256,
        created=outcome.entries[NEW],
        changed=outcome.entries[CHANGED],
        unchanged=outcome.entries[UNCHANGED],
        at=ClinicalNow(),
        by_id=by.user_id,
    )


def check_can_import(outcome: Outcome, reason: str, comment: str) -> None:
    if outcome.faults:
        raise NotImported(
            _("Nothing was changed. Correct these lines in the file and choose it again."), outcome
        )
    if not outcome.does_something:
        raise NotImported(
            _("Nothing was imported: every line says what is saved already."), outcome
        )
    if outcome.points and not comment:
        sentence = _("Checks ask about some values: say why they are right.")
        raise NotImported(sentence, outcome, item="comment")
    if outcome.overwrites and not reason:
        sentence = _("Saved values change: say why, in one sentence.")
        raise NotImported(sentence, outcome, item="reason")


def each_line(centre: Centre, file: ImportFile, reason: str, comment: str, by: Actor) -> Outcome:
    outcome = Outcome()
    drafts = drafts_at(centre, file.form, by)
    with acting(by.because(file.source)):
        for line in file.lines:
            try:
                with transaction.atomic():  # a line that fails leaves the others to be looked at
                    one_line(centre, file, line, drafts, reason, comment, outcome, by)
            except actions.SavedByAnother:
                outcome.faults.append(Fault(line.line, saved_since(line), "entry_version"))
            except actions.NotSaved as refused:
                hard = refused.page.evaluation.of("hard")
                said_of = [fault_of(line, one) for one in hard]
                outcome.faults += said_of or [Fault(line.line, refused.sentence)]
            except Refusal as refused:
                outcome.faults.append(Fault(line.line, refused.sentence, refused.item))
    return outcome


def one_line(
    centre: Centre,
    file: ImportFile,
    line: Line,
    drafts: set[tuple[str, str, int]],
    reason: str,
    comment: str,
    outcome: Outcome,
    by: Actor,
) -> None:
    place = place_of(centre, file.form, line)
    if line.place in drafts:
        raise Refusal(_("You have a draft of this form: save it or discard it first."))
    data, version = (place.entry.data, place.entry.version) if place.entry else ({}, 0)
    raw = overlaid(place, line)
    typed = actions.read_typed(place, raw)
    check_asked(place, typed, line)
    for finding in typed.unanswered:
        raw[actions.comment_name(finding)] = [comment]
    changes = place.compiled.changed(data, typed.data)
    entry = actions.save_at(
        place=place,
        raw=raw,
        version=version if line.version is None else line.version,
        reason=f"{file.source}: {reason}",
        by=by,
    )
    outcome.points += [
        Point(line, finding.item, finding.sentence.get(language())) for finding in typed.unanswered
    ]
    outcome.overwrites |= any(old is not None for _item, _row, old, _new in changes)
    kind = NEW if version == 0 else CHANGED if entry.version > version else UNCHANGED
    outcome.entries[kind] += 1


def place_of(centre: Centre, form: str, line: Line) -> reads.Place:
    """The page of the casebook; a participant of another centre is like one that never was."""
    check_form_of_visit(study.current().definition, line.visit, form, line.number)
    place = place_at(line.code, line.visit, form, line.number)
    if place.participant.centre_id != centre.pk:
        raise NotThere(_("No participant %(code)s.") % {"code": line.code})
    return place


def overlaid(place: reads.Place, line: Line) -> dict[str, list[str]]:
    """What is saved, with the cells of the line in place of their items."""
    raw = place.compiled.raw(place.entry.data) if place.entry else {}
    for name, cell in line.cells.items():
        for box in [one for one in raw if one == name or one.startswith(f"{name}.")]:
            del raw[box]
        raw |= cell.raw(place.compiled.form.by_name[name])
    return raw


def check_asked(place: reads.Place, typed: actions.Typed, line: Line) -> None:
    """A value for an item that the form does not ask for would vanish without a word."""
    for name in line.cells:
        if name not in typed.evaluation.visible:
            raise Refusal(
                _("%(item)s is not asked after the other answers: leave the cell empty.")
                % {"item": item_words(place.study.definition, place.form, name)},
                item=name,
            )


def drafts_at(centre: Centre, form: str, by: Actor) -> set[tuple[str, str, int]]:
    """Where the person has typed something that a save would forget."""
    found = Draft.objects.filter(centre=centre, form=form, user_id=by.user_id)
    return set(found.values_list("participant__code", "visit", "number"))


def saved_since(line: Line) -> str:
    if line.version is None:
        return _("Somebody saved this entry just now: check the file again.")
    return _(
        "The entry is not at version %(n)d any more: take it from a newer release, or leave the "
        "column entry_version out."
    ) % {"n": line.version}


def fault_of(line: Line, finding: Finding) -> Fault:
    return Fault(line.line, finding.sentence.get(language()), finding.item)
