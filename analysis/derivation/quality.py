"""Quality of life: the baseline, and the time until definitive deterioration of one scale.

Deterioration is definitive from the questionnaire on from which every score is at least so many
points below the baseline (Bonnetain et al. 2010; which scale and how many is assumed). A death is
no deterioration: who is not worse for good is censored at the last questionnaire with a score.
"""

from analysis.derivation.conventions import REMINET, Conventions
from analysis.derivation.sources import Derived, ParticipantRecord, Questionnaire
from analysis.derivation.survival import TimeToEvent, Why

BASELINE = ""


def baseline(record: ParticipantRecord) -> Questionnaire | None:
    """The last questionnaire with a score on or before the day of randomisation."""
    return next((one for one in reversed(ordered(record)) if record.day(one.on) <= 0), None)


def later(record: ParticipantRecord) -> list[Questionnaire]:
    """Those after randomisation, in order."""
    return [one for one in ordered(record) if record.day(one.on) > 0]


def ordered(record: ParticipantRecord) -> list[Questionnaire]:
    """By day; of two on one day that of the visit which comes later, kind and number, is later."""
    return sorted(record.questionnaires, key=lambda one: (one.on, turn(one.visit)))


def turn(visit: str) -> tuple[str, int]:
    """Visits in the order of their numbers: ASM-12 before ASM-102."""
    kind, _, number = visit.partition("-")
    return kind, int(number) if number.isdigit() else 0


def scores(record: ParticipantRecord) -> dict[str, int]:
    """visit -> score, the last of each visit after randomisation; the baseline under BASELINE."""
    first = baseline(record)
    found = {} if first is None else {BASELINE: first.score}
    return found | {one.visit: one.score for one in later(record)}


def deterioration(
    record: ParticipantRecord, conventions: Conventions = REMINET
) -> Derived[TimeToEvent | None]:
    """Days from randomisation to it; None without a score before or none after randomisation."""
    first, after = baseline(record), later(record)
    if first is None:
        return Derived(None, (), "no score at baseline")
    if not after:
        return Derived(None, first.sources, "no score after baseline")
    bound = first.score - conventions.worse_by
    better = [index for index, one in enumerate(after) if one.score > bound]
    start = better[-1] + 1 if better else 0
    found = after[start] if start < len(after) else None
    if found is None:
        value = TimeToEvent(record.day(after[-1].on), False, Why.LAST_QUESTIONNAIRE)
        return Derived(value, after[-1].sources, "censored: last questionnaire")
    value = TimeToEvent(record.day(found.on), True, Why.WORSE)
    rule = "event: worse than at baseline, and not better since"
    return Derived(value, (*first.sources, *found.sources), rule)
