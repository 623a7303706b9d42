"""What signatures of the lock and of casebooks are about."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from crf import study
from crf.definition.plan import Milestone
from crf.models import Participant, TrialLock
from reminet_site.context import Actor
from reminet_site.signatures.actions import sign
from reminet_site.signatures.models import Signature

LOCKED = gettext_noop("I declare the data of the trial complete and lock them.")
UNLOCKED = gettext_noop("I unlock the data of the trial, for the reason given.")
ENDORSED = gettext_noop(
    "I have reviewed these data of the participant. To my knowledge they are complete and agree "
    "with the source documents."
)


def sign_lock(lock: TrialLock, by: Actor) -> None:
    meaning = LOCKED if lock.locked else UNLOCKED
    sign(kind=gettext_noop("lock"), record=str(lock.pk), meaning=meaning, by=by)


def lock(signatures: Sequence[Signature]) -> list[Any]:
    """Of each: the row of the lock, as it stands."""
    ids = [int(one.record) for one in signatures]
    columns = ("locked", "reason", "open_queries", "unsigned", "by_id", "at")
    rows = {row["pk"]: row for row in TrialLock.objects.filter(pk__in=ids).values("pk", *columns)}
    for row in rows.values():
        if row["unsigned"] is None:  # signed before casebooks were
            del row["unsigned"]
    return [rows.get(pk) for pk in ids]


def sign_casebook(participant: Participant, milestone: Milestone, by: Actor) -> None:
    """The answers of the milestone's visits are signed as they stand."""
    sign(
        kind=gettext_noop("casebook"),
        record=f"{participant.code} {milestone.name}",
        meaning=ENDORSED,
        by=by,
        centre_id=participant.centre_id,
        participant_id=participant.pk,
        definition_sha256=study.current().definition.sha256,
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """How many entries of a participant a milestone holds, and one hash over all of them."""

    entries: int
    sha256: str


# Hashed where they lie: a trial has thousands of entries. The text of jsonb is the same for equal
# values, and the order does not depend on the language of the database.
ANSWERS = r"""
SELECT w.n, count(e.id), encode(sha256(convert_to(coalesce(string_agg(
           concat_ws(E'', e.visit, e.form, e.number, e.data::text), E''
           ORDER BY e.visit COLLATE "C", e.form COLLATE "C", e.number), ''), 'UTF8')), 'hex')
  FROM jsonb_to_recordset(%s) w (n int, participant bigint, visits text[])
  LEFT JOIN crf_entry e ON e.participant_id = w.participant
       AND (w.visits = '{}' OR split_part(e.visit, '-', 1) = ANY (w.visits))
 GROUP BY w.n ORDER BY w.n
"""


def answers_of(wanted: Iterable[tuple[int, Milestone]]) -> list[Answers]:
    """Of each (participant, milestone), as the entries stand; one statement for all."""
    asked = [
        {"n": n, "participant": participant, "visits": milestone.visits}
        for n, (participant, milestone) in enumerate(wanted)
    ]
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, [json.dumps(asked)])
        return [Answers(entries, sha256) for _n, entries, sha256 in cursor.fetchall()]


def casebook(signatures: Sequence[Signature]) -> list[Any]:
    """Of each: the answers of its milestone, by the definition of then."""
    signed_by = {sha: study.named(sha) for sha in {one.definition_sha256 for one in signatures}}
    milestones: list[Milestone | None] = []
    for one in signatures:
        definition = signed_by[one.definition_sha256]
        milestones.append(definition.trial.milestone(milestone_of(one)) if definition else None)
    known = [(one.participant_id, m) for one, m in zip(signatures, milestones) if m]
    found = iter(answers_of(known))
    return [asdict(next(found)) if m else None for m in milestones]


def milestone_of(signature: Signature) -> str:
    """The name of the milestone, which stands in the record after the participant's code."""
    return signature.record.partition(" ")[2]
