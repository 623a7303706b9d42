"""dictionaries/*.csv: one table of terms a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from crf.definition.dictionary import GRADES, Dictionary, Term, folded
from crf.definition.load_form import ITEM_NAME, Lines
from crf.definition.nodes import LARGEST, DefinitionError, Problem, refuse

DEFINED = tuple(f"grade{grade}_defined" for grade in GRADES)
COLUMNS = ("soc", "term", *DEFINED)


def read_dictionary(path: Path, shown: str, lines: Lines) -> Dictionary:
    """The table in a file; `DefinitionError` with every line that cannot be read.

    Terms are kept by name: the order of the rows says nothing.
    """
    if not ITEM_NAME.fullmatch(path.stem):
        why = "the name of a dictionary is small letters, digits and _, thirty-two at most"
        raise refuse(shown, 1, f"`{path.stem}`: {why}.")
    found: dict[str, Term] = {}
    problems: list[Problem] = []
    for line, row in _rows(path, shown):
        try:
            term = _term(row, shown, line)
        except DefinitionError as error:
            problems += error.problems
            continue
        key = folded(term.name)
        if key in found:
            first = lines[("dictionary", path.stem, found[key].name)][1]
            why = f"`{term.name}` stands twice, in line {first} too. Remove one of the two lines."
            problems.append(Problem(shown, line, why))
            continue
        found[key] = term
        lines[("dictionary", path.stem, term.name)] = (shown, line)
    if problems:
        raise DefinitionError(problems)
    if not found:
        raise refuse(shown, 1, "The table holds no term.")
    lines[("dictionary", path.stem)] = (shown, 1)
    return Dictionary(path.stem, tuple(found[key] for key in sorted(found)))


def _rows(path: Path, shown: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row under the header; empty lines are no rows."""
    reader = csv.reader(_text(path, shown).splitlines(keepends=True), strict=True)
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        if header != COLUMNS:
            wrong = [one for one in header if one not in COLUMNS] or ["their order or number"]
            raise refuse(
                shown, 1, f"The columns are {','.join(COLUMNS)}. What differs: {wrong[0]}."
            )
        for row in reader:
            if row:
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise refuse(shown, reader.line_num, f"Not CSV: {error}.") from None


def _text(path: Path, shown: str) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise refuse(shown, 1, f"The file is larger than {LARGEST:,} bytes.")
    try:
        return data.decode("utf-8-sig")  # spreadsheets write a mark before the first letter
    except UnicodeDecodeError as error:
        raise refuse(shown, 1, "The file is not UTF-8 text.") from error


def _term(row: list[str], shown: str, line: int) -> Term:
    if len(row) != len(COLUMNS):
        why = f"{len(row)} cells, where the columns are {len(COLUMNS)}. Quote a cell with commas."
        raise refuse(shown, line, why)
    soc, name, *marks = row
    for key, cell in (("soc", soc), ("term", name)):
        if not cell:
            raise refuse(shown, line, f"`{key}` is empty.")
    for key, mark in zip(DEFINED, marks, strict=True):
        if mark not in ("0", "1"):
            raise refuse(shown, line, f"`{key}` of `{name}` is `{mark}`; it is 1 or 0.")
    grades = tuple(grade for grade, mark in zip(GRADES, marks, strict=True) if mark == "1")
    if not grades:
        raise refuse(shown, line, f"`{name}` has no grade, so no event could be entered under it.")
    return Term(name, soc, grades)
