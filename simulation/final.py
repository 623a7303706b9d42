"""The end of the trial: lock, opening of the blind by two persons, final analysis."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from analysis import unblinded
from analysis.actions import ask_final, confirm_opening, request_opening
from analysis.models import Run
from crf.actions_lock import lock_trial
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from simulation import slips
from simulation.course import Course
from simulation.people import Staff

PATIENCE = 120  # seconds


def settle(courses: Iterable[Course]) -> None:
    """No question is left open, and every casebook is signed: the lock is refused else."""
    for course in courses:
        course.settle(slips.CHECKED)
        course.endorse("casebook")


def lock(staff: Staff) -> None:
    by = staff.actor(Role.DATA_MANAGER, Verb.LOCK_TRIAL)
    with acting(by):
        lock_trial(reason="", by=by)


def open_blind(staff: Staff) -> None:
    asking = staff.actor(Role.SPONSOR_MANAGER, Verb.OPEN_BLIND)
    with acting(asking):
        request_opening(reason="All data are entered and locked: final analysis.", by=asking)
    confirming = staff.actor(Role.TRIAL_STATISTICIAN, Verb.OPEN_BLIND)
    with acting(confirming):
        confirm_opening(by=confirming)


def analyse(staff: Staff) -> dict[str, Any]:
    """The final report, as the trial statistician reads it; both engines agree on it."""
    by = staff.actor(Role.TRIAL_STATISTICIAN, Verb.READ_FINAL)
    with acting(by):
        run = ask_final(by=by)
    unblinded.run(run.pk)
    with acting(by):
        return unblinded.read_final(awaited(run), by=by)


def awaited(run: Run) -> Run:
    """The run when it has ended: a worker that serves this database may have taken it."""
    for _ in range(PATIENCE):
        run.refresh_from_db()
        if run.ended:
            return run
        time.sleep(1)
    raise Refusal("The final analysis did not end in time; look at the log of the workers.")
