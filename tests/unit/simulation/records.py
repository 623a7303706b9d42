"""Histories as the derivations read them, and profiles of every kind."""

from hypothesis import assume
from hypothesis import strategies as st

from analysis.derivation.sources import (
    Assessment,
    Death,
    NewsOfLife,
    NewTreatment,
    ParticipantRecord,
    Response,
)
from simulation import outcomes
from simulation.outcomes import Outcome
from simulation.source_records import History
from simulation.subjects import Subject


def record(subject: Subject, history: History) -> ParticipantRecord:
    alive = [subject.on(shot.day) for shot in history.injections]
    alive += [subject.on(contact.day) for contact in history.contacts]
    if history.end and history.end.reason != "death":
        alive.append(subject.on(history.end.day))
    return ParticipantRecord(
        code="FR-01-001",
        randomised_on=subject.randomised_on,
        assessments=tuple(
            Assessment(subject.on(one.day), Response.PD if one.progression else Response.SD)
            for one in history.assessments
        ),
        new_treatments=tuple(NewTreatment(subject.on(one.day)) for one in history.treatments),
        death=None if history.death is None else Death(subject.on(history.death)),
        alive=tuple(NewsOfLife(day) for day in alive),
    )


DAYS = st.one_of(st.integers(0, 3), st.integers(60, 220), st.integers(0, 5000))
LATER = st.one_of(st.integers(0, 3), st.integers(0, 60), st.integers(0, 2000))


@st.composite
def profiles(draw: st.DrawFn) -> Outcome:
    """Any profile that a participant can have."""
    pfs = draw(DAYS)
    event = draw(st.booleans())
    made = Outcome(
        arm=draw(st.sampled_from(outcomes.ARMS)),
        mitt=pfs > 0 or event,
        pfs_days=pfs,
        pfs_event=event,
        os_days=pfs + draw(LATER),
        os_event=draw(st.booleans()),
    )
    assume(not outcomes.contradiction(made))
    return made
