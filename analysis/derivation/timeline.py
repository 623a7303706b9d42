"""A participant's facts in the order of their days, and what cannot be true of them."""

from dataclasses import dataclass

from analysis.derivation.sources import (
    Assessment,
    DataError,
    NewsOfLife,
    NewTreatment,
    ParticipantRecord,
    Source,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An assessment after baseline, with its day (1 or later)."""

    day: int
    assessment: Assessment

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.assessment.sources


@dataclass(frozen=True, slots=True)
class Timeline:
    """Evaluable assessments after baseline in order; the first progression among them; the first
    new anti-tumour treatment and its day; the day of death."""

    evaluable: tuple[Seen, ...]
    progression: Seen | None
    treatment: NewTreatment | None
    treatment_day: int | None
    death_day: int | None

    def last_before(self, day: int) -> Seen | None:
        """The last evaluable assessment on an earlier day than `day`."""
        earlier = [seen for seen in self.evaluable if seen.day < day]
        return earlier[-1] if earlier else None


def timeline(record: ParticipantRecord) -> Timeline:
    """Raises DataError where progression or death is not after randomisation as it must be:
    a progression on day 0 or before, a death before day 0."""
    _refuse_impossible(record)
    seen = sorted(
        (
            Seen(record.day(assessment.on), assessment)
            for assessment in record.assessments
            if assessment.evaluable and record.day(assessment.on) > 0
        ),
        key=lambda one: (one.day, one.assessment.progression),
    )
    after = [one for one in record.new_treatments if record.day(one.on) >= 0]
    treatment = min(after, key=lambda one: one.on, default=None)
    return Timeline(
        tuple(seen),
        next((one for one in seen if one.assessment.progression), None),
        treatment,
        None if treatment is None else record.day(treatment.on),
        None if record.death is None else record.day(record.death.on),
    )


def _refuse_impossible(record: ParticipantRecord) -> None:
    for assessment in record.assessments:
        if assessment.progression and record.day(assessment.on) <= 0:
            raise DataError(
                f"{record.code}: progression on {assessment.on}, day "
                f"{record.day(assessment.on)}; randomisation on {record.randomised_on} is day 0.",
                assessment.sources,
            )
    if record.death is not None and record.day(record.death.on) < 0:
        raise DataError(
            f"{record.code}: death on {record.death.on}, before randomisation on "
            f"{record.randomised_on}.",
            record.death.sources,
        )


def contradictions(record: ParticipantRecord) -> tuple[DataError, ...]:
    """What does not fit but does not stop a derivation: anything dated after the death, and a new
    treatment dated before randomisation."""
    found: list[DataError] = []
    dated: list[Assessment | NewTreatment | NewsOfLife] = []
    dated += [*record.assessments, *record.new_treatments, *record.alive]
    for fact in dated:
        if record.death is not None and fact.on > record.death.on:
            sentence = f"{record.code}: {fact.on} is after the death on {record.death.on}."
            found.append(DataError(sentence, (*fact.sources, *record.death.sources)))
    for treatment in record.new_treatments:
        if record.day(treatment.on) < 0:
            found.append(
                DataError(
                    f"{record.code}: a new treatment on {treatment.on}, before randomisation on "
                    f"{record.randomised_on}.",
                    treatment.sources,
                )
            )
    return tuple(found)
