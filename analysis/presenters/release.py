"""The pages of releases: what is in one, where it comes from, who took it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from analysis.models import Release, ReleaseState
from analysis.presenters import words
from analysis.presenters.progress import Progress, release_progress

STATES = {
    ReleaseState.WAITING: ("planned", "future", gettext_noop("Waiting")),
    ReleaseState.RUNNING: ("accent", "running", gettext_noop("Being made")),
    ReleaseState.DONE: ("verified", "verified", gettext_noop("Ready")),
    ReleaseState.FAILED: ("late", "hard", gettext_noop("Failed")),
}


@dataclass(frozen=True, slots=True)
class FileLine:
    name: str
    title: str
    rows: str
    counted: str
    difference: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DownloadLine:
    at: datetime
    by: str
    way: str


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    pk: int
    name: str
    note: str
    blind: bool
    kind: str
    icon: str
    state: str
    asked_at: datetime
    asked_by: str
    size: str
    rows: str


@dataclass(frozen=True, slots=True)
class ReleasesPage:
    lines: tuple[ReleaseLine, ...]
    can_make: bool
    can_unblind: bool


@dataclass(frozen=True, slots=True)
class ReleasePage:
    line: ReleaseLine
    file_name: str
    sha256: str
    ready: bool
    running: bool
    problem: str
    progress: Progress
    files: tuple[FileLine, ...]
    downloads: tuple[DownloadLine, ...]
    cut: str
    cut_hash: str
    data_at: datetime | None
    cutoff: str
    definition: str
    plan: str
    build: str
    made_in: str
    participants: str
    left_out: tuple[str, ...]  # items of free text, in a blind release


def releases_page(found: Sequence[Release], *, can_make: bool, can_unblind: bool) -> ReleasesPage:
    return ReleasesPage(tuple(line(one) for one in found), can_make, can_unblind)


def line(release: Release) -> ReleaseLine:
    kind, icon, state = STATES[ReleaseState(release.state)]
    return ReleaseLine(
        pk=release.pk,
        name=release.name,
        note=release.note,
        blind=release.blind,
        kind=kind,
        icon=icon,
        state=_(state),
        asked_at=release.asked_at,
        asked_by=release.asked_by.name if release.asked_by else "",
        size=words.size(release.size) if release.size else "",
        rows=words.whole(release.rows) if release.rows else "",
    )


def release_page(release: Release, downloads: Sequence[Any]) -> ReleasePage:
    manifest = release.manifest or {}
    snapshot = release.snapshot
    took = ""
    if release.started_at and release.finished_at:
        took = words.seconds((release.finished_at - release.started_at).total_seconds())
    build = manifest.get("build", {})
    definition = manifest.get("definition", {})
    files = tuple(file_line(one) for one in manifest.get("files", []))
    return ReleasePage(
        line=line(release),
        file_name=release.file_name,
        sha256=release.sha256,
        ready=release.state == ReleaseState.DONE,
        running=release.state in (ReleaseState.WAITING, ReleaseState.RUNNING),
        problem=release.problem,
        progress=release_progress(release),
        files=files,
        downloads=tuple(DownloadLine(one.at, one.name, one.way) for one in downloads),
        cut=snapshot.code if snapshot else "",
        cut_hash=snapshot.sha256[:8] if snapshot else "",
        data_at=snapshot.data_at if snapshot else None,
        cutoff=str(snapshot.cutoff_on) if snapshot else "",
        definition=f"{definition.get('version', '')} · {definition.get('sha256', '')[:8]}",
        plan=manifest.get("plan", "")[:8],
        build=f"{build.get('version', '')} · {build.get('commit', '')[:8]}",
        made_in=took,
        left_out=tuple(f"{o['form']}.{o['item']}" for o in manifest.get("left_out", [])),
        participants=next((one.rows for one in files if one.name == "participants.csv"), ""),
    )


def file_line(one: dict[str, Any]) -> FileLine:
    counted = one["rows_in_database"]
    return FileLine(
        name=one["name"],
        title=one["title"],
        rows=words.whole(one["rows"]),
        counted="" if counted is None else words.whole(counted),
        difference="" if counted is None else str(one["rows"] - counted),
        sha256=one["sha256"],
    )
