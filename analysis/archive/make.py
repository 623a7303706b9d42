"""The archive: a copy of the whole trial, what else is recorded, ODM, anchors, a backup."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Model

from analysis import rules
from analysis.archive import odm
from analysis.copy.write import definitions, write
from analysis.models import BlindOpening, Look, Release, ReleaseDownload, Run
from crf import study
from crf.definition.describe import describe
from crf.models import TrialLock
from randomisation import readings
from randomisation.models import LostDispensing, Scheme
from reminet_site import build
from reminet_site.audit import note
from reminet_site.backup import make as backups
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import (
    Centre,
    Grant,
    Redaction,
    Restoration,
    SecurityEvent,
    TrailCopy,
    User,
)
from reminet_site.spreadsheet import neutral
from reminet_site.trail import anchor

README = Path(__file__).parent / "README.txt"
FORMAT, MANIFEST = "reminet archive 1", "manifest.json"
# What the copy does not have; each with what is left out of it.
TABLES: tuple[tuple[type[Model], frozenset[str]], ...] = (
    (User, frozenset({"password"})),
    (Centre, frozenset()),
    (Grant, frozenset()),
    (SecurityEvent, frozenset()),
    (Redaction, frozenset()),
    (TrailCopy, frozenset()),
    (Restoration, frozenset()),
    (TrialLock, frozenset()),
    (Scheme, frozenset()),
    (LostDispensing, frozenset()),
    (Run, frozenset()),
    (Look, frozenset()),
    (BlindOpening, frozenset()),
    (Release, frozenset()),
    (ReleaseDownload, frozenset()),
)


@dataclass(frozen=True)
class Archived:
    folder: Path
    files: int
    size: int
    sha256: str  # of the manifest


def make(
    *, into: Path, same_host: bool, by: Actor, tell: Callable[[str], None] = lambda _: None
) -> Archived:
    """The archive is in a new folder of `into`, its manifest signed last."""
    backups.check_place(into, same_host)
    backups.keys()
    anchor.key()
    trial = study.current().definition.trial.code
    folder = into / f"{trial}-archive-{now():%Y%m%dT%H%M%S}Z"
    folder.mkdir(mode=0o700)
    made_at = now()
    (folder / "copy").mkdir()
    written = write(folder / "copy", name=folder.name, centres=None, by=by, tell=tell)
    tell("tables")
    with acting(by):
        found = list(definitions().values())
        for model, skip in TABLES:
            table(folder / "tables", model, skip)
        opened = rules.blind_is_open()
    for one in found:
        put(folder / "definitions" / f"{one.trial.version}-{one.sha256[:8]}.txt", describe(one))
    tell("ODM")
    odm.write(
        folder / "odm.xml",
        definitions=found,
        entries=folder / "copy" / "data" / "entries.jsonl",
        at=written.contents.data_at.isoformat(timespec="seconds"),
        name=folder.name,
    )
    if opened:
        arms(folder / "arms.csv")
        with acting(by):
            put(folder / readings.NAME, readings.as_csv())
    for name in ("anchors", "releases"):
        source = Path(settings.DATA_DIR) / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
    tell("backup")
    (folder / "backup").mkdir()
    backups.make(folder=folder / "backup", same_host=True)
    head = {
        "trial": trial,
        "data_at": made_at.isoformat(timespec="seconds"),
        "build": build.commit(),
    }
    put(folder / "README.txt", README.read_text().format(public_key=anchor.public_key(), **head))
    return signed(folder, head, by)


def signed(folder: Path, head: dict[str, Any], by: Actor) -> Archived:
    """manifest.json names every other file; that the archive was made is in the trail."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.relative_to(folder).as_posix()
            files[raw] = {"sha256": digest(path), "bytes": path.stat().st_size}
    content = {"format": FORMAT, **head, "files": files, "public_key": anchor.public_key()}
    (folder / MANIFEST).write_bytes(anchor.signed(content))
    sha256 = digest(folder / MANIFEST)
    with acting(by):
        note("archive", folder.name, detail=f"SHA-256 {sha256}")
    return Archived(folder, len(files) + 1, sum(one["bytes"] for one in files.values()), sha256)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(folder: Path, model: type[Model], skip: frozenset[str]) -> None:
    """Every row, as JSON lines and as CSV."""
    folder.mkdir(exist_ok=True)
    fields = [f.attname for f in model._meta.concrete_fields if f.name not in skip]
    name = folder / model._meta.db_table
    rows = model._default_manager.order_by("pk").values_list(*fields)
    with (
        name.with_suffix(".jsonl").open("w", encoding="utf-8") as plain,
        name.with_suffix(".csv").open("w", encoding="utf-8", newline="") as sheet,
    ):
        writer = csv.writer(sheet)
        writer.writerow(fields)
        for row in rows.iterator(2000):
            plain.write(json.dumps(dict(zip(fields, row)), default=str, ensure_ascii=False) + "\n")
            writer.writerow([cell(value) for value in row])


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return neutral(str(value))


def arms(path: Path) -> None:
    """After the opening of the blind, and where the vault's key is: number and arm."""
    if not settings.VAULT_KEY:
        raise Refusal("The blind is open: an archive with the arms needs VAULT_KEY.")
    from analysis import unblinded

    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["randomisation_number", "arm"])
        writer.writerows(sorted(unblinded.arms("archive").items()))
