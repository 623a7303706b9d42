"""CSV files beside the JSON lines: one a form and one a repeating group with every version of
every entry, one a table, the trail, and a codebook."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from analysis.copy.files import rows
from analysis.copy.places import TABLES
from analysis.release import bundle, cells, codebook, layout
from crf.definition import Definition
from reminet_site.spreadsheet import neutral

FORMS = "data/forms"
ANSWERS = frozenset({"data", "comments", "changes"})
SALTS = frozenset({"old_salt", "new_salt"})
COLUMNS = {table.name: tuple(table.columns) for table in TABLES}


def write(folder: Path, definitions: Sequence[Definition]) -> dict[str, int]:
    """file -> rows of it; `definitions` newest first."""
    made = {}
    for source in sorted((folder / "data").glob("*.jsonl")):
        if source.stem != "entries":  # versions.csv and the files of forms say the same
            columns = COLUMNS.get(source.stem, ())
            made[f"data/{source.stem}.csv"] = as_csv(source, source.with_suffix(".csv"), columns)
    made["trail/trail.csv"] = as_csv(
        folder / "trail/trail.jsonl", folder / "trail/trail.csv", (), SALTS
    )
    tables = layout.tables(definitions)
    (folder / FORMS).mkdir()
    made |= write_forms(folder, tables)
    made["data/codebook.csv"] = write_codebook(folder / "data", tables)
    return made


def as_csv(
    source: Path, target: Path, columns: Sequence[str], skip: frozenset[str] = frozenset()
) -> int:
    """One row a line under `columns`, or those of the first, without the answers."""
    found = (row for row in rows(source) if "format" not in row and "heads" not in row)
    first = next(found, None)
    names = [name for name in first or columns if name not in ANSWERS | skip]
    file = bundle.Rows(target, names)
    with file.file:
        for row in found if first is None else chain([first], found):
            file.write([cell(row[name]) for name in names])
    return file.count


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return neutral(json.dumps(value, ensure_ascii=False))
    return cells.value(value)


def write_forms(folder: Path, tables: list[layout.Table]) -> dict[str, int]:
    """Every version of every entry, in the file of its form and in those of its groups."""
    by_form: dict[str, list[layout.Table]] = {}
    for table in tables:
        by_form.setdefault(table.form, []).append(table)
    with ExitStack() as stack:
        files = {t.file: bundle.Rows(folder / FORMS / t.file, t.header) for t in tables}
        for one in files.values():
            stack.callback(one.file.close)
        dated = {t.form: t.dated_by for t in tables}
        for version in rows(folder / "data/versions.jsonl"):
            entry = as_entry(version, dated.get(version["form"], ""))
            centre_of = {version["participant"]: version["centre"]}
            for table in by_form.get(version["form"], ()):
                for row in bundle.rows_of(table, entry, centre_of):
                    files[table.file].write(row)
        return {f"{FORMS}/{name}": one.count for name, one in files.items()}


def as_entry(version: dict[str, Any], dated_by: str) -> dict[str, Any]:
    date = version["data"].get(dated_by)
    return version | {"id": version["entry"], "date": date if isinstance(date, str) else ""}


def write_codebook(folder: Path, tables: list[layout.Table]) -> int:
    file = bundle.Rows(folder / codebook.FILE, codebook.HEADER)
    for row in codebook.form_rows(tables):
        file.write(row)
    file.file.close()
    return file.count


def names(folder: Path) -> Iterator[str]:
    """Every file of the copy by its path inside it, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()
