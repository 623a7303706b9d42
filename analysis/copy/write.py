"""A whole copy in a folder: data, trail, definitions, CSV, casebooks, PDF, README, manifest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from analysis.copy import casebook, manifest, pdf, tables
from analysis.copy.read import Contents, read
from crf import study
from crf.definition import Definition
from crf.models import DefinitionVersion
from reminet_site import build
from reminet_site.context import Actor, acting
from reminet_site.models import Centre
from reminet_site.trail import anchor, verify

README = Path(__file__).parent / "README.txt"
LEFT_OUT = ", without\n                      {parts}: how arms are drawn is for nobody at a centre"


LANGUAGE = "en"  # of what leaves the service, whatever its taker reads


@dataclass(frozen=True)
class Written:
    contents: Contents
    manifest: dict[str, Any]


def write(
    folder: Path,
    *,
    name: str,
    centres: Sequence[Centre] | None,
    by: Actor,
    tell: Callable[[str], None] = lambda _: None,
) -> Written:
    """The copy `name` of these centres, or (None) of the whole trial, in this empty folder.

    Read in one transaction as `by`, narrowed to the centres; the rest is made of the files. `tell`
    hears the stages, outside any transaction.
    """
    tell("reading")
    contents = read(folder, centres=centres, by=by)
    with acting(by):
        found = definitions()
        head = head_of(name, contents, by)
    with translation.override(LANGUAGE):
        tell("tables")
        rows = contents.rows | tables.write(folder, list(found.values()))
        head["pdf"] = pdf.write(folder, found, head, LANGUAGE, tell)
        casebook.write(folder, found, head, LANGUAGE, tell)
    (folder / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    (folder / "README.txt").write_text(readme(contents, head), encoding="utf-8")
    tell("signing")
    return Written(contents, manifest.write(folder, contents, rows, head))


def definitions() -> dict[str, Definition]:
    """SHA-256 -> definition, newest first."""
    ids = DefinitionVersion.objects.order_by("-id").values_list("id", flat=True)
    made = [study.study_of(pk).definition for pk in ids]
    return {one.sha256: one for one in made}


def head_of(name: str, contents: Contents, by: Actor) -> dict[str, Any]:
    trial = study.current().definition.trial
    return {
        "name": name,
        "trial": trial.code,
        "title": trial.title_en,
        "service": settings.SITE_URL,
        "asked_by": by.name,
        "moment": contents.data_at,
        "data_at": contents.data_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "build": build.identity().as_json(),
    }


def readme(contents: Contents, head: dict[str, Any]) -> str:
    parts = sorted({part for one in contents.definitions for part in one["left_out"]})
    return README.read_text(encoding="utf-8").format(
        trial=head["trial"],
        copy=head["name"],
        data_at=head["data_at"],
        centres=", ".join(contents.centres),
        left_out=LEFT_OUT.format(parts=" and ".join(parts)) if parts else "",
        public_key=anchor.public_key(),
    )
