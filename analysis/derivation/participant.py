"""Every derived variable of one participant, and of all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from analysis.derivation.conventions import REMINET, Conventions
from analysis.derivation.quality import deterioration, scores
from analysis.derivation.response import best_response
from analysis.derivation.sources import DataError, Derived, ParticipantRecord, Response
from analysis.derivation.status import (
    Status,
    evaluable,
    reached,
    response_at,
    status,
)
from analysis.derivation.survival import (
    Time,
    TimeToEvent,
    chemotherapy_free,
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
    reached_six_months: Derived[bool]
    reached_twelve_months: Derived[bool]
    six_months: Derived[Status]
    twelve_months: Derived[Status]
    pfs: Time
    pfs_treatment_as_event: Time
    pfs_missed_censored: Time
    time_to_progression: Time
    overall_survival: Time
    chemotherapy_free: Time
    deterioration: Derived[TimeToEvent | None]
    scores: Mapping[str, int]
    follow_up: Time
    last_news: Derived[date]
    best_response: Derived[Response | None]
    response_at_six_months: Derived[Response | None]
    contradictions: tuple[DataError, ...]


def derive(record: ParticipantRecord, conventions: Conventions = REMINET) -> DerivedParticipant:
    """Every variable of the participant. Raises DataError where one cannot be derived."""
    return DerivedParticipant(
        code=record.code,
        evaluable=evaluable(record),
        reached_six_months=reached(record, conventions.six_months),
        reached_twelve_months=reached(record, conventions.twelve_months),
        six_months=status(record, conventions.six_months),
        twelve_months=status(record, conventions.twelve_months),
        pfs=pfs(record),
        pfs_treatment_as_event=pfs_treatment_as_event(record),
        pfs_missed_censored=pfs_missed_censored(record, conventions),
        time_to_progression=time_to_progression(record),
        overall_survival=overall_survival(record),
        chemotherapy_free=chemotherapy_free(record),
        deterioration=deterioration(record, conventions),
        scores=scores(record),
        follow_up=follow_up(record),
        last_news=last_news(record),
        best_response=best_response(record, conventions.stable_from),
        response_at_six_months=response_at(record, conventions.six_months),
        contradictions=contradictions(record),
    )


def derive_all(
    records: Iterable[ParticipantRecord], conventions: Conventions = REMINET
) -> tuple[tuple[DerivedParticipant, ...], tuple[DataError, ...]]:
    """Those that can be derived, in the order given, and for the others why they cannot."""
    derived: list[DerivedParticipant] = []
    refused: list[DataError] = []
    for record in records:
        try:
            derived.append(derive(record, conventions))
        except DataError as error:
            refused.append(error)
    return tuple(derived), tuple(refused)
