"""A file of entries is taken in whole, or nothing of it: each line by the action of the form page.

Trying it out is the same, undone at the end: so what the page says before is what happens after,
checks between the lines of the file included.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crf import actions, calendar, reads
from crf.definition import Finding, schedule
from crf.import_file import Fault, ImportFile, Line
from crf.models import Draft, Entry, ImportedFile
from crf.places import place_at
from crf.rules import check_form_of_visit
from crf.words import item_words, language, visit_words
from reminet_site import mails
from reminet_site.clock import ClinicalNow, day_at
from reminet_site.context import Actor, acting, because
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Centre
from reminet_site.typed import said

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
MOST_POINTS = 100  # that a person looks at before confirming them
TRIED = "tried out"  # stands for a comment that is not written yet, and is never kept


@dataclass(frozen=True)
class Point:
    """What a check asks about a line: to be confirmed with a comment, or corrected."""

    line: Line
    column: str
    sentence: str


@dataclass(frozen=True)
class Change:
    """A saved value that the file changes; `new` is "" where the value goes."""

    line: Line
    item: str
    old: str
    new: str


@dataclass(frozen=True)
class Filled:
    """What a line says that was not saved before, each value as it was understood."""

    line: Line
    values: list[tuple[str, str]]  # (item, value) in words, in the order of the form


@dataclass
class Outcome:
    """What becomes of a file, and what is said of its lines."""

    entries: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    queries: list[Point] = field(default_factory=list)  # what will be asked of the centre
    changes: list[Change] = field(default_factory=list)
    filled: list[Filled] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Entries that are new, that change, that stay as they are saved."""
        return self.entries[NEW], self.entries[CHANGED], self.entries[UNCHANGED]

    @property
    def seen(self) -> str:
        """Names what somebody looked at: the versions that the lines met, what was asked."""
        return hashlib.sha256("\n".join(sorted(self.met)).encode()).hexdigest()


class NotImported(Refusal):
    """Nothing of the file was taken in."""

    def __init__(self, sentence: str, outcome: Outcome, *, item: str = "") -> None:
        super().__init__(sentence, item=item)
        self.outcome = outcome


def try_out(*, centre: Centre, file: ImportFile, by: Actor) -> Outcome:
    """What would become of the file; nothing is changed, and nobody is told."""
    with transaction.atomic(), mails.gathered():
        outcome = Taking(centre, file, by).each_line()
        transaction.set_rollback(True)
    return outcome


@transaction.atomic(savepoint=False)
def import_file(
    *, centre: Centre, file: ImportFile, seen: str, reason: str, comment: str, by: Actor
) -> ImportedFile:
    """Every line is data now, each of its values in the trail with this file; or `NotImported`.

    `seen` is what `try_out` showed; `comment` confirms what the checks ask, `reason` says why saved
    values change.
    """
    reason, comment = said(reason), said(comment)
    with mails.gathered() as letters:
        outcome = Taking(centre, file, by, reason, comment).each_line()
    check_can_import(outcome, seen, reason, comment)
    mails.send(letters)
    created, changed, unchanged = outcome.counts
    return ImportedFile.objects.create(
        centre=centre,
        form=file.form,
        name=file.name,
        sha256=file.sha256,
        created=created,
        changed=changed,
        unchanged=unchanged,
        at=ClinicalNow(),
        by_id=by.user_id,
    )


def check_can_import(outcome: Outcome, seen: str, reason: str, comment: str) -> None:
    check_can_be_imported(outcome)
    if outcome.seen != seen:
        raise NotImported(
            _("Nothing was imported: somebody saved one of these entries meanwhile. Look again."),
            outcome,
        )
    if outcome.points and not comment:
        sentence = _("Checks ask about some values: say why they are right.")
        raise NotImported(sentence, outcome, item="comment")
    if outcome.changes and not reason:
        sentence = _("Saved values change: say why, in one sentence.")
        raise NotImported(sentence, outcome, item="reason")


def check_can_be_imported(outcome: Outcome) -> None:
    """Refused where no comment and no reason would help."""
    if outcome.faults:
        raise NotImported(
            _("Nothing was changed. Correct these lines in the file and choose it again."), outcome
        )
    if not any(outcome.counts[:2]):
        raise NotImported(
            _("Nothing was imported: every line says what is saved already."), outcome
        )
    if len(outcome.points) > MOST_POINTS:
        sentence = _("Checks ask about %(n)d values, and %(most)d are the most: divide the file.")
        count = {"n": len(outcome.points), "most": MOST_POINTS}
        raise NotImported(sentence % count, outcome)


@dataclass
class Taking:
    """One file on its way in."""

    centre: Centre
    file: ImportFile
    by: Actor
    reason: str = ""
    comment: str = ""
    outcome: Outcome = field(default_factory=Outcome)

    def each_line(self) -> Outcome:
        """By participant, and all rows held before the first is written: two files, or a file and
        a page, wait for each other in one order."""
        drafts = self.drafts()
        self.hold()
        with acting(self.by.because(self.file.source)):
            for line in sorted(self.file.lines, key=lambda one: one.code):
                try:
                    with transaction.atomic():  # the other lines are looked at all the same
                        if line.place in drafts:
                            raise Refusal(
                                _("You have a draft of this form: save it or discard it first.")
                            )
                        self.one_line(line)
                except Refusal as refused:
                    self.outcome.faults += faults_of(line, refused)
        self.outcome.faults.sort(key=lambda fault: fault.line)
        for told in (self.outcome.points, self.outcome.queries, self.outcome.changes):
            told.sort(key=lambda one: one.line.line)
        return self.outcome

    def drafts(self) -> set[tuple[str, str, int]]:
        """Where the person has typed something that a save would forget."""
        found = Draft.objects.filter(
            centre=self.centre, form=self.file.form, user_id=self.by.user_id
        )
        return set(found.values_list("participant__code", "visit", "number"))

    def hold(self) -> None:
        codes = {line.code for line in self.file.lines}
        rows = Entry.objects.filter(
            centre=self.centre, form=self.file.form, participant__code__in=codes
        )
        held = rows.select_for_update(no_key=True, of=("self",)).order_by("pk")
        list(held.values_list("pk", flat=True))

    def one_line(self, line: Line) -> None:
        place = self.place_of(line)
        data, version = (place.entry.data, place.entry.version) if place.entry else ({}, 0)
        check_version(line, version)
        raw = overlaid(place, line)
        typed = actions.read_typed(place, raw)
        check_asked(place, typed, line)
        changes = place.compiled.changed(data, typed.data)
        odd = unplanned(place, line) if not version else None
        for finding in typed.unanswered:
            raw[actions.comment_name(finding)] = [self.comment or TRIED]
        with because(said_of(self.file.source, self.comment if odd else "")):  # of what is new
            entry = actions.save_at(
                place=place,
                raw=raw,
                version=version,
                reason=said_of(self.file.source, self.reason),
                by=self.by,
            )
        kind = NEW if version == 0 else CHANGED if entry.version > version else UNCHANGED
        self.outcome.entries[kind] += 1
        self.outcome.points += [point_of(line, finding) for finding in typed.unanswered]
        self.outcome.points += [odd] if odd else []
        asks = typed.evaluation.of("query")
        self.outcome.queries += [point_of(line, finding) for finding in asks]
        self.outcome.changes += changes_of(place, line, changes)
        self.outcome.filled += filled_of(place, line, changes)
        asked = sorted(finding.key for finding in typed.unanswered)
        self.outcome.met.append(f"{line.place} {version} {asked} {odd is not None}")

    def place_of(self, line: Line) -> reads.Place:
        """The page of the casebook; a participant of another centre is like one that never was."""
        place = place_at(line.code, line.visit, self.file.form, line.number)
        if place.participant.centre_id != self.centre.pk:
            raise NotThere(_("No participant %(code)s.") % {"code": line.code})
        check_form_of_visit(place.study.definition, line.visit, self.file.form, line.number)
        return place


def said_of(*parts: str) -> str:
    """The file that a value comes from, and why, as the trail keeps it."""
    return ": ".join(filter(None, parts))


def check_version(line: Line, version: int) -> None:
    if line.version is None or line.version == version:
        return
    if not version:
        sentence = _("The entry is not saved yet: leave its entry_version empty.")
        raise Refusal(sentence, item="entry_version")
    raise Refusal(
        _(
            "The entry is at version %(n)d by now, the file is of version %(of)d. Look at its "
            "page, then correct the line or leave its entry_version empty."
        )
        % {"n": version, "of": line.version},
        item="entry_version",
    )


def overlaid(place: reads.Place, line: Line) -> dict[str, list[str]]:
    """What is saved, with the cells of the line in place of their items."""
    raw = place.compiled.raw(place.entry.data) if place.entry else {}
    for name, cell in line.cells.items():
        item = place.compiled.form.by_name.get(name)
        if item is None or item.derived:
            raise Refusal(
                _("The entry was begun on an earlier version of the form, without this item."),
                item=name,
            )
        for box in [one for one in raw if one == name or one.startswith(f"{name}.")]:
            del raw[box]
        raw |= cell.raw(item)
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


def unplanned(place: reads.Place, line: Line) -> Point | None:
    """A new entry where none is expected: one wrong digit would make a visit of its own."""
    definition, participant = place.study.definition, place.participant
    if definition.visit(line.visit).kind == "log" and not place.compiled.form.repeats:
        return None
    if place.compiled.form.repeats:
        used = [entry.number for entry in place.entries if entry.form == place.form]
        if line.number <= max(used, default=0) + 1:
            return None
        sentence = _("The last number so far is %(n)d. Correct it, or say why one is left out.")
        return Point(line, "number", sentence % {"n": max(used, default=0)})
    entries = calendar.summaries(participant=participant)
    facts = calendar.facts_of(definition, participant, entries)
    today = day_at(participant.clinical_now, participant.centre)  # type: ignore[attr-defined]
    expected = {one.code for one in calendar.visits_of(definition, facts, entries, today)}
    coming = schedule.next_unscheduled(definition, (one.visit for one in entries))
    if line.visit in expected or (coming and line.visit == coming[0]):
        return None
    sentence = _(
        "%(visit)s is not planned for this participant. Correct it, or say why it is right."
    )
    return Point(line, "visit", sentence % {"visit": visit_words(definition, line.visit)})


def point_of(line: Line, finding: Finding) -> Point:
    return Point(line, finding.item, finding.sentence.get(language()))


def changes_of(place: reads.Place, line: Line, changes: list[Any]) -> list[Change]:
    """Saved values that become others, or go since the form asks for them no more."""

    return [
        Change(
            line,
            item_words(place.study.definition, place.form, item, row),
            shown(place, item, old),
            shown(place, item, new),
        )
        for item, row, old, new in changes
        if old is not None
    ]


def filled_of(place: reads.Place, line: Line, changes: list[Any]) -> list[Filled]:
    """A date that was read otherwise than it was meant is seen here, before it is saved."""
    values = [
        (item_words(place.study.definition, place.form, item, row), shown(place, item, new))
        for item, row, old, new in changes
        if old is None and new is not None
    ]
    return [Filled(line, values)] if values else []


def shown(place: reads.Place, item: str, kept: Any) -> str:
    return place.compiled.label(item, kept, language()) if kept is not None else ""


def faults_of(line: Line, refused: Refusal) -> list[Fault]:
    if isinstance(refused, actions.SavedByAnother):
        words = _("Somebody saved this entry just now: check the file again.")
        return [Fault(line.line, words)]
    if isinstance(refused, actions.NotSaved):
        hard = refused.page.evaluation.of("hard")
        found = [Fault(line.line, one.sentence.get(language()), one.item) for one in hard]
        return found or [Fault(line.line, refused.sentence)]
    return [Fault(line.line, refused.sentence, refused.item)]
