"""A file of entries, as a laboratory or a spreadsheet gives it: one form, a line an entry. Pure.

Its columns are named as in a release's file of that form: `participant`, `visit`, where there can
be several `number`, then ITEM for the value or code, ITEM_missing for why there is none and
ITEM_beyond for < or >. An empty cell says nothing: what is saved stays.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from crf.definition.model import BEYOND, Form, Item
from crf.definition.values import PARTS
from reminet_site.errors import Refusal
from reminet_site.spreadsheet import plain
from reminet_site.typed import whole

MOST_LINES = 200  # each is a save, and others who save for the same participants wait
MOST_COLUMNS = 300
MOST_BYTES = 500_000
KEYS = ("participant", "visit", "number", "entry_version")
BESIDE = frozenset({"centre", "date", "entry"})  # of a release: they say what the service knows
DELIMITERS = ",;\t"

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_PARTS = re.compile(r"[/. ]+")
_SEPARATOR = re.compile(r"sep=.\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """Why a line can't be taken in: its place in the file, and how to mend it."""

    line: int  # the header is line 1
    sentence: str
    column: str = ""


class Unreadable(Refusal):
    """Not a file of entries of this form: nothing of it was tried."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].sentence, item="file")
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Cell:
    """What a line says of one item: a value as typed, or why there is none."""

    value: str = ""
    missing: str = ""

    def raw(self, item: Item) -> dict[str, list[str]]:
        """What the form page would post for it."""
        found: dict[str, list[str]] = {}
        if self.missing:
            found[f"{item.name}.missing"] = [self.missing]
        if self.value:
            found |= boxes(item, self.value)
        return found


@dataclass(frozen=True)
class Line:
    """One entry as the file has it; `version` is the saved one that the file was made from."""

    line: int
    code: str
    visit: str
    number: int
    version: int | None
    cells: Mapping[str, Cell]

    @property
    def place(self) -> tuple[str, str, int]:
        return self.code, self.visit, self.number


@dataclass(frozen=True)
class ImportFile:
    """A file that could be read, every line of it."""

    name: str
    content: bytes = field(repr=False)
    form: str
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]  # columns of a release that tell nothing new

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def source(self) -> str:
        """What the trail says that a value comes from."""
        return f"{self.name}, SHA-256 {self.sha256}"


def importable(form: Form) -> bool:
    """Forms of single items: rows of a group are typed on the page, one knowing of the other."""
    return not form.groups


def items_of(form: Form) -> list[Item]:
    """The items that somebody types, in their order on the page."""
    return [item for item in form.items if not item.derived]


def header(form: Form) -> list[str]:
    """The columns that a file of this form may have."""
    found = [key for key in KEYS[:3] if key != "number" or form.repeats]
    for item in items_of(form):
        found += [item.name, *([f"{item.name}_missing"] if item.missing else [])]
    return found


def read(name: str, content: bytes, form: Form) -> ImportFile:
    """The file's lines; `Unreadable` with every fault of its shape."""
    rows = rows_of(text_of(content))
    check_length(rows)
    columns = [column.strip().lower() for column in rows[0][1]]
    faults = [*faults_of_header(columns, form), *faults_of_widths(rows)]
    if faults:
        raise Unreadable(faults)
    lines = [
        line_of(number, dict(zip(columns, cells, strict=True)), form) for number, cells in rows[1:]
    ]
    faults = [one for one in lines if isinstance(one, Fault)]
    good = [one for one in lines if isinstance(one, Line)]
    faults += twice(good)
    if faults:
        raise Unreadable(sorted(faults, key=lambda fault: fault.line))
    known = {*KEYS, *(name for item in items_of(form) for name in names(item))}
    left = tuple(column for column in columns if column not in known)
    return ImportFile(name, content, form.name, tuple(good), left)


def text_of(content: bytes) -> str:
    if not content.strip():
        raise Unreadable([Fault(1, _("The file is empty."))])
    check_size(len(content))
    if content.startswith(b"PK\x03\x04"):
        raise Unreadable(
            [Fault(1, _("This is a workbook. In the spreadsheet, save its sheet as CSV UTF-8."))]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        sentence = _("The file is no text in UTF-8. In the spreadsheet, save it as CSV UTF-8.")
        raise Unreadable([Fault(1, sentence)])
    return text


def check_size(size: int) -> None:
    if size > MOST_BYTES:
        sentence = _("The file is larger than %(n)d kB: divide it.")
        raise Unreadable([Fault(1, sentence % {"n": MOST_BYTES // 1000})])


def check_length(rows: list[tuple[int, list[str]]]) -> None:
    if len(rows) < 2:
        raise Unreadable([Fault(1, _("The file has no line below its header."))])
    if len(rows) > MOST_LINES + 1:
        sentence = _("The file has %(n)d lines, and %(most)d are taken at once: divide it.")
        count = {"n": len(rows) - 1, "most": MOST_LINES}
        raise Unreadable([Fault(MOST_LINES + 2, sentence % count)])
    if len(rows[0][1]) > MOST_COLUMNS:
        sentence = _("The header has %(n)d columns; %(most)d are the most.")
        raise Unreadable([Fault(1, sentence % {"n": len(rows[0][1]), "most": MOST_COLUMNS})])


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """(line, cells); the separator is the one that the header has most of. A first line sep=;
    is a spreadsheet's own."""
    told = _SEPARATOR.match(text)
    text = text[told.end() :] if told else text
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True
    )
    before = 1 if told else 0
    found, begins = [], 1 + before
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, [plain(cell.strip()) for cell in cells]))
            begins = reader.line_num + 1 + before
    except csv.Error as error:
        sentence = _("From line %(line)d on a quotation mark is not closed, or one stands alone.")
        if "field limit" in str(error):
            sentence = _("Line %(line)d has a cell that is too long.")
        raise Unreadable([Fault(begins, sentence % {"line": begins})]) from None
    return found


def faults_of_header(columns: list[str], form: Form) -> Iterator[Fault]:
    for name in ("participant", "visit", *(("number",) if form.repeats else ())):
        if name not in columns:
            yield Fault(1, _("The header has no column %(name)s.") % {"name": name}, name)
    for place, name in enumerate(columns, 1):
        if not name:
            yield Fault(1, _("Column %(n)d has no name.") % {"n": place})
    for name, n in Counter(filter(None, columns)).items():
        if n > 1:
            yield Fault(1, _("The header has the column %(name)s twice.") % {"name": name}, name)
    known = {*KEYS, *BESIDE}
    for item in form.items:
        known |= {item.name.lower(), f"{item.name.lower()}_label", *names(item)}
    unknown = [name for name in dict.fromkeys(columns) if name and name not in known]
    for name in unknown:
        sentence = _("The form has no item %(name)s: correct the name, or leave the column out.")
        yield Fault(1, sentence % {"name": name}, name)
    if not unknown and not any(item.name.lower() in columns for item in items_of(form)):
        yield Fault(1, _("The header names no item of the form."))


def faults_of_widths(rows: list[tuple[int, list[str]]]) -> Iterator[Fault]:
    wide = len(rows[0][1])
    for line, cells in rows[1:]:
        if len(cells) != wide:
            yield Fault(
                line,
                _("Number of cells: %(n)d in this line, %(wide)d in the header.")
                % {"n": len(cells), "wide": wide},
            )


def line_of(line: int, cells: Mapping[str, str], form: Form) -> Line | Fault:
    told = cells.get("number") or ("" if form.repeats else "1")
    number, version = whole(told), whole(cells.get("entry_version") or "0")
    if not cells["participant"] or not cells["visit"]:
        return Fault(line, _("The line names no participant or no visit."))
    if number is None or number < 1:
        return Fault(line, _("The number of an entry is a whole number from 1 on."), "number")
    if version is None:
        return Fault(line, _("The version of an entry is a whole number."), "entry_version")
    found = {item.name: cell_of(item, cells) for item in items_of(form)}
    for name, cell in found.items():
        if cell.value in BEYOND:
            sentence = _("%(sign)s stands without the value that it is said of.")
            return Fault(line, sentence % {"sign": cell.value}, name)
    return Line(
        line,
        cells["participant"].upper(),
        cells["visit"].upper(),
        number,
        version if cells.get("entry_version") else None,
        {name: cell for name, cell in found.items() if cell.value or cell.missing},
    )


def cell_of(item: Item, cells: Mapping[str, str]) -> Cell:
    value, beyond, missing = (cells.get(name, "") for name in (names(item)))
    return Cell(f"{beyond}{value}", missing.lower())


def names(item: Item) -> tuple[str, str, str]:
    """The columns of an item: value, < or >, why there is none."""
    name = item.name.lower()
    return name, f"{name}_beyond", f"{name}_missing"


def boxes(item: Item, value: str) -> dict[str, list[str]]:
    """The boxes of the form page that take this value."""
    if item.type == "multiple":
        return {item.name: [one.strip() for one in value.split("|")]}
    if item.type == "yesno":
        return {item.name: [value.lower()]}
    if item.type != "partial_date":
        return {item.name: [value]}
    iso = _ISO.fullmatch(value)
    parts = [iso[3], iso[2], iso[1]] if iso else _PARTS.split(value)
    if len(parts) != 3:
        parts = ["", "", value]
    return {f"{item.name}.{part}": [text or ""] for part, text in zip(PARTS, parts, strict=True)}


def twice(lines: list[Line]) -> Iterator[Fault]:
    """Lines for an entry that another line has: which of the two is meant nobody knows."""
    seen: dict[tuple[str, str, int], int] = {}
    for one in lines:
        first = seen.setdefault(one.place, one.line)
        if first != one.line:
            sentence = _("Line %(first)d is of the same entry: leave one of the two out.")
            yield Fault(one.line, sentence % {"first": first})
