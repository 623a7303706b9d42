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
    sign(kind="lock", record=str(lock.pk), meaning=meaning, by=by)


def lock(signatures: Sequence[Signature]) -> list[Any]:
    """Of each: the row of the lock, as it stands."""
    ids = [int(one.record) for one in signatures]
    columns = ("locked", "reason", "open_queries", "unsigned", "by_id", "at")
    rows = {row["pk"]: row for row in TrialLock.objects.filter(pk__in=ids).values("pk", *columns)}
    for row in rows.values():
        if row["unsigned"] is None:  # signed before casebooks were
            del row["unsigned"]
    return [rows.get(pk) for pk in ids]


def sign_casebook(participant: Participant, milestone: Milestone, by: Actor) -> Signature | None:
    """The answers of the milestone's visits are signed as they stand."""
    return sign(
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
# values, and the order does not depend on the language of the database. With the answers: what was
# said to findings, and the version of the definition that gives both their meaning.
ANSWERS = r"""
SELECT w.n, count(e.id), encode(sha256(convert_to(coalesce(string_agg(
           concat_ws(E'\x1f', e.visit, e.form, e.number, d.sha256, e.data::text, e.comments::text),
           E'\x1e' ORDER BY e.visit COLLATE "C", e.form COLLATE "C", e.number), ''), 'UTF8')),
           'hex')
  FROM jsonb_to_recordset(%s) w (n int, participant bigint, visits text[])
  LEFT JOIN crf_entry e ON e.participant_id = w.participant
       AND (w.visits = '{}' OR split_part(e.visit, '-', 1) = ANY (w.visits))
  LEFT JOIN crf_definitionversion d ON d.id = e.definition_id
 GROUP BY w.n ORDER BY w.n
"""


def answers_of(wanted: Iterable[tuple[int | None, Milestone]]) -> list[Answers]:
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
    """Of each: the answers of its milestone, which holds what today's definition says: where an
    amendment adds a visit that has an entry, who signed before has not signed that."""
    milestones = milestones_of(signatures)
    asked = [(one.participant_id, m) for one, m in zip(signatures, milestones)]
    known = list(dict.fromkeys((pk, m) for pk, m in asked if m))
    found = dict(zip(known, answers_of(known), strict=True))
    return [asdict(found[pk, m]) if m else None for pk, m in asked]


def milestones_of(signatures: Sequence[Signature]) -> list[Milestone | None]:
    """Each as it is today; one that is named no more, as it was when it was signed."""
    today = study.current().definition.trial
    gone = {one.definition_sha256 for one in signatures if not today.milestone(name_of(one))}
    then = {sha: definition for sha in gone if (definition := study.named(sha))}

    def milestone(one: Signature) -> Milestone | None:
        of = then.get(one.definition_sha256)
        return today.milestone(name_of(one)) or (of.trial.milestone(name_of(one)) if of else None)

    return [milestone(one) for one in signatures]


def name_of(signature: Signature) -> str:
    """The name of the milestone, which stands in the record after the participant's code."""
    return signature.record.partition(" ")[2]
