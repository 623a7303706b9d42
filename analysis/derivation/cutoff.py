"""What was known of a participant on a clinical cut-off date."""

from dataclasses import replace
from datetime import date

from analysis.derivation.sources import ParticipantRecord


def cut(record: ParticipantRecord, on: date) -> ParticipantRecord | None:
    """The record without anything dated after `on`; None where randomised after it.

    A participant who died after the cut-off was alive on it; without a later source of life than
    those kept, the last news is the last kept one.
    """
    if record.randomised_on > on:
        return None
    return replace(
        record,
        assessments=tuple(fact for fact in record.assessments if fact.on <= on),
        new_treatments=tuple(fact for fact in record.new_treatments if fact.on <= on),
        death=record.death if record.death is not None and record.death.on <= on else None,
        alive=tuple(fact for fact in record.alive if fact.on <= on),
        questionnaires=tuple(fact for fact in record.questionnaires if fact.on <= on),
        not_analysed=tuple(fact for fact in record.not_analysed if fact.on <= on),
        known_to=on,
    )
