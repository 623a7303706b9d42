"""The casebook that people read: one page a participant, an index, no script, no network.

Made of the copy's own files. Every version's answers with labels and units, reasons for no value,
and under each form who saved what, when and why.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.copy.files import ByParticipant, Row, rows
from crf import past
from crf.definition import CompiledForm, Definition, compile_form
from crf.definition.model import Group, Item
from crf.words import visit_words
from reminet_site.roles import role_words

FOLDER = "casebook"
STYLE = Path(__file__).parent / "style.css"
BESIDE = (
    "queries", "query_steps", "allocations", "dispensings", "strata_corrections", "unblindings",
    "redactions", "signatures",
)  # fmt: skip
REDACTED = gettext_lazy("[redacted]")


@dataclass(frozen=True, slots=True)
class Answer:
    """One item: what was asked, what is answered; `note` says why there is no value, or that it
    was worked out."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A section's single items, or one row of a group."""

    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one item."""

    label: str
    item: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Save:
    """One version: who, in which role, when, why, and what changed with it."""

    version: int
    at: str
    by: str
    role: str
    reason: str
    query: int | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One form as it is now, and how it came to be."""

    anchor: str
    title: str
    place: str
    version: int
    definition: str
    date: str
    blocks: tuple[Block, ...]
    comments: tuple[tuple[str, str], ...]
    saves: tuple[Save, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    title: str
    code: str
    pages: tuple[Page, ...]


@dataclass
class Casebook:
    """All of one participant."""

    participant: Row
    visits: list[Visit]
    queries: list[Row] = field(default_factory=list)
    beside: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return str(self.participant["participant"])


class Reader:
    """Hands out one casebook after the other, in the order of the files."""

    def __init__(self, folder: Path, definitions: Mapping[str, Definition], language: str) -> None:
        data = folder / "data"
        self.definitions, self.language = definitions, language
        self.participants = rows(data / "participants.jsonl")
        self.entries = ByParticipant(data / "entries.jsonl")
        self.versions = ByParticipant(data / "versions.jsonl")
        self.beside = {name: ByParticipant(data / f"{name}.jsonl") for name in BESIDE}

    def casebooks(self) -> Iterator[Casebook]:
        for participant in self.participants:
            code = participant["participant"]
            beside = {name: feed.of(code) for name, feed in self.beside.items()}
            steps: dict[int, list[Row]] = {}
            for step in beside.pop("query_steps"):
                steps.setdefault(step["query_id"], []).append(step)
            queries = [one | {"steps": steps.get(one["id"], [])} for one in beside.pop("queries")]
            yield Casebook(participant, self.visits(code), queries, beside)

    def visits(self, code: str) -> list[Visit]:
        """In the order of their days; what has no day last."""
        versions: dict[int, list[Row]] = {}
        for version in self.versions.of(code):
            versions.setdefault(version["entry"], []).append(version)
        by_visit: dict[str, list[Row]] = {}
        for entry in self.entries.of(code):
            by_visit.setdefault(entry["visit"], []).append(entry)

        def first_day(visit: str) -> tuple[str, str]:
            days = [one["date"] for one in by_visit[visit] if one["date"]]
            return (min(days, default="9999"), visit)

        return [
            Visit(
                visit_words(self.definitions[by_visit[visit][0]["definition"]], visit),
                visit,
                tuple(self.page(one, versions.get(one["entry"], [])) for one in by_visit[visit]),
            )
            for visit in sorted(by_visit, key=first_day)
        ]

    def page(self, entry: Row, versions: list[Row]) -> Page:
        definition = self.definitions[entry["definition"]]
        form = Words(compile_form(definition, entry["form"]), self.language)
        number = f" {entry['number']}" if form.compiled.form.repeats else ""
        return Page(
            anchor=f"e{entry['entry']}",
            title=form.compiled.form.title.get(self.language) + number,
            place=f"{entry['visit']} {entry['form']} {entry['number']}",
            version=entry["version"],
            definition=entry["definition"][:8],
            date=entry["date"] or "",
            blocks=tuple(form.blocks(entry["data"])),
            comments=tuple(
                (name, f"{one.get('comment', '')} ({one.get('value', '')})")
                for name, one in entry["comments"].items()
            ),
            saves=tuple(self.save(entry["form"], one) for one in versions),
        )

    def save(self, form: str, version: Row) -> Save:
        words = Words(compile_form(self.definitions[version["definition"]], form), self.language)
        return Save(
            version["version"],
            time(version["clinical_at"]),
            version["by"],
            role_words(version["role"]),
            version["reason"],
            version["query"],
            tuple(words.event(one) for one in version["changes"]),
        )


class Words:
    """A form's answers as people read them."""

    def __init__(self, compiled: CompiledForm, language: str) -> None:
        self.compiled, self.language = compiled, language

    def blocks(self, data: Row) -> Iterator[Block]:
        form = self.compiled.form
        for section in form.sections:
            singles = [name for name in section.contents if name in form.by_name]
            if singles:
                answers = tuple(self.answer(form.by_name[n], n, data.get(n)) for n in singles)
                yield Block(section.title.get(self.language), answers)
            for name in section.contents:
                if name in form.group_by_name:
                    yield from self.group(form.group_by_name[name], data.get(name) or [])

    def group(self, group: Group, found: list[Row]) -> Iterator[Block]:
        title = group.title.get(self.language)
        for place, row in enumerate(found, 1):
            answers = tuple(
                self.answer(item, f"{group.name}.{item.name}", row.get(item.name))
                for item in group.items
            )
            yield Block(f"{title} {place}", answers)

    def answer(self, item: Item, name: str, kept: Any) -> Answer:
        text = self.value(name, kept)
        note = _("worked out") if item.derived and text else ""
        if isinstance(kept, dict):
            text, note = "", text
        return Answer(item.label.get(self.language), text, note)

    def value(self, name: str, kept: Any) -> str:
        """In words; as it is kept where the definition does not know it."""
        if kept is None:
            return ""
        try:
            return self.compiled.label(name, kept, self.language)
        except (KeyError, TypeError, ValueError):
            return str(kept)

    def event(self, change: Row) -> Event:
        group, row, inner = past.place_of(change["item"])
        name = f"{group}.{inner}" if inner else group
        return Event(
            self.label(name, row),
            change["item"],
            str(REDACTED) if "old" in change["redacted"] else self.said(name, change["old"]),
            str(REDACTED) if "new" in change["redacted"] else self.said(name, change["new"]),
        )

    def said(self, name: str, text: str | None) -> str:
        if name in self.compiled.form.group_by_name or ":" in name:
            return text or ""
        try:
            return self.value(name, past.value_of(self.compiled, name, text))
        except ValueError:
            return text or ""

    def label(self, name: str, row: str) -> str:
        form = self.compiled.form
        try:
            found = (
                form.group_by_name[name].title
                if name in form.group_by_name
                else form.item(name).label
            )
        except KeyError:
            return name
        return found.get(self.language) + (f" ({row.removeprefix('r')})" if row else "")


def time(stamp: str) -> str:
    """2026-11-26 14:03:07 UTC."""
    return f"{stamp[:19].replace('T', ' ')} UTC"


def write(
    folder: Path,
    definitions: Mapping[str, Definition],
    head: Row,
    language: str,
    tell: Callable[[str], None],
) -> None:
    """index.html, and a page a participant under casebook/."""
    (folder / FOLDER).mkdir()
    shutil.copyfile(STYLE, folder / FOLDER / "style.css")
    listed = []
    for one in Reader(folder, definitions, language).casebooks():
        tell(f"casebook {one.code}")
        context = {
            "casebook": one,
            "head": head,
            "language": language,
            "time": time,
            "role": role_words,
        }
        put(folder / FOLDER / f"{one.code}.html", "analysis/copy/casebook.html", context)
        pages = sum(len(visit.pages) for visit in one.visits)
        listed.append(one.participant | {"pages": pages, "queries": len(one.queries)})
    beside = {
        name: list(rows(folder / f"data/{name}.jsonl"))
        for name in ("centres", "people", "normal_limits", "shipments", "kits", "locks")
    }
    context = {"participants": listed, "head": head, "language": language, "time": time}
    put(folder / "index.html", "analysis/copy/index.html", context | beside | {"role": role_words})


def put(path: Path, template: str, context: Row) -> None:
    path.write_text(render_to_string(template, context), encoding="utf-8")
