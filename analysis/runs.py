"""Writes on runs: asked for, claimed once, staged, ended. A message delivered twice claims nothing.

A worker that dies leaves its run as running; after STALE another one takes it over.
"""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from analysis.models import Run, RunKind, RunState, Snapshot
from reminet_site import build
from reminet_site.clock import clinical_now, now

STALE = timedelta(minutes=15)
UNDER_WAY = (RunState.RUNNING, RunState.CHECKING)
SETTLED = (RunState.DONE, RunState.DIFFERS)


def ask(
    *,
    kind: RunKind,
    plan: str,
    definition: str,
    why: str,
    user_id: int | None,
    cutoff_on: date | None = None,
) -> Run:
    """A run that waits for a worker; what it reads is not known yet."""
    return Run.objects.create(
        kind=kind,
        cut="",
        plan=plan,
        definition=definition,
        code=build.commit(),
        state=RunState.WAITING,
        why=why,
        cutoff_on=cutoff_on,
        asked_at=now(),
        asked_by_id=user_id,
    )


@transaction.atomic(savepoint=False)
def claim(run_id: int) -> Run | None:
    """The run is this worker's, or None: another has it, or it has ended."""
    free = Q(state=RunState.WAITING) | Q(state__in=UNDER_WAY, started_at__lt=now() - STALE)
    mine = Run.objects.filter(free, pk=run_id)
    if not mine.update(state=RunState.RUNNING, started_at=now(), stage="reading", step=1):
        return None
    return Run.objects.get(pk=run_id)


@transaction.atomic(savepoint=False)
def claim_cut(*, cut: str, plan: str, definition: str, why: str, data_at: Any) -> Run | None:
    """The blinded run of these data is this worker's, or None: it was made, or is being made."""
    code = build.commit()
    found = Run.objects.filter(kind=RunKind.BLINDED, cut=cut, plan=plan, code=code)
    last = found.exclude(state=RunState.SAME).defer("result", "agreement").first()
    if last is None:
        try:
            with transaction.atomic():
                return Run.objects.create(
                    kind=RunKind.BLINDED,
                    cut=cut,
                    plan=plan,
                    definition=definition,
                    code=code,
                    state=RunState.RUNNING,
                    stage="counting",
                    step=2,
                    why=why,
                    data_at=data_at,
                    asked_at=now(),
                    started_at=now(),
                )
        except IntegrityError:
            return None
    if last.state in SETTLED:
        Run.objects.filter(pk=last.pk).update(checked_at=clinical_now())
        return None
    stale = Q(state=RunState.FAILED) | Q(started_at__lt=now() - STALE)
    mine = Run.objects.filter(stale, pk=last.pk).update(
        state=RunState.RUNNING, started_at=now(), data_at=data_at, stage="counting", step=2
    )
    return Run.objects.get(pk=last.pk) if mine else None


def bind(run: Run, snapshot: Snapshot) -> bool:
    """The run is of this cut; False where the same data were analysed before (`same_as`)."""
    run.snapshot, run.data_at = snapshot, snapshot.data_at
    earlier = (
        Run.objects.filter(kind=run.kind, cut=snapshot.sha256, plan=run.plan, code=run.code)
        .filter(state__in=SETTLED)
        .first()
    )
    if earlier:
        run.same_as, run.state, run.finished_at = earlier, RunState.SAME, clinical_now()
        run.stage = ""
    else:
        run.cut, run.stage, run.step = snapshot.sha256, "counting", 2
    run.save()
    return earlier is None


def stage(run: Run, name: str, step: int) -> None:
    Run.objects.filter(pk=run.pk).update(stage=name, step=step)


def end(run: Run, state: RunState, **columns: Any) -> Run:
    """The run has ended; what it says is never changed again."""
    ended = {"state": state, "finished_at": clinical_now(), "stage": ""}
    for name, value in (columns | ended).items():
        setattr(run, name, value)
    run.save(update_fields=[*columns, "state", "finished_at", "stage"])
    return run
