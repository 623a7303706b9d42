"""The blinded interim, from live rows to the stored result. No arm is at hand here."""

import logging

from analysis import agreement, cuts, extraction, runs
from analysis.interim import EVERYONE, members_of, pooled
from analysis.models import Run, RunState
from analysis.plans import conventions_of, plan_hash
from crf import study
from reminet_site.clock import clinical_now
from reminet_site.context import NOT_ON_DISK, Actor, acting

log = logging.getLogger("reminet.analysis")
ACTOR = Actor.system("blinded interim")


def run(why: str = "changes") -> Run | None:
    """Analyse the data as they are now; None where these data were analysed already.

    Each step commits: what the page shows of progress is what is done.
    """
    with cuts.one_moment(ACTOR):
        at = clinical_now()
        definition = study.current().definition
        conventions = conventions_of(definition)
        cut = extraction.live(conventions.six_months, at)
    with acting(ACTOR, with_first=True, such=NOT_ON_DISK):
        claimed = runs.claim_cut(
            cut=cut.sha256,
            plan=plan_hash(definition),
            definition=definition.sha256,
            why=why,
            data_at=at,
        )
    if claimed is None:
        return None
    try:
        members, problems = members_of(cut.cases, conventions)
        result = pooled(cut, members, definition) | {"problems": problems}
        with acting(ACTOR, with_first=True, such=NOT_ON_DISK):
            Run.objects.filter(pk=claimed.pk).update(
                state=RunState.CHECKING, stage="checking", step=3, result=result
            )
        claimed.result = result
        check = agreement.check({EVERYONE: members}, {EVERYONE: result[EVERYONE]})
    except Exception:
        with acting(ACTOR):
            runs.end(claimed, RunState.FAILED)
        raise
    state = RunState.DONE if check.agrees else RunState.DIFFERS
    if not check.agrees:
        log.error("the engines disagree on run %s", claimed.pk)
    with acting(ACTOR, with_first=True):
        return runs.end(claimed, state, agreement=check.to_json(), step=4)
