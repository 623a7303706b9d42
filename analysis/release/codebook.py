"""codebook.csv: a row a column of every file. Pure."""

from collections.abc import Iterator

from analysis.release import derived
from analysis.release.layout import ENTRY, Column, Table
from reminet_site.spreadsheet import neutral

FILE = "codebook.csv"
DEFECTS = "known_defects.csv"
DEFECT_WORDS = {
    "id": "Number of the defect",
    "risk": "What may go wrong at worst: high, medium, low",
    "title": "The defect in one line",
    "what": "What happens",
    "note": "What to do until it is mended",
    "since": "The version in which it was found",
}
HEADER = (
    "file",
    "column",
    "form",
    "item",
    "type",
    "unit",
    "label_en",
    "label_fr",
    "codes",
    "derived",
    "tag",
)
ENTRY_WORDS = {
    "participant": "Code of the participant",
    "centre": "Centre",
    "visit": "Visit",
    "number": "Number of the entry within visit and form",
    "date": "Date of the entry (the item that dates the form)",
    "entry": "Identifier of the entry",
    "entry_version": "Version of the entry at the cut",
    "row": "Identifier of the row, the same over all versions",
}


def rows(tables: list[Table], by_arm: bool) -> Iterator[list[str]]:
    for name, meaning in derived.meanings(by_arm):
        yield [derived.FILE, name, "", "", "derived", "", meaning, "", "", "yes", ""]
    for name, meaning in DEFECT_WORDS.items():
        yield [DEFECTS, name, "", "", "text", "", meaning, "", "", "", ""]
    yield from form_rows(tables)


def form_rows(tables: list[Table]) -> Iterator[list[str]]:
    """The columns of the files of forms alone."""
    for table in tables:
        for name in (*ENTRY, *(("row",) if table.group else ())):
            words = ENTRY_WORDS[name]
            yield [table.file, name, table.form, "", "key", "", words, "", "", "", ""]
        for column in table.columns:
            yield from column_rows(table, column)


def column_rows(table: Table, column: Column) -> Iterator[list[str]]:
    item = column.item
    place = f"{table.group}.{item.name}" if table.group else item.name
    codes = "|".join(f"{code}={words}" for code, words in column.labels.items())
    words = (neutral(item.label.en), neutral(item.label.get("fr")))
    is_derived = "yes" if item.derived else ""
    for name in column.names:
        kind = item.type if name == item.name else name.rpartition("_")[2]
        yield [
            table.file, name, table.form, place, kind, item.unit, *words, codes, is_derived,
            item.tag,
        ]  # fmt: skip
