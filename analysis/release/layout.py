"""Which files a release has, and which columns. From the definitions of its entries. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crf.definition import Definition
from crf.definition.model import Form, Item

ENTRY = ("participant", "centre", "visit", "number", "date", "entry", "entry_version")
CODED = ("choice", "multiple")
FREE = "text"
OF_A_TERM = re.compile(r"soc\([\w.]+\)")  # what the dictionary itself says of a term


@dataclass(frozen=True)
class Column:
    """An item of a file: the value's column, and the labels' where it is coded."""

    item: Item
    labels: dict[str, str] = field(default_factory=dict)
    terms: frozenset[str] = frozenset()  # of the dictionaries of a text, as they spell them
    terms_only: bool = False  # any other words are withheld
    told: bool = False  # by the dictionary itself, in every version of the definition

    @property
    def is_free(self) -> bool:
        """Somebody may have written anything into it: a text that no dictionary gives words to."""
        return self.item.type == FREE and not self.terms and not self.told

    @property
    def names(self) -> tuple[str, ...]:
        more = (f"{self.item.name}_label",) if self.labels else ()
        beyond = (f"{self.item.name}_beyond",) if self.item.beyond else ()
        reason = (f"{self.item.name}_missing",) if not self.item.derived else ()
        return (self.item.name, *more, *beyond, *reason)


@dataclass(frozen=True)
class Table:
    """One file: a form's single items, or one of its repeating groups."""

    form: str
    group: str
    title: str
    columns: tuple[Column, ...]
    dated_by: str = ""

    @property
    def file(self) -> str:
        stem = f"{self.form}_{self.group}" if self.group else self.form
        return f"{stem.lower()}.csv"

    @property
    def counted_as(self) -> str:
        """Its name in the counts of a cut."""
        return f"{self.form}.{self.group}" if self.group else self.form

    @property
    def header(self) -> tuple[str, ...]:
        row = ("row",) if self.group else ()
        return (*ENTRY, *row, *(name for one in self.columns for name in one.names))


def without_free_text(found: Sequence[Table]) -> tuple[list[Table], list[tuple[str, str]]]:
    """The files without their items of free text, and which they are: (form, item or group.item).

    What somebody writes freely may name an arm or a person; no rule on columns sees that. The
    terms of a dictionary name neither: of an item that has one they stay, other words do not.
    """
    left = [
        (one.form, f"{one.group}.{column.item.name}" if one.group else column.item.name)
        for one in found
        for column in one.columns
        if column.is_free
    ]
    kept = [
        replace(one, columns=tuple(known(c) for c in one.columns if not c.is_free)) for one in found
    ]
    return kept, left


def known(column: Column) -> Column:
    return replace(column, terms_only=True) if column.terms else column


def tables(definitions: Sequence[Definition]) -> list[Table]:
    """Files of all forms, those of the newest definition first (`definitions`: newest first);
    items that only an older definition has come last."""
    found = []
    for form, versions in forms(definitions).items():
        title, dated = versions[0][1].title.en, versions[0][1].dated_by
        singles = [(d, one.items) for d, one in versions]
        found.append(Table(form, "", title, columns(singles), dated))
        groups = dict.fromkeys(group.name for _, one in versions for group in one.groups)
        for name in groups:
            those = [
                (d, one.group_by_name[name].items)
                for d, one in versions
                if name in one.group_by_name
            ]
            found.append(Table(form, name, title, columns(those), dated))
    return found


def forms(definitions: Iterable[Definition]) -> dict[str, list[tuple[Definition, Form]]]:
    found: dict[str, list[tuple[Definition, Form]]] = {}
    for definition in definitions:
        for form in definition.forms:
            found.setdefault(form.name, []).append((definition, form))
    return found


def columns(versions: Sequence[tuple[Definition, Sequence[Item]]]) -> tuple[Column, ...]:
    """Each item once, as its newest version has it; codes of older versions keep their labels."""
    found: dict[str, Column] = {}
    for definition, items in versions:
        for item in items:
            labels, terms = labels_of(definition, item), terms_of(definition, item)
            told = bool(OF_A_TERM.fullmatch(item.expr))
            if item.name in found:
                before = found[item.name]
                found[item.name] = replace(
                    before,
                    labels=labels | before.labels,
                    terms=terms | before.terms,
                    told=told and before.told,
                )
            else:
                found[item.name] = Column(item, labels, terms, told=told)
    return tuple(found.values())


def terms_of(definition: Definition, item: Item) -> frozenset[str]:
    if not item.dictionary:
        return frozenset()
    return frozenset(term.name for term in definition.dictionary_by_name[item.dictionary].terms)


def labels_of(definition: Definition, item: Item) -> dict[str, str]:
    if item.type in CODED and item.codelist:
        return {code.code: code.label.en for code in definition.codelist(item.codelist).codes}
    return {}
