"""The plan that a run follows, and its hash: frozen before the first look by arm."""

import hashlib
import json
from functools import lru_cache

from analysis.derivation.conventions import Conventions, Landmark
from crf.definition import Definition


@lru_cache(maxsize=8)
def plan_hash(definition: Definition) -> str:
    """SHA-256 of the statistical plan alone: mending a form does not change it. Of the plan as its
    text has it: what has a default since then does not change the hash of a plan that is frozen."""
    plan = json.loads(definition.json)["plan"]
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def conventions_of(definition: Definition) -> Conventions:
    """The numbers of the plan and of the schedule of imaging that derivations need."""
    plan, imaging = definition.plan, definition.visit_by_code["ASM"]
    six = Landmark("6 months", plan.window_first_day, plan.window_last_day, plan.status_day)
    twelve = Landmark(
        "12 months", plan.status_12_first_day, plan.status_12_last_day, plan.status_12_day
    )
    return Conventions(
        six_months=six,
        twelve_months=twelve,
        imaging_every=int(imaging.every_days),
        imaging_window=imaging.window_before,
        missed_from=plan.missed_assessments,
        worse_by=100 * plan.quality_worse_by,
    )
