"""Small participants for the tests of derivations: days in, a dated record out."""

from datetime import date, timedelta

from hypothesis import strategies as st

from analysis.derivation.sources import (
    Assessment,
    Death,
    NewsOfLife,
    NewTreatment,
    ParticipantRecord,
    Response,
    Source,
)

RANDOMISED = date(2018, 3, 12)
RECORDS_OF_RESPONSE = st.sampled_from(list(Response))


def on(day: int) -> date:
    return RANDOMISED + timedelta(day)


def source(form: str, day: int) -> Source:
    """The source that the record built here gives to a fact of that day."""
    return Source(form, f"DAY{day}", 1, 1000 + day, "date")


def record(
    seen: list[tuple[int, str]] | None = None,
    treatments: list[int] | None = None,
    died: int | None = None,
    alive: list[int] | None = None,
) -> ParticipantRecord:
    return ParticipantRecord(
        code="BE-02-004",
        randomised_on=RANDOMISED,
        assessments=tuple(
            Assessment(on(day), Response(response), (source("RECIST", day),))
            for day, response in seen or []
        ),
        new_treatments=tuple(
            NewTreatment(on(day), (source("NEXT", day),)) for day in treatments or []
        ),
        death=None if died is None else Death(on(died), "disease", (source("DEATH", died),)),
        alive=tuple(NewsOfLife(on(day), (source("SURV", day),)) for day in alive or []),
        sources=(source("RND", 0),),
    )


@st.composite
def records(draw: st.DrawFn) -> ParticipantRecord:
    """Anything that can happen to a participant, in any order, death last."""
    seen = draw(
        st.lists(
            st.tuples(st.integers(1, 700), st.sampled_from([str(r) for r in Response])), max_size=9
        )
    )
    treatments = draw(st.lists(st.integers(0, 700), max_size=2))
    last = max([0, *(day for day, _ in seen), *treatments])
    died = draw(st.none() | st.integers(last, last + 200))
    alive = draw(st.lists(st.integers(0, last), max_size=3))
    return record(seen, treatments, died, alive)
