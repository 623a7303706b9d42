"""codebook.csv: a row a column of every file, in both languages. No database."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from analysis.release import central, derived, deviations
from analysis.release.layout import ENTRY, Column, Table
from crf import study
from crf.definition.model import BEYOND
from reminet_site.spreadsheet import neutral

T = TypeVar("T")
FILE = "codebook.csv"
DEFECTS = "known_defects.csv"
DEFECT_WORDS = {
    "id": gettext_noop("Number of the defect"),
    "risk": gettext_noop("What may go wrong at worst: high, medium, low"),
    "title": gettext_noop("The defect in one line"),
    "what": gettext_noop("What happens"),
    "note": gettext_noop("What to do until it is mended"),
    "since": gettext_noop("The version in which it was found"),
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
    "participant": gettext_noop("Code of the participant"),
    "centre": gettext_noop("Centre"),
    "visit": gettext_noop("Visit"),
    "number": gettext_noop("Number of the entry within visit and form"),
    "date": gettext_noop("Date of the entry (the item that dates the form)"),
    "entry": gettext_noop("Identifier of the entry"),
    "entry_version": gettext_noop("Version of the entry at the cut"),
    "row": gettext_noop("Identifier of the row, the same over all versions"),
}


def rows(tables: list[Table], by_arm: bool, blind: bool) -> Iterator[list[str]]:
    english, french = (said_in(one, lambda: derived.meanings(by_arm)) for one in ("en", "fr"))
    for (name, meaning), (_name, in_french) in zip(english, french, strict=True):
        yield [derived.FILE, name, "", "", "derived", "", meaning, in_french, "", "yes", ""]
    for name, meaning in DEFECT_WORDS.items():
        yield [DEFECTS, name, "", "", "text", "", *both(meaning), "", "", ""]
    for name, meaning in deviations.WORDS.items():
        kinds = "|".join(deviations.KINDS) if name == "kind" else ""
        yield [deviations.FILE, name, "", "", "derived", "", *both(meaning), kinds, "yes", ""]
    codes = central.codes(study.current().definition)
    for name in central.columns(blind):
        words = both(central.WORDS[name])
        yield [central.FILE, name, "", "", "reading", "", *words, codes.get(name, ""), "", ""]
    yield from form_rows(tables)


def both(words: str) -> tuple[str, str]:
    """English, in which it is written, and French."""
    return words, said_in("fr", lambda: gettext(words))


def said_in(language: str, words: Callable[[], T]) -> T:
    with translation.override(language):
        return words()


def form_rows(tables: list[Table]) -> Iterator[list[str]]:
    """The columns of the files of forms alone."""
    for table in tables:
        for name in (*ENTRY, *(("row",) if table.group else ())):
            words = both(ENTRY_WORDS[name])
            yield [table.file, name, table.form, "", "key", "", *words, "", "", ""]
        for column in table.columns:
            yield from column_rows(table, column)


def column_rows(table: Table, column: Column) -> Iterator[list[str]]:
    """The column of the value, and those beside it, each with what may stand in it itself."""
    item = column.item
    place = f"{table.group}.{item.name}" if table.group else item.name
    codes = "|".join(f"{code}={words}" for code, words in column.labels.items())
    of_value = codes or (f"dictionary {item.dictionary}" if item.dictionary else "")
    beside = {"label": "", "beyond": "|".join(BEYOND), "missing": "|".join(reasons_of(column))}
    words = (neutral(item.label.en), neutral(item.label.get("fr")))
    is_derived = "yes" if item.derived else ""
    for name in column.names:
        kind = item.type if name == item.name else name.rpartition("_")[2]
        own = name == item.name
        yield [
            table.file, name, table.form, place, kind, item.unit if own else "", *words,
            of_value if own else beside[kind], is_derived, item.tag,
        ]  # fmt: skip


def reasons_of(column: Column) -> tuple[str, ...]:
    """Why there may be no value."""
    return (*column.item.missing, *(("withheld",) if column.terms_only else ()))
