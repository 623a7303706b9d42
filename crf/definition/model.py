"""The trial as frozen dataclasses: what a folder of YAML files becomes.

Nothing here reads a file, evaluates an expression or knows a participant. Every object is
immutable and compares by value, so that two definitions are equal exactly where their
canonical texts (`codec.to_json`) are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crf.definition.dictionary import Dictionary
from crf.definition.plan import Plan, Randomisation, Trial, Visit

if TYPE_CHECKING:
    from crf.definition.eligibility import Eligibility
    from crf.definition.expressions import Expression

TYPES = (
    "text",
    "integer",
    "decimal",
    "choice",
    "multiple",
    "yesno",
    "date",
    "partial_date",
    "time",
)
SEVERITIES = ("hard", "soft", "query", "note")
TAGS = ("S", "D", "A")
LANGUAGES = ("en", "fr")
BEYOND = ("<", ">")
MISSING_REASONS = ("not_done", "not_available", "unknown", "not_applicable")


@dataclass(frozen=True)
class Text:
    """A text in English and French; where the French is missing the English is shown."""

    en: str
    fr: str = ""

    def get(self, language: str) -> str:
        """The text in `language`, "en" or "fr"."""
        return self.fr if language == "fr" and self.fr else self.en

    def __getitem__(self, language: str) -> str:
        return self.get(language)

    def __str__(self) -> str:
        return self.en


EMPTY = Text("")


@dataclass(frozen=True)
class Code:
    """One answer of a codelist; `deviation` where it is a protocol deviation by itself."""

    code: str
    label: Text
    deviation: Text = EMPTY


@dataclass(frozen=True)
class Codelist:
    """The answers that a choice may take, in their order on the page."""

    name: str
    codes: tuple[Code, ...]

    @cached_property
    def by_code(self) -> dict[str, Text]:
        """code -> label."""
        return {code.code: code.label for code in self.codes}


@dataclass(frozen=True)
class Bounds:
    """A closed interval in the item's own unit; an open end is None."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """True where `value` lies inside, limits included."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Item:
    """One question. Derived where `expr` is set: then nobody types it."""

    name: str
    label: Text
    type: str
    hint: Text = EMPTY
    unit: str = ""
    precision: int = 0  # decimals that may be typed, for type decimal
    length: int = 200  # characters that may be typed, for type text
    finest: str = "day"  # finest part of a partial date: day, month or year
    codelist: str = ""
    hard: Bounds | None = None
    soft: Bounds | None = None
    normal: Bounds | None = None  # default normal range; a centre's own replaces it
    missing: tuple[str, ...] = MISSING_REASONS
    beyond: tuple[str, ...] = ()  # "<", ">": a result outside what can be measured may be typed so
    required: bool = True
    future: bool = False  # a date that may lie after today
    show_if: str = ""
    expr: str = ""
    criterion: str = ""  # the eligibility criterion whose verdict this derived item shows
    tag: str = ""
    note: str = ""  # why it is assumed, or where it is published
    identifying: str = ""  # "no, because ...": its words sound like an identity and mean another
    dictionary: str = ""  # the table of terms that a text is one of

    @property
    def derived(self) -> bool:
        """True where the value is computed, never typed."""
        return bool(self.expr)

    @property
    def assumed(self) -> bool:
        """True where the item rests on an assumption, shown as "assumed"."""
        return self.tag == "A"


@dataclass(frozen=True)
class RowSource:
    """Rows fixed by another form: the same row ids, none added and none removed."""

    visit: str
    form: str
    group: str


@dataclass(frozen=True)
class Group:
    """Repeating rows, each with a stable id "r1", "r2", ..."""

    name: str
    title: Text
    items: tuple[Item, ...]
    row_label: Text = EMPTY
    hint: Text = EMPTY
    min_rows: int = 0
    max_rows: int = 20
    rows_from: RowSource | None = None
    show_if: str = ""

    @cached_property
    def by_name(self) -> dict[str, Item]:
        """item name -> item."""
        return {item.name: item for item in self.items}


@dataclass(frozen=True)
class Section:
    """A part of a form: names of items and groups in their order on the page."""

    name: str
    title: Text
    contents: tuple[str, ...]
    hint: Text = EMPTY
    show_if: str = ""


@dataclass(frozen=True)
class Check:
    """A rule between items: it fires where `must` is false, or where `fires_if` is true."""

    name: str
    severity: str
    item: str  # "item", or "group.item" for a check run on every row
    sentence: Text  # may name items in braces: {weight}, {forms.LAB.hb}, {previous.weight}
    must: str = ""
    fires_if: str = ""
    tag: str = ""
    deviation: Text = EMPTY  # of a soft one: what was done, where it is confirmed all the same

    @property
    def group(self) -> str:
        """The group whose every row is checked, or ""."""
        return self.item.partition(".")[0] if "." in self.item else ""


@dataclass(frozen=True)
class Form:
    """One page of the casebook. `items` holds the single items, `groups` the repeating rows."""

    name: str
    title: Text
    version: str
    sections: tuple[Section, ...]
    items: tuple[Item, ...]
    groups: tuple[Group, ...] = ()
    checks: tuple[Check, ...] = ()
    hint: Text = EMPTY
    dated_by: str = ""  # the item that dates the entry (its visit date)
    repeats: bool = False  # each row an entry of its own, with a number (adverse events)
    row_title: str = ""  # the item that names such an entry in a list

    @cached_property
    def by_name(self) -> dict[str, Item]:
        """item name -> item, single items only."""
        return {item.name: item for item in self.items}

    @cached_property
    def group_by_name(self) -> dict[str, Group]:
        """group name -> group."""
        return {group.name: group for group in self.groups}

    def item(self, name: str) -> Item:
        """The item called "item" or "group.item"; KeyError where there is none."""
        group, dot, inner = name.partition(".")
        return self.group_by_name[group].by_name[inner] if dot else self.by_name[name]


@dataclass(frozen=True)
class Criterion:
    """One eligibility criterion. `expr` true means satisfied: met, or for an exclusion absent."""

    number: str  # "I1", "E3"
    kind: str  # inclusion | exclusion
    text: Text
    expr: str
    sources: tuple[str, ...]  # "FORM.item", the first is where the value is read
    tag: str = ""
    warn_if: str = ""  # true: satisfied, but outside what is usual
    warning: Text = EMPTY
    asked: str = ""  # the item of ELIG that answers it, where data cannot


@dataclass(frozen=True)
class Definition:
    """One version of a trial: everything the engine needs to know."""

    trial: Trial
    codelists: tuple[Codelist, ...]
    forms: tuple[Form, ...]
    visits: tuple[Visit, ...]
    criteria: tuple[Criterion, ...]
    randomisation: Randomisation
    plan: Plan
    dictionaries: tuple[Dictionary, ...] = ()

    def __hash__(self) -> int:
        """Of what it says, worked out once."""
        return hash(self.sha256)

    @cached_property
    def form_by_name(self) -> dict[str, Form]:
        """form name -> form."""
        return {form.name: form for form in self.forms}

    @cached_property
    def codelist_by_name(self) -> dict[str, Codelist]:
        """codelist name -> codelist."""
        return {codelist.name: codelist for codelist in self.codelists}

    @cached_property
    def deviating(self) -> dict[str, dict[str, dict[str, Text]]]:
        """form -> item -> code -> what it is called as a protocol deviation."""
        lists = {
            one.name: {code.code: code.deviation for code in one.codes if code.deviation.en}
            for one in self.codelists
        }
        found: dict[str, dict[str, dict[str, Text]]] = {}
        for form in self.forms:
            items = {one.name: lists.get(one.codelist) for one in form.items}
            telling = {name: codes for name, codes in items.items() if codes}
            if telling:
                found[form.name] = telling
        return found

    @cached_property
    def dictionary_by_name(self) -> dict[str, Dictionary]:
        """dictionary name -> dictionary."""
        return {dictionary.name: dictionary for dictionary in self.dictionaries}

    @cached_property
    def visit_by_code(self) -> dict[str, Visit]:
        """visit code without number ("INJ") -> visit."""
        return {visit.code: visit for visit in self.visits}

    def form(self, name: str) -> Form:
        """The form called `name`; KeyError where there is none."""
        return self.form_by_name[name]

    def codelist(self, name: str) -> Codelist:
        """The codelist called `name`; KeyError where there is none."""
        return self.codelist_by_name[name]

    def visit(self, code: str) -> Visit:
        """The visit of a code with or without its number ("ASM-06" or "ASM")."""
        return self.visit_by_code[code.partition("-")[0]]

    @cached_property
    def expressions(self) -> dict[tuple[str, str, str], Expression]:
        """Expressions compiled so far by (form, group, text): a cache of `compile_expression`."""
        return {}

    @cached_property
    def json(self) -> str:
        """The canonical text: same definition, same bytes."""
        from crf.definition.codec import to_json

        return to_json(self)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical text, 64 hex digits."""
        from crf.definition.codec import digest

        return digest(self.json)

    def to_json(self) -> str:
        """The canonical text (see `codec`)."""
        return self.json

    @staticmethod
    def from_json(text: str) -> Definition:
        """The definition that `to_json` wrote."""
        from crf.definition.codec import from_json

        return from_json(text)

    @cached_property
    def eligibility(self) -> Eligibility:
        """The gate: criteria, and `assess(context)`."""
        from crf.definition.eligibility import Eligibility

        return Eligibility(self)
