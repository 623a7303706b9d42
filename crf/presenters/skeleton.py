"""The part of a form page that no participant changes: labels, hints, codes, kinds of control.

Built once for each definition version, form and language, and kept; a request only pairs it with
what stands in the boxes (see form_page.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import override
from markupsafe import Markup

from crf.definition.model import Bounds, Definition, Form, Group, Item
from crf.definition.values import REASONS, YES_NO, unit_words

SEGMENTS = 5  # codes up to which a choice is a row of segments
SEGMENT_TEXT = 64  # characters of all its labels together, beyond which it is a list
NARROW_CELL = 14  # the same in a cell of a table
NARROW_TEXT = 26  # characters that fit beside the label of a half-width field
TABLE_ITEMS = 7  # items up to which repeating rows are a table; more become blocks

LONG = 12  # items of a section
MODES = {"integer": "numeric", "decimal": "decimal", "date": "numeric", "time": "numeric"}


@dataclass(frozen=True, slots=True)
class FieldSkeleton:
    """One item as a control. `kind`: text, area, number, segments, list, checks, date, parts,
    time or derived."""

    item: Item
    name: str
    kind: str
    label: str
    hint: str
    unit: str
    mode: str
    length: int
    options: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    reasons_html: Markup  # the same as options of a select, none chosen: escaped once
    parts: tuple[tuple[str, str, int], ...]  # (part, label, digits) of a partial date
    wide: bool
    optional: bool
    marked: bool  # as optional, beside its label
    assumed: bool
    note: str
    terms: str  # the id of the list of terms that the box offers, or ""


@dataclass(frozen=True, slots=True)
class GroupSkeleton:
    """Repeating rows: a table where the items are few, blocks where they are many."""

    group: Group
    name: str
    title: str
    hint: str
    row_label: str
    fields: tuple[FieldSkeleton, ...]
    table: bool
    fixed: bool
    titled: bool


@dataclass(frozen=True, slots=True)
class SectionSkeleton:
    """A section: its parts are fields and groups, in the order of the page."""

    name: str
    number: int
    title: str
    hint: str
    parts: tuple[FieldSkeleton | GroupSkeleton, ...]


@dataclass(frozen=True, slots=True)
class FormSkeleton:
    """A form in one language."""

    form: Form
    title: str
    hint: str
    sections: tuple[SectionSkeleton, ...]
    labels: dict[str, str]  # "item" and "group.item" -> label
    terms: tuple[tuple[str, Markup], ...]  # (id, options) of each list of terms, once a page


def skeleton(definition: Definition, form_name: str, language: str) -> FormSkeleton:
    """The skeleton of a form; the second time it costs a look-up."""
    key = (definition.sha256, form_name, language)
    found = _kept.get(key)
    if found is None:
        with override(language):
            found = _build(definition, definition.form(form_name), language)
        if len(_kept) > 400:
            _kept.clear()
        _kept[key] = found
    return found


_kept: dict[tuple[str, str, str], FormSkeleton] = {}


def _build(definition: Definition, form: Form, language: str) -> FormSkeleton:
    sections = []
    for number, section in enumerate(form.sections, start=1):
        parts: list[FieldSkeleton | GroupSkeleton] = []
        for name in section.contents:
            if name in form.group_by_name:
                parts.append(
                    _group(
                        definition, form.group_by_name[name], language, len(section.contents) > 1
                    )
                )
            else:
                parts.append(_field(definition, form.by_name[name], language))
        title, hint = section.title.get(language), section.hint.get(language)
        if hint and mostly_optional(parts):  # said once, not beside fifty boxes
            parts = [replace(p, marked=False) if isinstance(p, FieldSkeleton) else p for p in parts]
        sections.append(SectionSkeleton(section.name, number, title, hint, tuple(parts)))
    labels = {item.name: item.label.get(language) for item in form.items}
    for group in form.groups:
        labels[group.name] = group.title.get(language)
        labels |= {f"{group.name}.{i.name}": i.label.get(language) for i in group.items}
    return FormSkeleton(
        form,
        form.title.get(language),
        form.hint.get(language),
        tuple(sections),
        labels,
        terms_of(definition, form),
    )


def terms_of(definition: Definition, form: Form) -> tuple[tuple[str, Markup], ...]:
    """What each dictionary of the form offers while somebody types; escaped once."""
    items = [*form.items, *(item for group in form.groups for item in group.items)]
    option = Markup('<option value="{}"></option>')
    return tuple(
        (terms_id(name), Markup("").join(option.format(term.name) for term in table.terms))
        for name, table in definition.dictionary_by_name.items()
        if any(item.dictionary == name for item in items)
    )


def mostly_optional(parts: Sequence[FieldSkeleton | GroupSkeleton]) -> bool:
    """Of a long section, nearly everything that is typed."""
    typed = [p for p in parts if isinstance(p, FieldSkeleton) and p.kind != "derived"]
    return len(typed) >= LONG and sum(p.marked for p in typed) >= 0.8 * len(typed)


def terms_id(dictionary: str) -> str:
    """No name of an item holds a hyphen, so this is no field's."""
    return f"terms-{dictionary}" if dictionary else ""


def _group(definition: Definition, group: Group, language: str, titled: bool) -> GroupSkeleton:
    fixed = group.rows_from is not None
    items = [item for item in group.items if not (fixed and describes(item))]
    table = len(items) <= TABLE_ITEMS
    fields = tuple(_field(definition, item, language, narrow=table) for item in items)
    return GroupSkeleton(
        group=group,
        name=group.name,
        title=group.title.get(language),
        hint=group.hint.get(language),
        row_label=group.row_label.get(language) or _("Row"),
        fields=fields,
        table=table,
        fixed=fixed,
        titled=titled,
    )


def describes(item: Item) -> bool:
    """True for an item of a fixed row that repeats in words what the row is: its name says it."""
    return item.derived and item.type in ("text", "choice", "multiple", "yesno")


def _field(
    definition: Definition, item: Item, language: str, narrow: bool = False
) -> FieldSkeleton:
    options = options_of(definition, item, language)
    kind = kind_of(item, options, NARROW_CELL if narrow else SEGMENT_TEXT)
    reasons = tuple((code, REASONS[code].get(language)) for code in item.missing)
    option = Markup('<option value="{}">{}</option>')
    text = sum(len(label) for _code, label in options)
    return FieldSkeleton(
        item=item,
        name=item.name,
        kind=kind,
        label=item.label.get(language),
        hint=hint_of(item, language),
        unit=unit_words(item.unit)[language],
        mode="text" if item.beyond else MODES.get(item.type, "text"),
        length=item.length if item.type == "text" else 40,
        options=options,
        reasons=reasons,
        reasons_html=Markup("").join(option.format(*one) for one in reasons),
        parts=parts_of(item),
        wide=kind in ("area", "checks") or (kind == "segments" and text > NARROW_TEXT),
        optional=not item.required,
        marked=not (item.required or item.derived),
        assumed=item.assumed,
        note=item.note,
        terms=terms_id(item.dictionary),
    )


def kind_of(item: Item, options: tuple[tuple[str, str], ...], fits: int = SEGMENT_TEXT) -> str:
    """Which control an item is shown as; `fits` characters of labels stand side by side."""
    if item.derived:
        return "derived"
    if item.type == "multiple":
        return "checks"
    if options:
        text = sum(len(label) for _code, label in options)
        return "segments" if len(options) <= SEGMENTS and text <= fits else "list"
    if item.type == "text":
        return "area" if item.length > 200 and not item.dictionary else "text"
    kinds = {"integer": "number", "decimal": "number", "partial_date": "parts"}
    return kinds.get(item.type, item.type)


def options_of(definition: Definition, item: Item, language: str) -> tuple[tuple[str, str], ...]:
    """(code, label) of every answer that may be chosen; empty for what is typed."""
    if item.type == "yesno":
        return tuple((code, text.get(language)) for code, text in YES_NO.items())
    if not item.codelist:
        return ()
    codes = definition.codelist(item.codelist).codes
    return tuple((code.code, code.label.get(language)) for code in codes)


def parts_of(item: Item) -> tuple[tuple[str, str, int], ...]:
    """The boxes of a partial date, day first."""
    if item.type != "partial_date":
        return ()
    boxes = (("day", _("Day"), 2), ("month", _("Month"), 2), ("year", _("Year"), 4))
    first = {"day": 0, "month": 1, "year": 2}[item.finest]
    return boxes[first:]


def hint_of(item: Item, language: str) -> str:
    """What the definition says, else the range, else the format."""
    if item.hint.en:
        return item.hint.get(language)
    bounds = item.soft or item.hard
    if bounds and item.type in ("integer", "decimal"):
        return span(bounds, item.precision)
    if item.type == "partial_date" and not item.derived and item.finest == "day":
        return _("UK where day or month is unknown")
    if item.type == "time":
        return _("as 14:30")
    return ""


def span(bounds: Bounds, precision: int = 0) -> str:
    """ "30 to 200", "from 18", "up to 9.5"; decimals only where the item has them."""
    low, high = plain(bounds.low, precision), plain(bounds.high, precision)
    if low and high:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    if low:
        return _("from %(low)s") % {"low": low}
    return _("up to %(high)s") % {"high": high} if high else ""


@lru_cache(maxsize=4096)
def plain(value: float | None, precision: int = 0) -> str:
    """A number without needless decimals; "" for none."""
    if value is None:
        return ""
    if value == int(value):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return f"{value:.{max(precision, 1)}f}"
