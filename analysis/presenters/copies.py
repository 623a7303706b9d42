"""The page of a centre's certified copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from analysis.copy.make import KEPT
from analysis.presenters import words
from analysis.presenters.progress import Progress
from reminet_site.models import Centre, CertifiedCopy, CertifiedCopyState

STATES = {
    CertifiedCopyState.WAITING: ("planned", "future", gettext_noop("Waiting")),
    CertifiedCopyState.RUNNING: ("accent", "running", gettext_noop("Being made")),
    CertifiedCopyState.DONE: ("verified", "verified", gettext_noop("Ready")),
    CertifiedCopyState.FAILED: ("late", "hard", gettext_noop("Failed")),
}
REMOVED = ("missing", "missing", gettext_noop("File removed"))


@dataclass(frozen=True, slots=True)
class CopyLine:
    pk: int
    name: str
    kind: str
    icon: str
    state: str
    asked_at: datetime
    asked_by: str
    data_at: datetime | None
    taken_at: datetime | None
    removed_at: datetime | None
    until: datetime | None  # the file is kept until then
    size: str
    rows: str
    sha256: str
    problem: str
    differences: int
    mine: bool  # ready, and the reader may take it


@dataclass(frozen=True, slots=True)
class CopiesPage:
    centre: str
    code: str
    lines: tuple[CopyLine, ...]
    running: CopyLine | None
    progress: Progress | None
    ready: CopyLine | None  # the reader's newest
    failed: CopyLine | None  # the newest of all, where it failed
    can_take: bool
    kept_days: int


def copies_page(
    centre: Centre, found: Sequence[CertifiedCopy], *, reader: int, can_take: bool
) -> CopiesPage:
    lines = tuple(line(one, reader if can_take else 0) for one in found)
    under_way = next((one for one in found if not ended(one)), None)
    return CopiesPage(
        centre=centre.name,
        code=centre.code,
        lines=lines,
        running=next((one for one in lines if under_way and one.pk == under_way.pk), None),
        progress=copy_progress(under_way) if under_way else None,
        ready=next((one for one in lines if one.mine), None),
        failed=lines[0] if lines and lines[0].problem else None,
        can_take=can_take,
        kept_days=KEPT.days,
    )


def line(copy: CertifiedCopy, reader: int) -> CopyLine:
    done = copy.state == CertifiedCopyState.DONE
    kind, icon, state = REMOVED if copy.removed_at else STATES[CertifiedCopyState(copy.state)]
    return CopyLine(
        pk=copy.pk,
        name=copy.name,
        kind=kind,
        icon=icon,
        state=_(state),
        asked_at=copy.asked_at,
        asked_by=copy.asked_by.name,
        data_at=copy.data_at,
        taken_at=copy.taken_at,
        removed_at=copy.removed_at,
        until=copy.finished_at + KEPT if done and copy.finished_at else None,
        size=words.size(copy.size) if copy.size else "",
        rows=words.whole(copy.rows) if copy.rows else "",
        sha256=copy.sha256,
        problem=copy.problem,
        differences=copy.differences,
        mine=done and copy.asked_by_id == reader and copy.removed_at is None,
    )


def ended(copy: CertifiedCopy) -> bool:
    return copy.state in (CertifiedCopyState.DONE, CertifiedCopyState.FAILED)


def copy_progress(copy: CertifiedCopy) -> Progress:
    return Progress(stage_words(copy), copy.step, max(copy.steps, copy.step, 1), ended(copy))


def stage_words(copy: CertifiedCopy) -> str:
    if copy.state == CertifiedCopyState.WAITING:
        return _("Waiting for a worker")
    kind, _space, which = copy.stage.partition(" ")
    said = {
        "reading": _("Reading the data and the trail, all of one moment"),
        "tables": _("Writing the tables"),
        "pdf": _("Printing volume %(which)s") % {"which": which},
        "casebook": _("Casebook of %(which)s") % {"which": which},
        "signing": _("Hashing and signing"),
        "packing": _("Packing"),
    }
    return said.get(kind, "")
