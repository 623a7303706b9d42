"""Writes on runs: asked for, claimed once, staged, ended. A message delivered twice claims nothing.

A worker that dies leaves its run as running; after STALE another one takes it over.
"""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from analysis.models import Run, RunKind, RunState, Snapshot
from reminet_site import build
from reminet_site.clock import clinical_now, now
from reminet_site.statements import prepared

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


# The first run of a cut, unless there is one; looking first, since a refused INSERT uses up an id.
BEGIN = """
INSERT INTO analysis_run (kind, cut, plan, definition, code, state, stage, step, why, data_at,
                          asked_at, started_at)
SELECT %(kind)s::text, %(cut)s::text, %(plan)s::text, %(definition)s::text, %(code)s::text,
       %(state)s::text, 'counting', 2, %(why)s::text,
       %(data_at)s::timestamptz, %(at)s::timestamptz, %(at)s::timestamptz
 WHERE NOT EXISTS (SELECT FROM analysis_run WHERE kind = %(kind)s::text AND cut = %(cut)s::text
                      AND plan = %(plan)s::text AND code = %(code)s::text AND state <> 'same')
ON CONFLICT DO NOTHING RETURNING id
"""


@transaction.atomic(savepoint=False)
def claim_cut(*, cut: str, plan: str, definition: str, why: str, data_at: Any) -> Run | None:
    """The blinded run of these data is this worker's, or None: it was made, or is being made."""
    code, at = build.commit(), now()
    named = {"kind": RunKind.BLINDED, "cut": cut, "plan": plan, "code": code}
    told = {"definition": definition, "why": why, "data_at": data_at, "state": RunState.RUNNING}
    with prepared() as cursor:
        cursor.execute(BEGIN, named | told | {"at": at})
        begun = cursor.fetchone()
    if begun:
        times = {"asked_at": at, "started_at": at}
        return Run(pk=begun[0], stage="counting", step=2, **named, **told, **times)
    found = Run.objects.filter(**named).exclude(state=RunState.SAME)
    last = found.defer("result", "agreement").get()
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
