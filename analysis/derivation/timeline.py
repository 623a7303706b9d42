"""What in a participant's facts does not fit, though it stops no derivation."""

from analysis.derivation.sources import (
    Assessment,
    DataError,
    NewsOfLife,
    NewTreatment,
    ParticipantRecord,
    Questionnaire,
)


def contradictions(record: ParticipantRecord) -> tuple[DataError, ...]:
    """What does not fit but does not stop a derivation: anything dated after the death, a new
    treatment dated before randomisation, and what is left out since it came after a withdrawal."""
    found: list[DataError] = []
    dated: list[Assessment | NewTreatment | NewsOfLife | Questionnaire] = []
    dated += [*record.assessments, *record.new_treatments, *record.alive, *record.questionnaires]
    for fact in dated:
        if record.death is not None and fact.on > record.death.on:
            sentence = f"{record.code}: {fact.on} is after the death on {record.death.on}."
            found.append(DataError(sentence, (*fact.sources, *record.death.sources)))
    for one in record.not_analysed:
        sentence = (
            f"{record.code}: {one.on} is after the withdrawal from further collection on "
            f"{record.withdrawn_on}; what is of that day is not analysed."
        )
        found.append(DataError(sentence, one.sources))
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
