"""The casebooks to print: PDF/UA by typst, in volumes, so that memory does not grow with a centre.

Answers as they are, every version with who and when, and every change of a saved value with its
reason. The same copy gives the same bytes.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from analysis.copy.casebook import Casebook, Page, Reader, time
from crf.definition import Definition

TEMPLATE = Path(__file__).parent / "casebook.typ"
TYPESET = Path(__file__).parent / "typeset.py"
VOLUME = 20  # participants


def write(
    folder: Path,
    definitions: Mapping[str, Definition],
    head: Mapping[str, Any],
    language: str,
    tell: Callable[[str], None],
) -> list[str]:
    """casebook-1.pdf, casebook-2.pdf, ...; their names."""
    made = []
    casebooks = Reader(folder, definitions, language).casebooks()
    for number, some in enumerate(volumes(casebooks), 1):
        name = f"casebook-{number}.pdf"
        tell(f"pdf {number}")
        compile_pdf(book(some, head, language, number), folder / name, head["moment"])
        made.append(name)
    return made


def volumes(casebooks: Iterable[Casebook]) -> Iterator[list[Casebook]]:
    found = iter(casebooks)
    while some := list(islice(found, VOLUME)):
        yield some


def compile_pdf(content: dict[str, Any], target: Path, at: datetime) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pdf-") as scratch:
        room = Path(scratch)
        (room / "casebook.typ").write_bytes(TEMPLATE.read_bytes())
        (room / "book.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        words = [str(room), str(target), str(int(at.timestamp()))]
        subprocess.run([sys.executable, "-I", str(TYPESET), *words], env={}, check=True)


def book(
    casebooks: list[Casebook], head: Mapping[str, Any], language: str, number: int
) -> dict[str, Any]:
    first, last = casebooks[0].code, casebooks[-1].code
    return {
        "title": f"{head['trial']}, {head['name']}: {first} - {last}",
        "trial": head["trial"],
        "language": language,
        "lead": _("Data of %(at)s. Answers as they stand, and every change of a saved value.")
        % {"at": head["data_at"]},
        "words": {
            "value": _("Value"),
            "queries": _("Data queries"),
            "change": [_("When"), _("Item"), _("Before"), _("After"), _("By, why")],
            "query": [_("Where"), _("What"), _("Text"), _("When"), _("By")],
        },
        "casebooks": [as_book(one) for one in casebooks],
    }


def as_book(casebook: Casebook) -> dict[str, Any]:
    person = casebook.participant
    facts = f"{_('Screened')} {person['screened_on']}"
    if person["randomised_on"]:
        facts += f", {_('randomised')} {person['randomised_on']}, {person['randomisation_number']}"
        kits = ", ".join(f"{one['visit']} {one['kit']}" for one in casebook.beside["dispensings"])
        facts += f". {_('Kits')}: {kits or '-'}."
    return {
        "code": casebook.code,
        "facts": facts,
        "visits": [
            {"title": f"{visit.title} ({visit.code})", "pages": [as_page(p) for p in visit.pages]}
            for visit in casebook.visits
        ],
        "queries": [
            [
                f"{one['visit']} {one['form']} {one['item']} {one['row']}".strip(),
                step["kind"],
                step["text"],
                time(step["at"]),
                step["by"] or "",
            ]
            for one in casebook.queries
            for step in one["steps"]
        ],
    }


def as_page(page: Page) -> dict[str, Any]:
    saved = [
        f"{s.version}: {s.at}, {s.by}" + (f" ({s.role})" if s.role else "") for s in page.saves
    ]
    return {
        "title": page.title,
        "facts": f"{page.place}. {_('Versions')} {'; '.join(saved)}.",
        "blocks": [
            {
                "title": block.title,
                "rows": [[a.label, said(a.value, a.note)] for a in block.answers],
            }
            for block in page.blocks
        ],
        "changes": [
            [save.at, event.label, event.old, event.new, f"{save.by}. {save.reason}"]
            for save in page.saves
            for event in save.events
            if event.old
        ],
    }


def said(value: str, note: str) -> str:
    return f"{value} ({note})" if value and note else value or note or _("blank")
