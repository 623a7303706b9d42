"""A form compiled for use: parse what is typed, evaluate what is known, tell what has changed.

Compiled once for a definition's hash and kept; a compiled form is never changed afterwards, so
that any number of threads may share it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crf.definition import values
from crf.definition.compiled_parts import CompiledCheck, CompiledItem, RowPlan
from crf.definition.context import Answers, Context, Reader, codelist_of, dictionary_of
from crf.definition.evaluation import Evaluation, Pass
from crf.definition.expressions import Expression, compile_expression
from crf.definition.findings import Finding, field_name
from crf.definition.graph import item_order, row_order
from crf.definition.model import Check, Codelist, Definition, Form, Group, Item, Section, Text
from crf.definition.references import Place, Ref
from crf.definition.retelling import retold
from crf.definition.verify import BRACES

ROW_ID = re.compile(r"r[1-9][0-9]{0,3}")
Change = tuple[str, str, Any, Any]
_LOCAL = ("this", "row", "base")


@dataclass(frozen=True)
class Parsed:
    """What was typed, as far as it can be kept, and what cannot."""

    answers: dict[str, Any]
    problems: list[Finding]


@dataclass(frozen=True)
class Needs:
    """Which entries beside this one the form reads, so that a caller fetches only those."""

    forms: frozenset[str]
    previous: bool
    earlier: bool
    neighbours: bool
    visits: frozenset[tuple[str, str]]  # (visit, form)
    normal: bool
    repeating: frozenset[str]  # forms that repeat, of which every entry is read

    def entries(self, visit: str) -> frozenset[tuple[str, str]]:
        """(visit, form) of the other entries that a form of `visit` reads."""
        return self.visits | {(visit, form) for form in self.forms}


class CompiledForm:
    """One form of one definition version."""

    def __init__(self, definition: Definition, name: str) -> None:
        self.definition = definition
        self.form: Form = definition.form(name)
        self._refs: dict[str, tuple[Place, Ref]] = {}
        place = Place(definition, self.form)
        parsed = {item.name: self._expressions(place, item) for item in self.form.items}
        in_rows = {
            group.name: {
                item.name: self._expressions(Place(definition, self.form, group), item)
                for item in group.items
            }
            for group in self.form.groups
        }
        self.section_rules = self._rules(place, self.form.sections)
        self.group_rules = self._rules(place, self.form.groups)
        self.checks = tuple(self._check(check) for check in self.form.checks)
        readers = [Reader.of(*pair) for pair in self._refs.values()]
        self.items = {
            item.name: self._compiled(item, parsed[item.name], _about(readers, "this", "", item))
            for item in self.form.items
        }
        self.rows = {
            group.name: self._row_plan(group, in_rows[group.name], readers)
            for group in self.form.groups
        }
        self._arrange(readers)

    def _arrange(self, readers: Sequence[Reader]) -> None:
        """Orders and look-ups that evaluation needs."""
        form = self.form
        self.order = item_order(self.definition, form)
        self.names = tuple(name for section in form.sections for name in section.contents)
        self.sections = tuple(section.name for section in form.sections)
        self.section_of = {n: section.name for section in form.sections for n in section.contents}
        self.outside = tuple(one for one in readers if one.ref.scope not in _LOCAL)
        self.group_readers: dict[str, list[Reader]] = {}
        for one in readers:
            if one.ref.scope == "this" and one.ref.group:
                self.group_readers.setdefault(one.ref.group, []).append(one)
        self.rank: dict[str, int] = {}
        for name in self.names:
            self.rank[name] = len(self.rank)
            if name in form.group_by_name:
                for item in form.group_by_name[name].items:
                    self.rank[f"{name}.{item.name}"] = self.rank[name]
        self.queries_about = self._queries_about()
        self.needs = self._needs([one.ref for one in readers])

    def _keep(self, place: Place, expression: Expression) -> Expression:
        for ref in expression.refs:
            self._refs[ref.flat] = (place, ref)
        return expression

    def _one(self, place: Place, text: str) -> Expression | None:
        return self._keep(place, compile_expression(text, place)) if text else None

    def _expressions(self, place: Place, item: Item) -> tuple[Expression | None, Expression | None]:
        return self._one(place, item.show_if), self._one(place, item.expr)

    def _rules(
        self, place: Place, things: Sequence[Section] | Sequence[Group]
    ) -> dict[str, Expression]:
        rules = {thing.name: self._one(place, thing.show_if) for thing in things}
        return {name: rule for name, rule in rules.items() if rule is not None}

    def _compiled(
        self,
        item: Item,
        expressions: tuple[Expression | None, Expression | None],
        readers: tuple[Reader, ...],
    ) -> CompiledItem:
        table = dictionary_of(self.definition, item)
        return CompiledItem(item, self.codelist(item), table, *expressions, readers)

    def _check(self, check: Check) -> CompiledCheck:
        place = Place(self.definition, self.form, self.form.group_by_name.get(check.group))
        expression = self._one(place, check.must or check.fires_if)
        assert expression is not None
        names = dict.fromkeys(BRACES.findall(check.sentence.en) + BRACES.findall(check.sentence.fr))
        refs = {name: place.in_braces(name) for name in names}
        return CompiledCheck(
            check, expression, {name: Reader.of(place, ref) for name, ref in refs.items()}
        )

    def _row_plan(
        self,
        group: Group,
        parsed: Mapping[str, tuple[Expression | None, Expression | None]],
        readers: Sequence[Reader],
    ) -> RowPlan:
        order = row_order(self.definition, self.form, group)
        items = tuple(
            self._compiled(
                group.by_name[name],
                parsed[name],
                _about(readers, "row", group.name, group.by_name[name]),
            )
            for name in order
        )
        base = tuple(one for one in readers if one.ref.scope == "base")
        earlier = tuple(
            one for one in readers if one.ref.scope == "earlier" and one.ref.group == group.name
        )
        return RowPlan(items, base if group.rows_from else (), earlier)

    def _needs(self, refs: Sequence[Ref]) -> Needs:
        visits = {(ref.visit, ref.form) for ref in refs if ref.scope == "visits"}
        visits |= {
            (group.rows_from.visit, group.rows_from.form)
            for group in self.form.groups
            if group.rows_from
        }
        sentence = [one.ref for check in self.checks for one in check.readers.values()]
        refs = [*refs, *sentence]
        return Needs(
            forms=frozenset(ref.form for ref in refs if ref.scope == "forms"),
            previous=any(ref.scope == "previous" for ref in refs),
            earlier=any(ref.scope == "earlier" for ref in refs),
            neighbours=any(ref.scope in ("before", "after") for ref in refs),
            visits=frozenset(visits | {(r.visit, r.form) for r in sentence if r.scope == "visits"}),
            normal=any(item.normal for item in self.form.items),
            repeating=frozenset(ref.form for ref in refs if ref.scope == "entries"),
        )

    def _queries_about(self) -> dict[str, frozenset[str]]:
        """Other form -> names of the query checks that read its entries."""
        asking = [one for one in self.checks if one.check.severity == "query"]
        read = {form for one in asking for form in one.reads}
        return {
            form: frozenset(one.check.name for one in asking if form in one.reads) for form in read
        }

    def retold(self, name: str, said: str) -> Text | None:
        """Both languages of what the check of this name said in English."""
        check = next((one for one in self.checks if one.check.name == name), None)
        return retold(check, self.definition.codelist_by_name, said) if check else None

    def codelist(self, item: Item) -> Codelist | None:
        """The codelist of an item, or None."""
        return codelist_of(self.definition, item)

    # Typed -> kept

    def parse(self, raw: values.Raw) -> Parsed:
        """Answers that can be kept, and a hard finding for each value that cannot."""
        answers: dict[str, Any] = {}
        problems: list[Finding] = []
        for name in self.names:
            if name in self.items:
                one = self.items[name]
                if one.expr is None:
                    self._read(one, raw, name, name, "", answers, problems)
                continue
            rows = []
            for row_id in _row_ids(raw, name):
                row: dict[str, Any] = {"id": row_id}
                for one in self.rows[name].items:
                    if one.expr is None:
                        inner = f"{name}.{one.item.name}"
                        self._read(
                            one,
                            raw,
                            f"{name}.{row_id}.{one.item.name}",
                            inner,
                            row_id,
                            row,
                            problems,
                        )
                rows.append(row)
            if rows:
                answers[name] = rows
        return Parsed(answers, problems)

    @staticmethod
    def _read(
        one: CompiledItem,
        raw: values.Raw,
        field: str,
        name: str,
        row: str,
        into: dict[str, Any],
        problems: list[Finding],
    ) -> None:
        try:
            value = values.parse(one.item, one.codelist, raw, field)
        except values.BadValue as error:
            problems.append(Finding("hard", name, row, "format", error.sentence))
            return
        if value is not None:
            into[one.item.name] = one.spelt(value)

    def raw(self, answers: Answers) -> dict[str, list[str]]:
        """What the page posts for kept answers: the inverse of `parse`."""
        made: dict[str, list[str]] = {}
        for name in self.names:
            if name in self.items:
                one = self.items[name]
                if one.expr is None:
                    made |= values.raw_of(one.item, answers.get(name), name)
                continue
            for row in answers.get(name, ()):
                made[f"{name}.{row['id']}"] = ["1"]
                for one in self.rows[name].items:
                    if one.expr is None:
                        field = f"{name}.{row['id']}.{one.item.name}"
                        made |= values.raw_of(one.item, row.get(one.item.name), field)
        return made

    # Kept -> meaning

    def evaluate(self, answers: Answers, context: Context | None = None) -> Evaluation:
        """Visible items, derived values and findings of kept answers."""
        return Pass(self, answers, context or Context()).run()

    def process(self, raw: values.Raw, context: Context | None = None) -> Evaluation:
        """`parse` then `evaluate`, problems of typing first in the findings of their field."""
        parsed = self.parse(raw)
        made = self.evaluate(parsed.answers, context)
        problems = [one for one in parsed.problems if one.field in made.visible]
        if not problems:
            return made
        broken = {one.field for one in problems}
        others = [one for one in made.findings if one.check != "blank" or one.field not in broken]
        found = sorted([*problems, *others], key=lambda one: self.rank.get(one.item, 0))
        return replace(made, findings=tuple(found))

    def completeness(
        self, answers: Answers, context: Context | None = None
    ) -> dict[str, tuple[int, int]]:
        """Section -> (filled, expected)."""
        return self.evaluate(answers, context).completeness

    def changed(self, old: Answers, new: Answers) -> list[Change]:
        """(item, row, old, new) for every typed value that differs; None stands for blank.

        Derived values are left out: they follow. A row without values gives (group, row, {}, None)
        where removed and (group, row, None, {}) where added.
        """
        found: list[Change] = []
        for name in self.names:
            if name in self.items:
                if self.items[name].expr is None and old.get(name) != new.get(name):
                    found.append((name, "", old.get(name), new.get(name)))
            else:
                found += self._changed_rows(name, old.get(name, ()), new.get(name, ()))
        return found

    def _changed_rows(
        self, group: str, old: Sequence[Answers], new: Sequence[Answers]
    ) -> list[Change]:
        before, after = ({row["id"]: row for row in rows} for rows in (old, new))
        typed = [one.item.name for one in self.rows[group].items if one.expr is None]
        found: list[Change] = []
        for row_id in dict.fromkeys([*before, *after]):
            was, now = before.get(row_id, {}), after.get(row_id, {})
            changes = [
                (f"{group}.{name}", row_id, was.get(name), now.get(name))
                for name in typed
                if was.get(name) != now.get(name)
            ]
            if not changes and not (was and now):
                changes = [(group, row_id, {} if was else None, {} if now else None)]
            found += changes
        return found

    def labels(self, answers: Answers, language: str = "en") -> dict[str, str]:
        """Field -> value as people read it, with its unit; blanks left out."""
        made: dict[str, str] = {}
        for name in self.names:
            if name in self.items:
                self._label(self.items[name], answers.get(name), name, language, made)
                continue
            for row in answers.get(name, ()):
                for one in self.rows[name].items:
                    field = field_name(f"{name}.{one.item.name}", row["id"])
                    self._label(one, row.get(one.item.name), field, language, made)
        return made

    @staticmethod
    def _label(
        one: CompiledItem, kept: Any, field: str, language: str, into: dict[str, str]
    ) -> None:
        if kept is not None:
            into[field] = values.label(one.item, one.codelist, kept).get(language)

    def label(self, item: str, kept: Any, language: str = "en") -> str:
        """One kept value of "item" or "group.item" as people read it."""
        found = self.form.item(item)
        return values.label(found, self.codelist(found), kept).get(language)


def next_row_id(*rows: Sequence[Answers]) -> str:
    """An id that no row in any of the lists has: give it old and new rows."""
    used = [int(row["id"][1:]) for some in rows for row in some]
    return f"r{max(used, default=0) + 1}"


def _about(readers: Sequence[Reader], scope: str, group: str, item: Item) -> tuple[Reader, ...]:
    """The readers that ask about one item."""
    return tuple(
        one
        for one in readers
        if one.ref.scope == scope and one.ref.group == group and one.ref.item == item.name
    )


def _row_ids(raw: values.Raw, group: str) -> list[str]:
    """Ids of the rows posted for a group, in order of their number."""
    start = group + "."
    found = {name[len(start) :].partition(".")[0] for name in raw if name.startswith(start)}
    return sorted((one for one in found if ROW_ID.fullmatch(one)), key=lambda one: int(one[1:]))


_compiled: dict[tuple[str, str], CompiledForm] = {}
_lock = threading.Lock()


def compile_form(definition: Definition, form_name: str) -> CompiledForm:
    """The compiled form, kept by the definition's SHA-256."""
    key = (definition.sha256, form_name)
    found = _compiled.get(key)
    if found is None:
        with _lock:
            found = _compiled.get(key)
            if found is None:
                found = _compiled[key] = CompiledForm(definition, form_name)
    return found
