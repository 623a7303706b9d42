"""Every derived variable of one participant, and of all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from analysis.derivation.response import best_response
from analysis.derivation.sources import DataError, Derived, ParticipantRecord, Response
from analysis.derivation.status import (
    SIX_MONTHS,
    TWELVE_MONTHS,
    Status,
    evaluable,
    response_at,
    status,
)
from analysis.derivation.survival import (
    Time,
    follow_up,
    last_news,
    overall_survival,
    pfs,
    pfs_missed_censored,
    pfs_treatment_as_event,
    time_to_progression,
)
from analysis.derivation.timeline import contradictions


@dataclass(frozen=True, slots=True)
class DerivedParticipant:
    """One participant's endpoints, each with its sources, and what in them does not fit."""

    code: str
    evaluable: Derived[bool]
    six_months: Derived[Status]
    twelve_months: Derived[Status]
    pfs: Time
    pfs_treatment_as_event: Time
    pfs_missed_censored: Time
    time_to_progression: Time
    overall_survival: Time
    follow_up: Time
    last_news: Derived[date]
    best_response: Derived[Response | None]
    response_at_six_months: Derived[Response | None]
    contradictions: tuple[DataError, ...]


def derive(record: ParticipantRecord) -> DerivedParticipant:
    """Every variable of the participant. Raises DataError where one cannot be derived."""
    return DerivedParticipant(
        code=record.code,
        evaluable=evaluable(record),
        six_months=status(record, SIX_MONTHS),
        twelve_months=status(record, TWELVE_MONTHS),
        pfs=pfs(record),
        pfs_treatment_as_event=pfs_treatment_as_event(record),
        pfs_missed_censored=pfs_missed_censored(record),
        time_to_progression=time_to_progression(record),
        overall_survival=overall_survival(record),
        follow_up=follow_up(record),
        last_news=last_news(record),
        best_response=best_response(record),
        response_at_six_months=response_at(record, SIX_MONTHS),
        contradictions=contradictions(record),
    )


def derive_all(
    records: Iterable[ParticipantRecord],
) -> tuple[tuple[DerivedParticipant, ...], tuple[DataError, ...]]:
    """Those that can be derived, in the order given, and for the others why they cannot."""
    derived: list[DerivedParticipant] = []
    refused: list[DataError] = []
    for record in records:
        try:
            derived.append(derive(record))
        except DataError as error:
            refused.append(error)
    return tuple(derived), tuple(refused)
