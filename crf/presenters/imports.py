"""Importing a file of entries, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.definition import Definition
from crf.definition.model import Form, Item
from crf.definition.values import REASONS, unit_words
from crf.import_file import header, importable, items_of
from crf.presenters.words import moment

if TYPE_CHECKING:
    from crf.actions_import import Outcome, Point
    from crf.import_file import Fault, ImportFile, Line
    from crf.models import ImportedFile

SHOWN = 100  # lines with something to mend; whoever mends those sees the next


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that was taken in."""

    name: str
    sha256: str
    form: str
    entries: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """All that crf/imports.html shows."""

    centre: str
    centre_code: str
    forms: tuple[tuple[str, str], ...]  # (name, title); none for who enters no data
    closed: str  # why nothing is imported now, "" where it is
    files: tuple[TakenFile, ...]  # the last first


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column that a file may have."""

    name: str
    label: str
    takes: str


@dataclass(frozen=True, slots=True)
class RowSaid:
    """Something about a line of the file."""

    line: int
    about: str  # "FR-05-003, ASM-06", "" of the header
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ChangeSaid:
    """A saved value that becomes another one, or goes."""

    line: int
    about: str
    item: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FilledSaid:
    """What a line fills in, as it was understood."""

    line: int
    about: str
    values: tuple[tuple[str, str], ...]  # (label, value)


@dataclass(frozen=True, slots=True)
class TriedFile:
    """A file that was looked at: what would become of it, and what stands in the way."""

    name: str
    sha256: str
    content: str  # as it is sent again, in base64
    lines: str
    entries: str
    left_out: tuple[str, ...]
    faults: tuple[RowSaid, ...]
    more: int  # faults that are not shown
    points: tuple[RowSaid, ...]
    queries: tuple[RowSaid, ...]
    changes: tuple[ChangeSaid, ...]
    filled: tuple[FilledSaid, ...]
    seen: str
    ready: bool  # to be imported once comment and reason are there


@dataclass(frozen=True, slots=True)
class ImportPage:
    """All that crf/import.html shows."""

    centre: str
    centre_code: str
    form: str
    title: str
    closed: str
    columns: tuple[ColumnLine, ...]
    lines: tuple[tuple[str, str], ...]  # (field, sentence) of what stopped it
    tried: TriedFile | None
    faults: tuple[RowSaid, ...]  # of a file that could not be read
    comment: str
    reason: str
    reasons: str  # what a column ITEM_missing takes
    most_lines: int


def importable_forms(definition: Definition, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((f.name, f.title[language]) for f in definition.forms if importable(f))


def taken_file(one: ImportedFile, definition: Definition, language: str, zone: str) -> TakenFile:
    form = definition.form_by_name.get(one.form)
    return TakenFile(
        name=one.name,
        sha256=one.sha256,
        form=form.title[language] if form else one.form,
        entries=entries_words(one.created, one.changed, one.unchanged),
        by=one.by.name if one.by else "",
        at=moment(one.at, zone),
    )


def entries_words(created: int, changed: int, unchanged: int) -> str:
    """ "38 entries new, 2 changed, 1 as saved"."""
    counts = (
        ngettext("%(n)d entry new", "%(n)d entries new", created) % {"n": created},
        ngettext("%(n)d changed", "%(n)d changed", changed) % {"n": changed},
        ngettext("%(n)d as saved", "%(n)d as saved", unchanged) % {"n": unchanged},
    )
    return ", ".join(counts)


def tried_file(file: ImportFile, outcome: Outcome, content: str, ready: bool) -> TriedFile:
    about = {line.line: about_words(line) for line in file.lines}
    return TriedFile(
        name=file.name,
        sha256=file.sha256,
        content=content,
        lines=ngettext("%(n)d line", "%(n)d lines", len(file.lines)) % {"n": len(file.lines)},
        entries=entries_words(*outcome.counts),
        left_out=file.left_out,
        faults=rows_said(outcome.faults[:SHOWN], about),
        more=max(0, len(outcome.faults) - SHOWN),
        points=points_said(outcome.points, about),
        queries=points_said(outcome.queries, about),
        changes=tuple(
            ChangeSaid(one.line.line, about[one.line.line], one.item, one.old, one.new)
            for one in outcome.changes
        ),
        filled=tuple(
            FilledSaid(one.line.line, about[one.line.line], tuple(one.values))
            for one in outcome.filled
        ),
        seen=outcome.seen,
        ready=ready,
    )


def about_words(line: Line) -> str:
    """ "FR-05-003, ASM-06", "FR-05-003, LOG, 2"."""
    number = (str(line.number),) if line.number > 1 else ()
    return ", ".join((line.code, line.visit, *number))


def points_said(points: Sequence[Point], about: dict[int, str]) -> tuple[RowSaid, ...]:
    return tuple(
        RowSaid(one.line.line, about[one.line.line], one.column, one.sentence) for one in points
    )


def rows_said(faults: Sequence[Fault], about: dict[int, str]) -> tuple[RowSaid, ...]:
    return tuple(
        RowSaid(one.line, about.get(one.line, ""), one.column, one.sentence) for one in faults
    )


def column_lines(definition: Definition, form: Form, language: str) -> tuple[ColumnLine, ...]:
    """What each column is: those that name the entry, then the items."""
    keys = {
        "participant": (_("Participant"), _("code")),
        "visit": (_("Visit"), visits_taken(definition, form)),
        "number": (_("Number"), _("1, 2, … of several entries")),
    }
    found = [ColumnLine(name, *keys[name]) for name in header(form) if name in keys]
    for item in items_of(form):
        found.append(ColumnLine(item.name, item.label[language], takes(definition, item, language)))
    return tuple(found)


def visits_taken(definition: Definition, form: Form) -> str:
    """The codes of the visits that have the form: "SCR, ASM-03, ASM-06, …"."""
    found = []
    for visit in definition.visits:
        if form.name in (*visit.forms, *visit.optional_forms):
            numbered = visit.kind in ("repeated", "unscheduled")
            ordinals = (visit.step, 2 * visit.step) if numbered else ()
            codes = [f"{visit.code}-{n:02d}" for n in ordinals]
            found += [*codes, "…"] if numbered else [visit.code]
    return ", ".join(found)


def takes(definition: Definition, item: Item, language: str) -> str:
    """What a cell of the item may hold: "yes, no"; "2019-08-09"; "g/dL"."""
    if item.type in ("choice", "multiple"):
        codes = ", ".join(one.code for one in definition.codelist(item.codelist).codes)
        return (
            _("%(codes)s; several joined by |") % {"codes": codes}
            if item.type == "multiple"
            else codes
        )
    if item.type in ("integer", "decimal"):
        found = _("number") if item.type == "decimal" else _("whole number")
        unit = unit_words(item.unit).get(language)
        return ", ".join(filter(None, (found, unit, *item.beyond)))
    return {
        "yesno": "yes, no",
        "date": _("date, as 2019-08-09"),
        "partial_date": _("date, as 2019-08-09, 2019-08 or 2019"),
        "time": _("time, as 14:30"),
    }.get(item.type, _("text, up to %(n)d characters") % {"n": item.length})


def reasons_words(language: str) -> str:
    """The words of a column ITEM_missing."""
    return ", ".join(f"{code} ({words.get(language)})" for code, words in REASONS.items())
