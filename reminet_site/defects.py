"""Defects that are known and not mended: a file beside the documentation, shown and handed out."""

import functools
from dataclasses import dataclass, fields
from pathlib import Path

import yaml
from django.conf import settings

FILE = "docs/known-defects.yaml"
RISKS = ("high", "medium", "low")


class DefectsFile(Exception):
    """The file is not as it should be: where, and what."""


@dataclass(frozen=True, slots=True)
class Defect:
    """`risk` is what may go wrong at worst; `note` is for the release: what to do meanwhile."""

    id: str
    risk: str
    title: str
    what: str
    note: str
    since: str


@functools.cache
def known() -> tuple[Defect, ...]:
    return read(Path(settings.BASE_DIR) / FILE)


def read(path: Path) -> tuple[Defect, ...]:
    """Every defect, the gravest first."""
    found = [defect(number, row) for number, row in enumerate(yaml.safe_load(path.read_text()), 1)]
    ids = [one.id for one in found]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise DefectsFile(f"{path.name}: {', '.join(sorted(twice))} stands twice")
    return tuple(sorted(found, key=lambda one: (RISKS.index(one.risk), one.id)))


def defect(number: int, row: dict[str, str]) -> Defect:
    names = {one.name for one in fields(Defect)}
    if not isinstance(row, dict) or set(row) != names or not all(map(filled, row.values())):
        raise DefectsFile(f"{FILE}, defect {number}: give {', '.join(sorted(names))}, each filled")
    if row["risk"] not in RISKS:
        raise DefectsFile(f"{FILE}, {row['id']}: the risk is {', '.join(RISKS)}")
    return Defect(**{name: text.strip() for name, text in row.items()})


def filled(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())
