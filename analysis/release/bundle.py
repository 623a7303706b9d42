"""Write the files of a release and pack them: the same cut and build give the same bytes.

Entries are read one by one and written at once, so memory does not grow with the trial.
"""

import csv
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from analysis.release import cells, central, codebook, derived, deviations
from analysis.release.layout import Table
from crf.definition.values import beyond, number
from reminet_site.defects import Defect

EPOCH = (1980, 1, 1, 0, 0, 0)
README = """{trial} {release}

One CSV a form and one a repeating group, UTF-8, one row an entry (a row of the group).
ITEM is the value or code, ITEM_label its English words, ITEM_missing why there is no value;
ITEM_beyond is < or > where the result was given as below or above what is measured: ITEM is
that limit.
participants.csv has one row a participant: endpoints with the rule and the entries behind each.
deviations.csv has one row a protocol deviation that schedule or entries tell.
central_readings.csv has one row an entry whose images the central review read.
codebook.csv says what every column is. known_defects.csv says what is known to be wrong with the
build, and what to do meanwhile. manifest.json gives the cut, the definition, the build,
and for each file its rows, the rows in the database and its SHA-256 (sha256sum -c SHA256SUMS).
A cell that a spreadsheet would take for a formula begins with an apostrophe. {arms}
{texts}
"""
TEXTS_OUT = (
    "Items of free text are left out: they may name an arm or a person. Their names are under\n"
    "left_out in manifest.json. Of an item with a dictionary the terms stay; where something else\n"
    "was written, ITEM is empty and ITEM_missing is withheld."
)
WITHHELD = {"missing": "withheld"}
TEXTS_IN = "Items of free text are in it as they were written: they may name a person."


@dataclass(frozen=True)
class Written:
    """A file of the release; `counted` is the database's own count of its rows."""

    name: str
    title: str
    rows: int
    counted: int | None
    sha256: str
    bytes: int

    @property
    def reconciled(self) -> bool:
        return self.counted is None or self.counted == self.rows


class Rows:
    """A CSV file that counts what it is given."""

    def __init__(self, path: Path, header: list[str] | tuple[str, ...]) -> None:
        self.path, self.count = path, 0
        self.file = path.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.writer.writerow(header)

    def write(self, row: list[str]) -> None:
        self.writer.writerow(row)
        self.count += 1

    def written(self, title: str, counted: int | None) -> Written:
        self.file.close()
        return describe(self.path, title, self.count, counted)


def describe(path: Path, title: str, rows: int, counted: int | None) -> Written:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path.name, title, rows, counted, found, path.stat().st_size)


def write_forms(
    folder: Path,
    entries: Iterator[dict[str, Any]],
    tables: list[Table],
    centre_of: Mapping[str, str],
    counts: Mapping[str, int],
    progress: Callable[[str], None],
) -> list[Written]:
    """A file for each table; entries come in the order of their forms."""
    by_form: dict[str, list[Table]] = {}
    for table in tables:
        by_form.setdefault(table.form, []).append(table)
    with ExitStack() as stack:
        files = {table.file: Rows(folder / table.file, table.header) for table in tables}
        for one in files.values():
            stack.callback(one.file.close)
        last = ""
        for entry in entries:
            if entry["form"] != last:
                last = entry["form"]
                progress(last)
            for table in by_form[entry["form"]]:
                for row in rows_of(table, entry, centre_of):
                    files[table.file].write(row)
        return [files[t.file].written(t.title, counts.get(t.counted_as, 0)) for t in tables]


def rows_of(
    table: Table, entry: dict[str, Any], centre_of: Mapping[str, str]
) -> Iterator[list[str]]:
    """The rows of one entry in one file: one, or one a row of the group."""
    start = [
        entry["participant"],
        centre_of[entry["participant"]],
        entry["visit"],
        str(entry["number"]),
        entry["date"] or "",
        str(entry["id"]),
        str(entry["version"]),
    ]
    data = entry["data"]
    if not table.group:
        yield start + answers(table, data)
        return
    for row in data.get(table.group) or []:
        yield [*start, str(row["id"]), *answers(table, row)]


def answers(table: Table, data: Mapping[str, Any]) -> list[str]:
    found = []
    for column in table.columns:
        answer = data.get(column.item.name)
        if column.terms_only and isinstance(answer, str) and answer not in column.terms:
            answer = WITHHELD
        mark = beyond(answer) if column.item.beyond else ""
        found.append(cells.value(number(answer) if mark else answer))
        if column.labels:
            found.append(cells.label(answer, column.labels))
        if column.item.beyond:
            found.append(mark)
        if not column.item.derived:
            found.append(cells.missing(answer))
    return found


def write_participants(
    folder: Path, rows: Iterator[list[str]], by_arm: bool, counted: int
) -> Written:
    header = [name for name, _ in derived.meanings(by_arm)]
    file = Rows(folder / derived.FILE, header)
    for row in rows:
        file.write(row)
    return file.written("Participants, derived endpoints", counted)


def write_deviations(folder: Path, rows: Iterator[list[str]]) -> Written:
    file = Rows(folder / deviations.FILE, list(deviations.WORDS))
    for row in rows:
        file.write(row)
    return file.written("Protocol deviations of randomised participants", None)


def write_central(
    folder: Path, readings: Iterator[dict[str, Any]], centre_of: Mapping[str, str],
    blind: bool, counted: int,
) -> Written:  # fmt: skip
    file = Rows(folder / central.FILE, central.columns(blind))
    for row in central.rows(readings, centre_of, blind):
        file.write(row)
    return file.written("Readings of the central review", counted)


def write_codebook(folder: Path, tables: list[Table], by_arm: bool, blind: bool) -> Written:
    file = Rows(folder / codebook.FILE, codebook.HEADER)
    for row in codebook.rows(tables, by_arm, blind):
        file.write(row)
    return file.written("Codebook: columns, labels, codes", None)


def write_defects(folder: Path, known: Iterable[Defect]) -> Written:
    """What is known to be wrong with the build that made the release."""
    file = Rows(folder / codebook.DEFECTS, [one.name for one in fields(Defect)])
    for defect in known:
        file.write(list(astuple(defect)))
    return file.written("Known defects of the build, the gravest first", None)


def write_manifest(folder: Path, head: dict[str, Any], files: list[Written]) -> dict[str, Any]:
    manifest = head | {
        "files": [
            {
                "name": one.name,
                "title": one.title,
                "rows": one.rows,
                "rows_in_database": one.counted,
                "sha256": one.sha256,
                "bytes": one.bytes,
            }
            for one in sorted(files, key=lambda one: one.name)
        ]
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    arms = "Blind: no arm is in it." if head["blind"] else "BY ARM: participants.csv names arms."
    texts = TEXTS_OUT if head["blind"] else TEXTS_IN
    readme = README.format(trial=head["trial"], release=head["release"], arms=arms, texts=texts)
    (folder / "README.txt").write_text(readme, encoding="utf-8")
    sums = [f"{hash_of(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return manifest


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(folder: Path, target: Path, top: str) -> None:
    """All files of the folder in one zip under `top`/, by name, without a clock."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in files:
            info = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            info.create_system = 3
            with path.open("rb") as source, packed.open(info, "w", force_zip64=True) as into:
                shutil.copyfileobj(source, into, 1 << 20)
