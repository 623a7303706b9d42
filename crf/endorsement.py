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
from crf.signed import answers_of, name_of
from reminet_site.signatures.binding import holds
from reminet_site.signatures.models import Signature

SIGNED, CHANGED, UNSIGNED = "signed", "changed", "unsigned"


@dataclass(frozen=True, slots=True)
class Standing:
    """One milestone of one participant."""

    milestone: Milestone
    entries: int  # saved forms that it holds
    last: Signature | None  # the newest that holds; where none does, the newest
    holds: bool

    @property
    def state(self) -> str:
        if self.last is None:
            return UNSIGNED
        return SIGNED if self.holds else CHANGED


def standings(
    participants: Iterable[Participant], saved: Mapping[int, Mapping[str, int]] | None = None
) -> dict[int, tuple[Standing, ...]]:
    """participant id -> the milestones that it will have to be signed for by the lock.

    One of randomisation only where there was one; one without an entry not at all. A number of
    statements that does not grow with the participants; answers are hashed where there is a
    signature to compare them with. `saved`: as `entries_by_visit`, for a caller who knows.
    """
    people = list(participants)
    milestones = study.current().definition.trial.milestones
    if not people or not milestones:
        return {}
    last = last_signatures([one.pk for one in people])
    entries = entries_by_visit([one.pk for one in people]) if saved is None else saved
    found: dict[int, list[Standing]] = defaultdict(list)
    for one in people:
        for milestone in milestones:
            count = sum(n for visit, n in entries[one.pk].items() if milestone.has(visit))
            if count and applies(milestone, one):
                signature, good = last.get((one.pk, milestone.name), (None, False))
                found[one.pk].append(Standing(milestone, count, signature, good))
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


def last_signatures(participants: Sequence[int]) -> dict[tuple[int, str], tuple[Signature, bool]]:
    """(participant id, name of the milestone) -> the newest signature that holds, or where none
    does the newest, and whether it does. A value that was put back is signed as it was."""
    kept = Signature.objects.filter(kind="casebook", participant_id__in=participants)
    made = list(kept.order_by("id"))
    found: dict[tuple[int, str], tuple[Signature, bool]] = {}
    for one, good in zip(made, holds(made), strict=True):
        key = (one.participant_id or 0, name_of(one))
        if good or not found.get(key, (one, False))[1]:
            found[key] = (one, good)
    return found


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
        Participant.objects.select_related("centre").only("randomised_on", "centre__code")
    )
    found = standings(people)
    left = (one for one in people if not all(s.holds for s in found.get(one.pk, ())))
    return dict(Counter(one.centre.code for one in left))
