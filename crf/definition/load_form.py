"""One YAML file into one `Form`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crf.definition.identity import (
    KINDS,
    Identifying,
    identifying,
    keeps_a_day,
    override_reason,
)
from crf.definition.model import (
    BEYOND,
    MISSING_REASONS,
    SEVERITIES,
    TAGS,
    TYPES,
    Check,
    Form,
    Group,
    Item,
    RowSource,
    Section,
)
from crf.definition.nodes import Mapping

Lines = dict[tuple[str, ...], tuple[str, int]]

ITEM_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
FORM_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,15}")
FINEST = ("day", "month", "year")
RESERVED = frozenset(
    [
        # what a form page posts beside its items
        "version",
        "base_version",
        "typed_in",
        "draft_of",
        "both_seen",
        "change_reason",
        "confirm",
        "keep",
        "add",
        "remove",
        "then",
        "discard",
        "merge",
        "csrfmiddlewaretoken",
        "keep_wording",
        # what an expression may name
        "row",
        "base",
        "forms",
        "previous",
        "before",
        "after",
        "earlier",
        "visits",
        "today",
        "randomisation_day",
        "randomised_on",
        "screened_on",
        "true",
        "false",
        "null",
        "in",
        "has",
        "id",
        "missing",
        "day",
        "month",
        "year",
    ]
)


@dataclass
class _Reading:
    """What one form has so far."""

    form: str
    lines: Lines
    items: list[Item] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def place(self, source: Mapping, *at: str, keys: tuple[str, ...] = ()) -> None:
        """Keeps the line of a thing and of the keys inside it."""
        here = ("form", self.form, *at)
        self.lines[here] = (source.file, source.line)
        for key in keys:
            self.lines[(*here, key)] = (source.file, source.line_of(key))

    def claim(self, source: Mapping, key: str, name: str) -> None:
        """Refuses a name that is not well made, is reserved, or is taken."""
        if not ITEM_NAME.fullmatch(name):
            raise source.error(
                f"`{name}` is not a name: small letters, digits, _, at most 32.", source.take(key)
            )
        if name in RESERVED:
            raise source.error(f"`{name}` has a meaning of its own.", source.take(key))
        if name in self.names:
            raise source.error(f"`{name}` stands twice in this form.", source.take(key))
        self.names.add(name)


def read_form(top: Mapping, lines: Lines) -> Form:
    """The form in a file; `DefinitionError` where it cannot be read."""
    name = top.text("form")
    if not FORM_NAME.fullmatch(name):
        raise top.error(f"`{name}` is not a form name: capitals, at most 16.", top.take("form"))
    reading = _Reading(name, lines)
    reading.place(top)
    title, version, hint = top.label("title"), top.text("version"), top.label("hint", False)
    dated_by, repeats = top.text("dated_by", ""), top.flag("repeats")
    row_title = top.text("row_title", "")
    for source in top.maps("sections", "a section", needed=True):
        _section(reading, source)
    checks = tuple(_check(reading, one) for one in top.maps("checks", "a check"))
    for key, item in (("dated_by", dated_by), ("row_title", row_title)):
        if item and item not in {one.name for one in reading.items}:
            raise top.error(f"`{key}` names `{item}`, which is no item.", top.take(key))
    top.finish()
    return Form(
        name=name,
        title=title,
        version=version,
        sections=tuple(reading.sections),
        items=tuple(reading.items),
        groups=tuple(reading.groups),
        checks=checks,
        hint=hint,
        dated_by=dated_by,
        repeats=repeats,
        row_title=row_title,
    )


def _section(reading: _Reading, source: Mapping) -> None:
    name = source.text("name")
    if any(name == section.name for section in reading.sections):
        raise source.error(f"Section `{name}` stands twice.", source.take("name"))
    title, hint = source.label("title"), source.label("hint", False)
    show_if = source.text("show_if", "")
    reading.place(source, "section", name, keys=("show_if",))
    contents: list[str] = []
    for inner in source.maps("items", "an item", needed=True):
        if inner.has("group"):
            group = _group(reading, inner)
            reading.groups.append(group)
            contents.append(group.name)
        else:
            item = _item(reading, inner, "")
            reading.items.append(item)
            contents.append(item.name)
    source.finish()
    reading.sections.append(Section(name, title, tuple(contents), hint, show_if))


def _group(reading: _Reading, source: Mapping) -> Group:
    name = source.text("group")
    source.what = f"group `{name}`"
    reading.claim(source, "group", name)
    title, row_label = source.label("title"), source.label("row_label", False)
    hint, show_if = source.label("hint", False), source.text("show_if", "")
    reading.place(source, "group", name, keys=("show_if", "rows_from"))
    least, most = source.whole("min_rows", 0), source.whole("max_rows", 20)
    if not 0 <= least <= most or not most:
        raise source.error(f"Group `{name}`: min_rows {least}, max_rows {most} leave no room.")
    outer, reading.names = reading.names, set()
    items = tuple(_item(reading, one, name) for one in source.maps("items", "an item", needed=True))
    reading.names = outer
    rows_from = _rows_from(source)
    source.finish()
    return Group(name, title, items, row_label, hint, least, most, rows_from, show_if)


def _rows_from(source: Mapping) -> RowSource | None:
    inner = source.map("rows_from", "`rows_from`")
    if inner is None:
        return None
    made = RowSource(inner.text("visit"), inner.text("form"), inner.text("group"))
    inner.finish()
    return made


def _item(reading: _Reading, source: Mapping, group: str) -> Item:
    name = source.text("name")
    source.what = f"item `{name}`"
    reading.claim(source, "name", name)
    kind = source.choice("type", TYPES)
    at = ("group", group, "item", name) if group else ("item", name)
    reading.place(source, *at, keys=("show_if", "expr", "codelist", "criterion", "dictionary"))
    item = Item(
        name=name,
        label=source.label("label"),
        type=kind,
        hint=source.label("hint", False),
        unit=source.text("unit", ""),
        precision=source.whole("precision", 1 if kind == "decimal" else 0),
        length=source.whole("length", 200),
        finest=source.choice("finest", FINEST, "day"),
        codelist=source.text("codelist", ""),
        hard=source.bounds("hard"),
        soft=source.bounds("soft"),
        normal=source.bounds("normal"),
        missing=source.choices("missing", MISSING_REASONS)
        if source.has("missing")
        else MISSING_REASONS,
        beyond=source.choices("beyond", BEYOND),
        required=source.flag("required", True),
        future=source.flag("future"),
        show_if=source.text("show_if", ""),
        expr=source.text("expr", ""),
        criterion=source.text("criterion", ""),
        tag=source.choice("tag", TAGS, ""),
        note=source.text("note", ""),
        identifying=_identifying(source),
        dictionary=source.text("dictionary", ""),
    )
    _refuse_identity(source, item)
    source.finish()
    _refuse_misfit(source, item)
    return item


def _identifying(source: Mapping) -> str:
    """The override, whole; refused where it gives no reason. A kind is refused with the item."""
    text = source.text("identifying", "")
    if text and text not in KINDS and not override_reason(text):
        raise source.error(
            f"`identifying` of {source.what} is one of {', '.join(KINDS)}, or "
            '"no, because ..." with the reason.',
            source.take("identifying"),
        )
    return text


def _refuse_identity(source: Mapping, item: Item) -> None:
    """No item may identify a participant directly; a date of birth has at most its month."""
    if source.flag("identifier"):
        raise source.error(
            f"`{item.name}` identifies a participant directly: the trial does not keep it.",
            source.take("identifier"),
        )
    found = identifying(item)
    if source.flag("birth") and keeps_a_day(item):
        found = Identifying("birth_date", "type")
    if found:
        raise source.error(found.sentence(item.name), source.take(found.key))


def _refuse_misfit(source: Mapping, item: Item) -> None:
    """Keys that mean nothing for the item's type."""
    numeric = item.type in ("integer", "decimal")
    wrong = [
        key
        for key, fits in (
            ("codelist", item.type in ("choice", "multiple")),
            ("unit", numeric),
            ("precision", item.type == "decimal"),
            ("hard", numeric),
            ("soft", numeric),
            ("normal", numeric),
            ("beyond", numeric and not item.derived),
            ("length", item.type == "text"),
            ("dictionary", item.type == "text" and not item.derived),
            ("finest", item.type == "partial_date"),
            ("future", item.type in ("date", "partial_date")),
        )
        if source.has(key) and not fits
    ]
    if wrong:
        raise source.error(
            f"`{wrong[0]}` has no meaning for item `{item.name}` of type {item.type}.",
            source.take(wrong[0]),
        )
    if item.type in ("choice", "multiple") and not item.codelist:
        raise source.error(f"item `{item.name}` of type {item.type} needs a `codelist`.")
    if not 0 <= item.precision <= 6 or not 1 <= item.length <= 4000:
        raise source.error(f"item `{item.name}`: precision is 0 to 6, length 1 to 4000.")


def _check(reading: _Reading, source: Mapping) -> Check:
    name = source.text("name")
    source.what = f"check `{name}`"
    reading.claim(source, "name", name)
    if source.has("must") == source.has("fires_if"):
        raise source.error(f"check `{name}` needs one of `must` and `fires_if`.")
    check = Check(
        name=name,
        severity=source.choice("severity", SEVERITIES),
        item=source.text("item"),
        sentence=source.label("sentence"),
        must=source.text("must", ""),
        fires_if=source.text("fires_if", ""),
        tag=source.choice("tag", TAGS, ""),
        deviation=source.label("deviation", needed=False),
    )
    if check.deviation.en and check.severity != "soft":
        raise source.error("Only a soft check tells a `deviation`: its comment says why.")
    reading.place(source, "check", name, keys=("must", "fires_if", "item", "sentence"))
    source.finish()
    return check
