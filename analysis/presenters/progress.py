"""How far a worker is, in words and steps."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from analysis.models import Release, ReleaseState, Run, RunState
from analysis.presenters.interim import stage_words

RUN_STEPS = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """`ended`: the page is to be loaded again."""

    words: str
    step: int
    steps: int
    ended: bool


def progress(run: Run | None, ended: bool = False) -> Progress:
    if run is None:
        return Progress("", 0, RUN_STEPS, ended)
    return Progress(stage_words(run), run.step, RUN_STEPS, ended or run.ended)


def release_progress(release: Release) -> Progress:
    ended = release.state in (ReleaseState.DONE, ReleaseState.FAILED)
    return Progress(release_stage(release), release.step, release.steps or 20, ended)


def release_stage(release: Release) -> str:
    if release.state == ReleaseState.WAITING:
        return _("Waiting for a worker")
    kind, _space, form = release.stage.partition(" ")
    words = {
        "cutting": _("Cutting and hashing the data"),
        "deriving": _("Deriving PFS, OS and 6-month status"),
        "reconciling": _("Counting rows against the database"),
        "packing": _("Packing and hashing"),
    }
    if kind == "table":
        return _("Table %(form)s") % {"form": form}
    return words.get(kind, "")


def waits(run: Run | None) -> bool:
    return run is not None and run.state in (RunState.WAITING, RunState.RUNNING, RunState.CHECKING)
