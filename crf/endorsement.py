"""Which casebooks an investigator has signed, which signatures hold, and what is left to sign.

A milestone of the definition names visits. Who signs one signs the answers of those visits as they
stand (`crf.signed`); a later save breaks the signature, at once and without a job.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from crf import study
from crf.definition.plan import Milestone
from crf.definition.schedule import Facts
from crf.models import Entry, Participant
from crf.signed import answers_of
from reminet_site.signatures.reads import Signed, signed

SIGNED, CHANGED, UNSIGNED = "signed", "changed", "unsigned"


@dataclass(frozen=True, slots=True)
class Standing:
    """One milestone of one participant."""

    milestone: Milestone
    entries: int  # saved forms that it holds
    last: Signed | None  # the newest that holds; where none does, the newest

    @property
    def holds(self) -> bool:
        return self.last is not None and self.last.holds

    @property
    def state(self) -> str:
        if self.last is None:
            return UNSIGNED
        return SIGNED if self.holds else CHANGED

    def waits(self, over: bool) -> bool:
        """Whether a signature waits today: the data changed since, or it is asked for."""
        return self.state == CHANGED or (self.state == UNSIGNED and is_asked(self.milestone, over))


def standings(
    participants: Iterable[Participant],
    saved: Mapping[int, Mapping[str, int]] | None = None,
    made: Iterable[Signed] | None = None,
) -> dict[int, tuple[Standing, ...]]:
    """participant id -> the milestones that it will have to be signed for by the lock.

    One of randomisation only where there was one; one without an entry not at all. A number of
    statements that does not grow with the participants; answers are hashed where there is a
    signature to compare them with. For a caller who knows: `saved` as `entries_by_visit`, `made`
    the signatures that were given.
    """
    people = list(participants)
    milestones = study.current().definition.trial.milestones
    if not people or not milestones:
        return {}
    if made is None:
        made = signed("casebook", participant_id__in=[one.pk for one in people])
    last = newest(made)
    entries = entries_by_visit([one.pk for one in people]) if saved is None else saved
    found: dict[int, list[Standing]] = defaultdict(list)
    for one in people:
        for milestone in milestones:
            count = sum(n for visit, n in entries[one.pk].items() if milestone.has(visit))
            if count and applies(milestone, one):
                signature = last.get(f"{one.code} {milestone.name}")
                found[one.pk].append(Standing(milestone, count, signature))
    return {pk: tuple(some) for pk, some in found.items()}


def applies(milestone: Milestone, participant: Participant) -> bool:
    return milestone.asked != "randomisation" or participant.randomised_on is not None


def entries_by_visit(participants: Sequence[int]) -> Mapping[int, Counter[str]]:
    """participant id -> visit -> how many forms are saved."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    saved = Entry.objects.filter(participant_id__in=participants)
    for pk, visit, n in saved.values_list("participant_id", "visit").annotate(n=Count("id")):
        found[pk][visit] = n
    return found


def newest(made: Iterable[Signed]) -> dict[str, Signed]:
    """Record -> the newest signature that holds, or where none does the newest. A value that was
    put back is signed as it was."""
    found: dict[str, Signed] = {}
    for one in made:
        if one.holds or one.record not in found or not found[one.record].holds:
            found[one.record] = one
    return found


def is_asked(milestone: Milestone, over: bool) -> bool:
    """Asked for already, or only once nothing more is expected of the participant."""
    return over or milestone.asked == "randomisation"


def is_over(facts: Facts) -> bool:
    """Nothing more is expected of the participant, so that the end can be signed."""
    return facts.screen_failed or facts.died_on is not None or facts.left_on is not None


def of_participant(participant: Participant) -> tuple[Standing, ...]:
    return standings([participant]).get(participant.pk, ())


def seen_of(participant: Participant) -> dict[str, str]:
    """Name of the milestone -> the hash of its answers as they stand, which a page hands out."""
    standing = [one.milestone for one in of_participant(participant)]
    found = answers_of((participant.pk, one) for one in standing)
    return {one.name: held.sha256 for one, held in zip(standing, found, strict=True)}


def unsigned() -> dict[str, int]:
    """centre code -> its participants of whom something is not signed as it stands."""
    people = list(
        Participant.objects.select_related("centre").only("code", "randomised_on", "centre__code")
    )
    found = standings(people)
    left = (one for one in people if not all(s.holds for s in found.get(one.pk, ())))
    return dict(Counter(one.centre.code for one in left))
