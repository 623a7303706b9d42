"""The names in an expression: what they point to, and what type they have.

    weight                      an item of this form
    targets                     the rows of a group (for exists, all, map, filter)
    targets.mm                  a column: the list of one item over the rows
    row.mm                      the item of the row at hand
    base.mm                     the same row (same id) in the form that fixed the rows
    forms.LAB.hb                another form of this visit
    previous.weight             the same form one visit earlier, by day
    before.visit_date           the same form at the visit of the same kind numbered before this
    after.visit_date            ... and after this, whatever their days
    earlier.sum                 the list of an item's known values at all earlier visits
    visits.SCR.LAB.hb           any form of any visit
    entries.AE                  the entries of a form that repeats or belongs to visits that do, as
                                rows; this one is left out
    today, randomisation_day, randomised_on, screened_on

`known(x)` is true where x has a value; `reason(x)` is the reason for having none, or "";
`uln(x)` and `lln(x)` are the limits of an item's normal range; `values(targets.mm)` is a column
without its blanks. A column with a blank is UNKNOWN as a whole. Of a text that has a dictionary,
`listed(x)`, `grades(x)` and `soc(x)` tell whether it is a term, and the grades and class of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from crf.definition.model import Definition, Form, Group, Item

SPECIAL = ("today", "randomisation_day", "randomised_on", "screened_on")
SCOPES = ("row", "base", "forms", "previous", "before", "after", "earlier", "visits", "entries")
OF_TERMS = ("listed", "grades", "soc")
ASPECTS = ("known", "reason", "uln", "lln", "values", *OF_TERMS)


ASKED = re.compile(r"(grades|soc)\(([\w.-]+)\)")


class BadReference(Exception):
    """A name that points to nothing; the text says which and where it was sought."""


@dataclass(frozen=True)
class Ref:
    """One resolved name. `aspect` is "" for the value itself."""

    scope: str  # "this", "special" or one of SCOPES
    visit: str = ""
    form: str = ""
    group: str = ""
    item: str = ""
    aspect: str = ""

    @cached_property
    def flat(self) -> str:
        """The name of its variable: one identifier, different for different references."""
        parts = (self.aspect, self.scope, self.visit.replace("-", "_"), self.form)
        return "__".join(("v", *parts, self.group, self.item))

    @property
    def rows(self) -> bool:
        """True where it stands for the rows of a group, or for entries."""
        return self.scope == "entries" or (bool(self.group) and not self.item)

    @property
    def column(self) -> bool:
        """True where it stands for one item over all rows."""
        return bool(self.group) and bool(self.item) and self.scope not in ("row", "base")

    @property
    def single(self) -> bool:
        """True where it stands for one value."""
        return not (self.rows or self.column or self.scope == "earlier")


@dataclass(frozen=True)
class Place:
    """Where an expression stands: decides what its names mean."""

    definition: Definition
    form: Form | None = None
    group: Group | None = None

    def resolve(self, chain: Sequence[str], aspect: str = "") -> Ref:
        """The reference that dotted segments stand for, or `BadReference`."""
        head, rest = chain[0], list(chain[1:])
        if head in SPECIAL and not rest:
            return Ref("special", item=head)
        if head in ("row", "base"):
            return self._row(head, rest, aspect)
        if head == "forms":
            if len(rest) < 2:
                raise BadReference("`forms` needs a form and an item: forms.LAB.hb.")
            return self._inside("forms", "", rest[0], rest[1:], aspect)
        if head == "visits":
            if len(rest) < 3:
                raise BadReference("`visits` needs visit, form and item: visits.SCR.LAB.hb.")
            if rest[0].partition("-")[0] not in self.definition.visit_by_code:
                raise BadReference(f"There is no visit {rest[0]}.")
            return self._inside("visits", rest[0], rest[1], rest[2:], aspect)
        if head == "entries":
            return self._entries(rest)
        if self.form is None:
            raise BadReference(f"`{head}` stands outside any form; write forms.FORM.item.")
        if head in ("previous", "before", "after", "earlier"):
            if not rest:
                raise BadReference(f"`{head}` needs an item: {head}.item.")
            return self._inside(head, "", self.form.name, rest, aspect)
        return self._inside("this", "", self.form.name, list(chain), aspect)

    def _row(self, head: str, rest: list[str], aspect: str) -> Ref:
        if self.form is None or self.group is None:
            raise BadReference(f"`{head}` has a meaning only inside a group.")
        form, group = self.form, self.group
        if head == "base":
            source = group.rows_from
            if source is None:
                raise BadReference(f"Group `{group.name}` has no `rows_from`, so no `base`.")
            form = self._form(source.form)
            group = _group(form, source.group)
        if len(rest) != 1 or rest[0] not in group.by_name:
            raise BadReference(f"Group `{group.name}` has no item `{'.'.join(rest)}`.")
        return Ref(head, form=form.name, group=group.name, item=rest[0], aspect=aspect)

    def _entries(self, rest: list[str]) -> Ref:
        if len(rest) != 1:
            raise BadReference("`entries` needs a form alone: entries.AE.exists(e, ...).")
        if not self._form(rest[0]).repeats and not self._at_many_visits(rest[0]):
            raise BadReference(
                f"Form {rest[0]} does not repeat; write visits.VISIT.{rest[0]}.item."
            )
        return Ref("entries", form=rest[0])

    def _at_many_visits(self, form: str) -> bool:
        return any(
            form in (*visit.forms, *visit.optional_forms)
            for visit in self.definition.visits
            if visit.kind in ("repeated", "unscheduled")
        )

    def _form(self, name: str) -> Form:
        form = self.definition.form_by_name.get(name)
        if form is None:
            raise BadReference(f"There is no form {name}.")
        return form

    def _inside(self, scope: str, visit: str, form: str, rest: list[str], aspect: str) -> Ref:
        found = self._form(form)
        if rest[0] in found.group_by_name:
            group = found.group_by_name[rest[0]]
            if len(rest) == 1:
                return Ref(scope, visit, form, group=group.name, aspect=aspect)
            if len(rest) == 2 and rest[1] in group.by_name:
                return Ref(scope, visit, form, group.name, rest[1], aspect)
        elif len(rest) == 1 and rest[0] in found.by_name:
            return Ref(scope, visit, form, item=rest[0], aspect=aspect)
        where = "this form" if scope == "this" else f"form {form}"
        raise BadReference(f"Unknown item `{'.'.join(rest)}` in {where}.")

    def item_of(self, ref: Ref) -> Item | None:
        """The item a reference points to; None for rows and special names."""
        if ref.scope == "special" or ref.rows:
            return None
        form = self._form(ref.form)
        return form.group_by_name[ref.group].by_name[ref.item] if ref.group else form.item(ref.item)

    def fields_of(self, ref: Ref) -> tuple[str, ...]:
        """The item names of the rows a group reference stands for."""
        return tuple(self.rows_of(ref))

    def rows_of(self, ref: Ref) -> Mapping[str, Item]:
        """The items of those rows: item name -> item."""
        form = self._form(ref.form)
        return form.by_name if ref.scope == "entries" else form.group_by_name[ref.group].by_name

    def in_braces(self, text: str) -> Ref:
        """The reference between the braces of a sentence: a name, or grades(name)."""
        found = ASKED.fullmatch(text)
        aspect, name = found.groups() if found else ("", text)
        return self.resolve(name.split("."), aspect)


def _group(form: Form, name: str) -> Group:
    group = form.group_by_name.get(name)
    if group is None:
        raise BadReference(f"Form {form.name} has no group `{name}`.")
    return group
