"""Which casebooks an investigator has signed, which signatures hold, and what is left to sign.

A milestone of the definition names visits. Who signs one signs the answers of those visits as they
stand (`crf.signed`); a later save breaks the signature, at once and without a job.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crf import study
from crf.definition.plan import Milestone
from crf.definition.schedule import Facts
from crf.models import Participant
from crf.signed import Answers, answers_of, milestone_of
from reminet_site.signatures.binding import holds
from reminet_site.signatures.models import Signature

SIGNED, CHANGED, UNSIGNED = "signed", "changed", "unsigned"


@dataclass(frozen=True, slots=True)
class Standing:
    """One milestone of one participant. `last` is the newest signature that it has of its own."""

    milestone: Milestone
    answers: Answers  # as they stand
    last: Signature | None
    holds: bool  # the last one, or that of a milestone which holds all of this one

    @property
    def state(self) -> str:
        if self.holds:
            return SIGNED
        return CHANGED if self.last else UNSIGNED


def standings(participants: Iterable[Participant]) -> dict[int, tuple[Standing, ...]]:
    """participant id -> the milestones that it will have to be signed for by the lock.

    One of randomisation only where there was one; one without an entry not at all. Three
    statements, however many participants.
    """
    milestones = study.current().definition.trial.milestones
    wanted = [(one, m) for one in participants for m in milestones if applies(m, one)]
    if not wanted:
        return {}
    answers = answers_of((one.pk, m) for one, m in wanted)
    last = last_signatures(sorted({one.pk for one, _m in wanted}))
    good = dict(zip(last, holds(list(last.values())), strict=True))
    found: dict[int, list[tuple[Milestone, Answers]]] = defaultdict(list)
    for (one, milestone), held in zip(wanted, answers, strict=True):
        if held.entries:
            found[one.pk].append((milestone, held))
    return {
        pk: tuple(
            Standing(
                milestone=milestone,
                answers=held,
                last=last.get((pk, milestone.name)),
                holds=any(
                    good.get((pk, other.name)) and other.covers(milestone) for other in milestones
                ),
            )
            for milestone, held in some
        )
        for pk, some in found.items()
    }


def applies(milestone: Milestone, participant: Participant) -> bool:
    return milestone.asked != "randomisation" or participant.randomised_on is not None


def is_over(facts: Facts) -> bool:
    """Nothing more is expected of the participant, so that the end can be signed."""
    return facts.screen_failed or facts.died_on is not None or facts.left_on is not None


def last_signatures(participants: Sequence[int]) -> dict[tuple[int, str], Signature]:
    """(participant id, name of the milestone) -> its newest signature, whether it holds or not."""
    made = Signature.objects.filter(kind="casebook", participant_id__in=participants)
    newest = made.order_by("record", "-id").distinct("record")
    return {(one.participant_id or 0, milestone_of(one)): one for one in newest}


def of_participant(participant: Participant) -> tuple[Standing, ...]:
    return standings([participant]).get(participant.pk, ())


def unsigned() -> dict[str, int]:
    """centre code -> its participants of whom something is not signed as it stands."""
    people = list(
        Participant.objects.select_related("centre").only("randomised_on", "centre__code")
    )
    found = standings(people)
    left = (one for one in people if not all(s.holds for s in found.get(one.pk, ())))
    return dict(Counter(one.centre.code for one in left))
