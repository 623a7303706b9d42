"""One pass over a form: what is visible, what is derived, what is to be kept, what to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crf.definition import dates, sentences, values
from crf.definition.context import Answers, Context, Reader
from crf.definition.expressions import UNKNOWN
from crf.definition.findings import Finding, field_name
from crf.definition.model import Bounds, Group, Item, Text

if TYPE_CHECKING:
    from crf.definition.compiled import CompiledForm
    from crf.definition.compiled_parts import CompiledItem

Values = dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """What a form's answers amount to.

    `answers` is what a save keeps: visible items and derived values only. `visible` names items,
    groups and fields ("weight", "targets", "targets.r1.mm"). `derived` is field -> kept value.
    `completeness` is section -> (filled, expected), over visible items that are required.
    """

    visible: frozenset[str]
    sections: frozenset[str]
    derived: dict[str, Any]
    findings: tuple[Finding, ...]
    answers: dict[str, Any]
    completeness: dict[str, tuple[int, int]]

    def of(self, severity: str) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(one for one in self.findings if one.severity == severity)

    @property
    def refused(self) -> bool:
        """True where a hard finding refuses the save."""
        return any(one.severity == "hard" for one in self.findings)

    @property
    def complete(self) -> bool:
        """True where every expected item is filled."""
        return all(filled == expected for filled, expected in self.completeness.values())


class Pass:
    """The state of one evaluation; made, run once and thrown away."""

    def __init__(self, form: CompiledForm, answers: Answers, context: Context) -> None:
        self.form, self.given, self.context = form, answers, context
        self.values: Values = {}
        self.kept: dict[str, Any] = {}
        self.visible: set[str] = set()
        self.sections: set[str] = set()
        self.derived: dict[str, Any] = {}
        self.findings: list[Finding] = []
        self.filled: dict[str, list[int]] = {name: [0, 0] for name in form.sections}
        self.row_values: dict[tuple[str, str], Values] = {}

    def run(self) -> Evaluation:
        """Everything, in the order that dependencies ask for."""
        for reader in self.form.outside:
            self._set(self.values, reader.ref.flat, reader.outside(self.context))
        section_shows: dict[str, bool] = {}
        for name in self.form.order:
            section = self.form.section_of[name]
            if section not in section_shows:
                rule = self.form.section_rules.get(section)
                section_shows[section] = rule is None or rule.evaluate(self.values) is True
            if name in self.form.items:
                self._item(self.form.items[name], section, section_shows[section])
            else:
                self._group(self.form.form.group_by_name[name], section, section_shows[section])
        self._checks()
        rank = self.form.rank
        self.findings.sort(key=lambda one: rank.get(one.item, 0))
        return Evaluation(
            visible=frozenset(self.visible),
            sections=frozenset(self.sections),
            derived=self.derived,
            findings=tuple(self.findings),
            answers={name: self.kept[name] for name in self.form.names if name in self.kept},
            completeness={name: (done, all_) for name, (done, all_) in self.filled.items()},
        )

    @staticmethod
    def _set(into: Values, flat: str, value: Any) -> None:
        if value is not None:
            into[flat] = value

    def _item(self, one: CompiledItem, section: str, shows: bool) -> None:
        name = one.item.name
        if shows and one.show_if is not None:
            shows = one.show_if.evaluate(self.values) is True
        kept = self._value(one, self.given, self.values) if shows else None
        if shows:
            self.visible.add(name)
            self.sections.add(section)
            self._look(one.item, kept, name, "", section)
            if kept is not None:
                self.kept[name] = kept
                if one.expr is not None:
                    self.derived[name] = kept
        for reader in one.readers:
            self._set(self.values, reader.ref.flat, reader.single(kept, self.context))

    def _value(self, one: CompiledItem, given: Answers, known: Mapping[str, Any]) -> Any:
        """The kept value: given, or computed; None where blank or UNKNOWN."""
        if one.expr is None:
            return given.get(one.item.name)
        computed = one.expr.evaluate(known)
        if computed is UNKNOWN:
            return None
        try:
            value = values.from_cel(one.item, computed)
        except (ValueError, TypeError, OverflowError):
            return None
        if one.codelist is not None:
            codes = value if isinstance(value, list) else [value]
            if any(code not in one.codelist.by_code for code in codes):
                return None
        return value

    def _group(self, group: Group, section: str, shows: bool) -> None:
        rule = self.form.group_rules.get(group.name)
        if shows and rule is not None:
            shows = rule.evaluate(self.values) is True
        rows: list[dict[str, Any]] = []
        if shows:
            self.visible.add(group.name)
            self.sections.add(section)
            source = self._source_rows(group)
            given = list(self.given.get(group.name, ()))
            if source is not None:
                by_id = {row["id"]: row for row in given}
                given = [by_id.pop(row_id, {"id": row_id}) for row_id in source] + list(
                    by_id.values()
                )
            rows = [self._row(group, row, (source or {}).get(row["id"]), section) for row in given]
            self._count_rows(group, rows, source, section)
            if rows:
                self.kept[group.name] = rows
        for reader in self.form.group_readers.get(group.name, ()):
            self._set(self.values, reader.ref.flat, reader.over_rows(rows))

    def _source_rows(self, group: Group) -> dict[str, Mapping[str, Any]] | None:
        """Rows of the form that fixes this group's rows, by id; None where nothing fixes them."""
        source = group.rows_from
        if source is None:
            return None
        entry = self.context.visits.get(source.visit, {}).get(source.form)
        return None if entry is None else {row["id"]: row for row in entry.get(source.group, ())}

    def _row(
        self,
        group: Group,
        given: Mapping[str, Any],
        base: Mapping[str, Any] | None,
        section: str,
    ) -> dict[str, Any]:
        """One row: its own pass, seeing the form's values and those of the row so far."""
        row_id = given["id"]
        known = dict(self.values)
        kept: dict[str, Any] = {"id": row_id}
        plan = self.form.rows[group.name]
        for reader in plan.base:
            self._set(
                known,
                reader.ref.flat,
                reader.single((base or {}).get(reader.ref.item), self.context),
            )
        for reader in plan.earlier:
            self._set(known, reader.ref.flat, reader.outside(self.context, row_id))
        for one in plan.items:
            name = f"{group.name}.{one.item.name}"
            shows = one.show_if is None or one.show_if.evaluate(known) is True
            value = self._value(one, given, known) if shows else None
            if shows:
                field = field_name(name, row_id)
                self.visible.add(field)
                self._look(one.item, value, name, row_id, section)
                if value is not None:
                    kept[one.item.name] = value
                    if one.expr is not None:
                        self.derived[field] = value
            for reader in one.readers:
                self._set(known, reader.ref.flat, reader.single(value, self.context))
        self.row_values[(group.name, row_id)] = known
        return {name: kept[name] for name in ("id", *group.by_name) if name in kept}

    def _count_rows(
        self,
        group: Group,
        rows: list[dict[str, Any]],
        source: Mapping[str, Any] | None,
        section: str,
    ) -> None:
        title = group.title
        if len(rows) < group.min_rows:
            self.filled[section][1] += group.min_rows - len(rows)
            self._say("note", group.name, "", "rows", sentences.too_few_rows(title, group.min_rows))
        if len(rows) > group.max_rows:
            self._say(
                "hard",
                group.name,
                "",
                "rows",
                sentences.too_many_rows(title, group.max_rows, len(rows)),
            )
        if source is not None:
            for row in rows:
                if row["id"] not in source:
                    self._say(
                        "hard",
                        group.name,
                        row["id"],
                        "rows",
                        sentences.row_not_of_baseline(title),
                    )

    def _say(self, severity: str, item: str, row: str, check: str, sentence: Text) -> None:
        self.findings.append(Finding(severity, item, row, check, sentence))

    def _look(self, item: Item, kept: Any, name: str, row: str, section: str) -> None:
        """What a value alone gives to say: blank, future, out of range."""
        if not item.derived and item.required:
            self.filled[section][1] += 1
            if kept is None:
                self._say("note", name, row, "blank", sentences.blank())
            else:
                self.filled[section][0] += 1
        if kept is None or values.is_missing(kept):
            return
        if item.type in ("date", "partial_date"):
            self._future(item, kept, name, row)
        elif item.hard or item.soft or item.normal:
            self._range(item, kept, name, row)

    def _future(self, item: Item, kept: str, name: str, row: str) -> None:
        today = self.context.today
        if item.future or item.derived or today is None or dates.span(kept)[0] <= today.toordinal():
            return
        sentence = sentences.in_future(dates.shown(kept), dates.shown(today.isoformat()))
        self._say("hard", name, row, "future", sentence)

    def _range(self, item: Item, kept: Any, name: str, row: str) -> None:
        value = values.as_float(kept)
        for severity, bounds in (("hard", item.hard), ("soft", item.soft)):
            if bounds is not None and not bounds.holds(value):
                above, bound = _broken(bounds, value)
                words = values.number_label(str(kept), item.unit)
                hard = severity == "hard"
                sentence = sentences.out_of_range(words, bound, above, hard)
                self._say(severity, name, row, "range", sentence)
                return
        key = f"{self.form.form.name}.{item.name}"
        normal = self.context.normal.get(key, item.normal) if item.normal else None
        if normal is not None and not normal.holds(value):
            above, bound = _broken(normal, value)
            words = values.number_label(str(kept), item.unit)
            self._say(
                "note", name, row, "normal_range", sentences.out_of_normal(words, bound, above)
            )

    def _checks(self) -> None:
        for one in self.form.checks:
            check = one.check
            if not check.group:
                if check.item in self.visible and one.fires(self.values):
                    self._fire(one.check.name, check.severity, check.item, "", one.say(self, ""))
                continue
            for row in self.kept.get(check.group, ()):
                row_id = row["id"]
                if field_name(check.item, row_id) not in self.visible:
                    continue
                if one.fires(self.row_values[(check.group, row_id)]):
                    self._fire(
                        check.name, check.severity, check.item, row_id, one.say(self, row_id)
                    )

    def _fire(self, name: str, severity: str, item: str, row: str, sentence: Text) -> None:
        self._say(severity, item, row, name, sentence)

    def shown(self, reader: Reader, row_id: str) -> Text:
        """A referenced value as people read it, for use in a sentence."""
        ref = reader.ref
        if ref.scope == "special":
            day = self.context.day(ref.item)
            return Text("…", "…") if day is None else dates.shown(day.isoformat())
        assert reader.item is not None
        kept = self._kept_of(ref.scope, reader, row_id)
        if ref.aspect:
            return Text(", ".join(_listed(reader.single(kept, self.context))))
        return values.label(reader.item, self.form.codelist(reader.item), kept)

    def _kept_of(self, scope: str, reader: Reader, row_id: str) -> Any:
        ref = reader.ref
        if scope == "this":
            return self.kept.get(ref.item)
        if scope in ("row", "base"):
            rows: Any = self.kept.get(ref.group, ())
            if scope == "base":
                rows = self._base_rows(ref.form, ref.group)
            return next((row.get(ref.item) for row in rows if row["id"] == row_id), None)
        return self.context.entry(ref).get(ref.item)

    def _base_rows(self, form: str, group: str) -> Sequence[Mapping[str, Any]]:
        """The rows that a `base` reference reads."""
        for one in self.form.form.groups:
            if one.rows_from and (one.rows_from.form, one.rows_from.group) == (form, group):
                return tuple((self._source_rows(one) or {}).values())
        return ()


def _listed(told: Any) -> list[str]:
    """What a dictionary told of a term, one word or several; none where it is no term."""
    return [told] if isinstance(told, str) else list(told or ())


def _broken(bounds: Bounds, value: float) -> tuple[bool, Text]:
    """Whether the value lies above, and the limit it breaks."""
    above = bounds.high is not None and value > bounds.high
    limit = bounds.high if above else bounds.low
    assert limit is not None
    return above, values.number_label(f"{limit:.10g}", "")
