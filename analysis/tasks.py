"""Work of the blind workers. Messages carry ids alone; every task may be delivered twice."""

from datetime import timedelta

from celery import shared_task

from analysis import blinded, broker
from analysis.models import Release, Run, RunKind, RunState
from analysis.release import make
from reminet_site.clock import clinical_now, now
from reminet_site.context import Actor, acting

LATE = timedelta(minutes=2)
TASK_OF = {
    RunKind.DMC: "analysis.tasks_unblinded.dmc_look",
    RunKind.FINAL: "analysis.tasks_unblinded.final_analysis",
}


@shared_task
def blinded_interim(why: str = "changes") -> None:
    blinded.run(why)


@shared_task
def make_release(release_id: int) -> None:
    make.release(release_id, blind=True)


@shared_task
def look_for_work() -> None:
    """What a broker that was away did not hand over: changes, runs and releases that wait."""
    blinded.run("look for changes")
    with acting(Actor.system("looking for work")):
        since = now() - LATE
        waiting = Run.objects.filter(state=RunState.WAITING, asked_at__lt=since)
        runs = list(waiting.values_list("kind", "id"))
        asked = clinical_now() - LATE
        releases = Release.objects.filter(state="waiting", asked_at__lt=asked)
        wanted = list(releases.values_list("blind", "id"))
    for kind, pk in runs:
        broker.send(TASK_OF[RunKind(kind)], pk)
    for blind, pk in wanted:
        room = "tasks" if blind else "tasks_unblinded"
        broker.send(f"analysis.{room}.make_release", pk)
