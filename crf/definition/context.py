"""What an evaluation may look at beside the form itself, and how a reference finds its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crf.definition import values
from crf.definition.dictionary import Dictionary
from crf.definition.model import Bounds, Codelist, Definition, Item
from crf.definition.references import OF_TERMS, Place, Ref

Answers = Mapping[str, Any]
NOTHING: Answers = {}


@dataclass(frozen=True)
class Context:
    """Answers of other entries of the same participant, and the days that matter.

    `neighbours` holds this form at the visits numbered "before" and "after" this one; `earlier`
    holds it at every earlier visit, oldest first; `entries` the entries of forms
    that repeat, each with an "id"; `normal` the centre's normal ranges by "FORM.item"; `today` is
    the clinical day at the centre.
    """

    forms: Mapping[str, Answers] = field(default_factory=dict)
    previous: Mapping[str, Answers] = field(default_factory=dict)
    neighbours: Mapping[str, Answers] = field(default_factory=dict)
    visits: Mapping[str, Mapping[str, Answers]] = field(default_factory=dict)
    earlier: Sequence[Answers] = ()
    entries: Mapping[str, Sequence[Answers]] = field(default_factory=dict)
    normal: Mapping[str, Bounds] = field(default_factory=dict)
    today: date | None = None
    randomised_on: date | None = None
    screened_on: date | None = None

    def day(self, name: str) -> date | None:
        """A special day; the day of randomisation is today until there is one."""
        if name == "randomisation_day":
            return self.randomised_on or self.today
        found = getattr(self, name)
        return found if isinstance(found, date) else None

    def before(self, form: str) -> Sequence[Answers]:
        """This form at earlier visits; at least the previous one where that is all there is."""
        if self.earlier or form not in self.previous:
            return self.earlier
        return (self.previous[form],)

    def entry(self, ref: Ref) -> Answers:
        """The answers of the other entry that a reference reads."""
        if ref.scope == "forms":
            return self.forms.get(ref.form, NOTHING)
        if ref.scope == "previous":
            return self.previous.get(ref.form, NOTHING)
        if ref.scope in ("before", "after"):
            return self.neighbours.get(ref.scope, NOTHING)
        return self.visits.get(ref.visit, {}).get(ref.form, NOTHING)


@dataclass(frozen=True)
class Reader:
    """A reference with the items it needs, ready to give its value."""

    ref: Ref
    item: Item | None  # None for rows and special days
    items: Mapping[str, Item]  # the items of the rows, for a group or for entries
    dictionary: Dictionary | None = None

    @staticmethod
    def of(place: Place, ref: Ref) -> Reader:
        """The reader of a resolved reference."""
        rows = place.rows_of(ref) if ref.group or ref.rows else {}
        item = place.item_of(ref)
        return Reader(ref, item, rows, dictionary_of(place.definition, item))

    def outside(self, context: Context, row_id: str = "") -> Any:
        """Its value for expressions where it reads another entry or a day; None where unknown."""
        ref = self.ref
        if ref.scope == "special":
            day = context.day(ref.item)
            return None if day is None else float(day.toordinal())
        if ref.scope == "earlier":
            return self._earlier(context, row_id)
        if ref.scope == "entries":
            return self.over_rows(context.entries.get(ref.form, ()))
        entry = context.entry(ref)
        if ref.group:
            found = entry.get(ref.group)
            if found is None:
                return False if ref.aspect == "known" else None
            return self.over_rows(found)
        return self.single(entry.get(ref.item), context)

    def _earlier(self, context: Context, row_id: str) -> list[Any]:
        item, ref = self.item, self.ref
        assert item is not None
        kept: list[Any] = []
        for entry in context.before(ref.form):
            if not ref.group:
                kept.append(entry.get(ref.item))
                continue
            kept += [
                row.get(ref.item)
                for row in entry.get(ref.group, ())
                if not row_id or row["id"] == row_id
            ]
        known = (values.to_cel(item, value) for value in kept)
        return [value for value in known if value is not None]

    def single(self, kept: Any, context: Context) -> Any:
        """The value of one item, or of what is asked about it."""
        item, aspect = self.item, self.ref.aspect
        assert item is not None
        if not aspect:
            return values.to_cel(item, kept)
        if aspect == "known":
            return kept is not None and not values.is_missing(kept)
        if aspect == "reason":
            return kept["missing"] if values.is_missing(kept) else ""
        if aspect in OF_TERMS:
            typed = values.to_cel(item, kept)
            return self.dictionary.told(aspect, typed) if self.dictionary and typed else None
        bounds = context.normal.get(f"{self.ref.form}.{item.name}", item.normal)
        return bounds and (bounds.high if aspect == "uln" else bounds.low)

    def over_rows(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        """The rows themselves, one column of them, or the known values of that column."""
        if self.ref.aspect == "known":
            return bool(rows)
        if self.item is None:
            return [self._row(row) for row in rows]
        column = [values.to_cel(self.item, row.get(self.item.name)) for row in rows]
        if self.ref.aspect == "values":
            return [value for value in column if value is not None]
        return None if any(value is None for value in column) else column

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"id": row["id"]}
        for name, item in self.items.items():
            value = values.to_cel(item, row.get(name))
            if value is not None:
                made[name] = value
        return made


def codelist_of(definition: Definition, item: Item | None) -> Codelist | None:
    """The codelist of an item, or None."""
    if item is None or not item.codelist:
        return None
    return definition.codelist_by_name[item.codelist]


def dictionary_of(definition: Definition, item: Item | None) -> Dictionary | None:
    """The table of terms of an item, or None."""
    if item is None or not item.dictionary:
        return None
    return definition.dictionary_by_name[item.dictionary]
