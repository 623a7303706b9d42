"""Work of the unblinded workers, which alone hold the vault's key. Messages carry ids alone."""

from celery import shared_task

from analysis import unblinded
from analysis.release import make


@shared_task
def dmc_look(run_id: int) -> None:
    unblinded.run(run_id)


@shared_task
def final_analysis(run_id: int) -> None:
    unblinded.run(run_id)


@shared_task
def make_release(release_id: int) -> None:
    make.release(release_id, blind=False, arms=unblinded.arms)
