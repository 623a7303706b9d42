"""The entries as they stand, as CDISC ODM 1.3.2: one XML file, written as it goes.

Read from the files of the copy beside it, not from the database: what the XML says is what the
JSON says. A form's items outside groups are one item group; a repeating group has one a row.
Every version of an entry is in the JSON and CSV files, not here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import XMLGenerator

from crf.definition import Definition
from crf.definition.model import Form, Item, Text

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
TYPES = {"integer": "integer", "decimal": "float", "date": "date", "time": "partialTime"}
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Writer:
    """Elements with attributes, nested by `inside`."""

    def __init__(self, file: Any) -> None:
        self._xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
        self._xml.startDocument()

    @contextmanager
    def inside(self, name: str, **attributes: object) -> Iterator[None]:
        values = {
            key.replace("__", ":"): written(value)
            for key, value in attributes.items()
            if value is not None
        }
        self._xml.startElement(name, values)
        yield
        self._xml.endElement(name)

    def element(self, name: str, text: str = "", **attributes: object) -> None:
        with self.inside(name, **attributes):
            self._xml.characters(written(text))

    def translated(self, name: str, text: Text) -> None:
        with self.inside(name):
            self.element("TranslatedText", text.en, xml__lang="en")
            if text.fr:
                self.element("TranslatedText", text.fr, xml__lang="fr")


def written(value: object) -> str:
    """Text without the few characters that XML cannot hold."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def write(path: Path, *, definitions: list[Definition], entries: Path, at: str, name: str) -> None:
    """`definitions`, the newest first; `entries`: data/entries.jsonl of a copy."""
    trial = definitions[0].trial
    with path.open("wb") as file:
        out = Writer(file)
        with out.inside(
            "ODM",
            xmlns=NAMESPACE,
            ODMVersion="1.3.2",
            FileType="Snapshot",
            Granularity="All",
            FileOID=name,
            CreationDateTime=at,
            AsOfDateTime=at,
            SourceSystem="REMINET",
        ):
            with out.inside("Study", OID=trial.code):
                with out.inside("GlobalVariables"):
                    out.element("StudyName", trial.acronym)
                    out.element("StudyDescription", trial.title_en)
                    out.element("ProtocolName", trial.code)
                for one in definitions:
                    metadata(out, one)
            for version, rows in by_version(entries, definitions):
                with out.inside("ClinicalData", StudyOID=trial.code, MetaDataVersionOID=version):
                    subjects(out, rows)


# -- what is asked ---------------------------------------------------------------------------


def metadata(out: Writer, definition: Definition) -> None:
    sha256 = definition.sha256
    with out.inside("MetaDataVersion", OID=sha256, Name=definition.trial.version):
        with out.inside("Protocol"):
            for order, visit in enumerate(definition.visits, 1):
                out.element(
                    "StudyEventRef",
                    StudyEventOID=f"SE.{visit.code}",
                    OrderNumber=order,
                    Mandatory="No",
                )
        for visit in definition.visits:
            repeats = "Yes" if visit.every_days else "No"
            with out.inside(
                "StudyEventDef", OID=f"SE.{visit.code}", Name=visit.title("en"), Repeating=repeats,
                Type="Scheduled",
            ):  # fmt: skip
                for form in (*visit.forms, *visit.optional_forms):
                    required = "Yes" if form in visit.forms else "No"
                    out.element("FormRef", FormOID=f"F.{form}", Mandatory=required)
        for form in definition.forms:
            form_def(out, form)
        for form in definition.forms:
            groups(out, form)
        for form in definition.forms:
            for oid, item in items_of(form):
                item_def(out, oid, item)
        for codelist in definition.codelists:
            with out.inside(
                "CodeList", OID=f"CL.{codelist.name}", Name=codelist.name, DataType="text"
            ):
                for code in codelist.codes:
                    with out.inside("CodeListItem", CodedValue=code.code):
                        out.translated("Decode", code.label)


def form_def(out: Writer, form: Form) -> None:
    repeats = "Yes" if form.repeats else "No"
    with out.inside("FormDef", OID=f"F.{form.name}", Name=form.title.en, Repeating=repeats):
        for oid in (form.name, *(f"{form.name}.{group.name}" for group in form.groups)):
            out.element("ItemGroupRef", ItemGroupOID=f"IG.{oid}", Mandatory="No")


def groups(out: Writer, form: Form) -> None:
    found = [(form.name, form.title.en, "No", form.items)]
    found += [(f"{form.name}.{g.name}", g.title.en, "Yes", g.items) for g in form.groups]
    for oid, title, repeats, items in found:
        with out.inside("ItemGroupDef", OID=f"IG.{oid}", Name=title, Repeating=repeats):
            for item in items:
                out.element("ItemRef", ItemOID=f"I.{oid}.{item.name}", Mandatory="No")


def items_of(form: Form) -> Iterator[tuple[str, Item]]:
    for item in form.items:
        yield f"{form.name}.{item.name}", item
    for group in form.groups:
        for item in group.items:
            yield f"{form.name}.{group.name}.{item.name}", item


def item_def(out: Writer, oid: str, item: Item) -> None:
    kind = "text" if item.beyond else TYPES.get(item.type, "text")
    if kind == "date" and item.finest != "day":
        kind = "partialDate"
    with out.inside("ItemDef", OID=f"I.{oid}", Name=item.name, DataType=kind):
        out.translated("Question", item.label)
        if item.codelist:
            out.element("CodeListRef", CodeListOID=f"CL.{item.codelist}")


# -- what was answered -------------------------------------------------------------------------


def by_version(
    entries: Path, definitions: list[Definition]
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """The entries pinned to each definition, in the order of the file: read once for each."""
    for definition in reversed(definitions):
        rows = (row for row in lines(entries) if row["definition"] == definition.sha256)
        yield definition.sha256, rows


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def subjects(out: Writer, rows: Iterable[dict[str, Any]]) -> None:
    """Rows come by participant, visit, form and number."""
    for participant, mine in groupby(rows, key=lambda row: row["participant"]):
        with out.inside("SubjectData", SubjectKey=participant):
            for visit, here in groupby(mine, key=lambda row: row["visit"]):
                event, _, repeat = visit.partition("-")
                with out.inside(
                    "StudyEventData",
                    StudyEventOID=f"SE.{event}",
                    StudyEventRepeatKey=repeat or None,
                ):
                    for row in here:
                        form_data(out, row)


def form_data(out: Writer, row: Mapping[str, Any]) -> None:
    with out.inside("FormData", FormOID=f"F.{row['form']}", FormRepeatKey=row["number"]):
        single = {name: value for name, value in row["data"].items() if not is_rows(value)}
        group(out, row["form"], None, single)
        for name, value in row["data"].items():
            for one in value if is_rows(value) else ():
                answers = {key: answer for key, answer in one.items() if key != "id"}
                group(out, f"{row['form']}.{name}", one["id"], answers)


def is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def group(out: Writer, oid: str, key: str | None, answers: Mapping[str, Any]) -> None:
    with out.inside("ItemGroupData", ItemGroupOID=f"IG.{oid}", ItemGroupRepeatKey=key):
        for name, value in answers.items():
            missing = value is None or isinstance(value, dict)
            said = " ".join(map(str, value)) if isinstance(value, list) else value
            out.element(
                "ItemData",
                ItemOID=f"I.{oid}.{name}",
                Value=None if missing else said,
                IsNull="Yes" if missing else None,
            )
