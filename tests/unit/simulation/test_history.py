"""Source records lead exactly to the profile that they were drawn for, whatever it is."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.derivation import recist
from analysis.derivation.sources import Response
from analysis.derivation.status import Status, evaluable, status
from analysis.derivation.survival import overall_survival, pfs
from analysis.derivation.timeline import contradictions
from simulation import cohort, outcomes
from simulation.history import draw
from simulation.outcomes import Outcome
from simulation.source_records import Assessment, History
from simulation.subjects import Subject
from tests.unit.simulation.records import profiles, record

PEOPLE = cohort.in_order(cohort.draw(53, "test"))


def derived(subject: Subject, history: History) -> Outcome:
    facts = record(subject, history)
    free, alive = pfs(facts).value, overall_survival(facts).value
    return Outcome("", evaluable(facts).value, free.days, free.event, alive.days, alive.event)


@settings(max_examples=400, deadline=None)
@given(
    profiles(),
    st.sampled_from(PEOPLE),
    st.integers(0, 9999),
    st.booleans(),
    st.sampled_from([None, 0, 400]),
)
def test_derivation_gives_back_any_profile(
    profile: Outcome, subject: Subject, seed: int, severe: bool, after: int | None
) -> None:
    closing = None if after is None else profile.os_days + after
    history = draw(subject, profile, str(seed), severe=severe, closing_day=closing)
    assert derived(subject, history) == replace(profile, arm="", line=0)
    assert not contradictions(record(subject, history))
    assert any(one.grade >= 3 for one in history.events) == severe


@settings(max_examples=200, deadline=None)
@given(profiles(), st.sampled_from(PEOPLE), st.integers(0, 9999))
def test_landmark_follows_the_profile(profile: Outcome, subject: Subject, seed: int) -> None:
    """A progression seen inside the landmark's own window is a failure; else day 182.625 parts."""
    found = status(record(subject, draw(subject, profile, str(seed)))).value
    if profile.pfs_days > 182.625 and not (profile.progresses and profile.pfs_days <= 196):
        assert found is Status.SUCCESS
    if profile.pfs_event and profile.pfs_days <= 182.625:
        assert found is Status.FAILURE


@settings(max_examples=200, deadline=None)
@given(profiles(), st.sampled_from(PEOPLE), st.integers(0, 9999))
def test_lesions_progress_on_the_day_and_not_before(
    profile: Outcome, subject: Subject, seed: int
) -> None:
    history = draw(subject, profile, str(seed))
    baseline = Decimal(sum(lesion.mm for lesion in subject.tumour.targets))
    smallest = baseline
    for one in history.assessments:
        found = response(subject, one, baseline, smallest)
        assert (found is Response.PD) == one.progression
        assert found in (Response.PR, Response.SD, Response.PD)
        smallest = min(smallest, Decimal(sum(one.mm)))


def response(subject: Subject, one: Assessment, baseline: Decimal, smallest: Decimal) -> Response:
    lesions = [
        recist.Measured(lesion.site, Decimal(mm), lesion.node)
        for lesion, mm in zip(subject.tumour.targets, one.mm, strict=True)
    ]
    target = recist.target_response(lesions, baseline, smallest).response
    others = {"NONE": None, "NON_CR_NON_PD": Response.NON_CR_NON_PD, "PD": Response.PD}
    return recist.overall_response(target, others[one.non_target], bool(one.new_lesion))


@settings(max_examples=200, deadline=None)
@given(profiles(), st.sampled_from(PEOPLE), st.integers(0, 9999))
def test_visits_have_their_windows(profile: Outcome, subject: Subject, seed: int) -> None:
    history = draw(subject, profile, str(seed))
    names = [one.visit for one in history.assessments]
    assert len(set(names)) == len(names)
    for one in history.assessments:
        if one.visit.startswith("ASM"):
            assert abs(one.day - 91 * int(one.visit[4:]) // 3) <= 14
    gaps = [b.day - a.day for a, b in zip(history.injections, history.injections[1:])]
    assert all(25 <= gap <= 38 for gap in gaps)


def test_calibrated_profiles_give_the_published_statuses() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    unscheduled = 0
    for subject, profile in zip(PEOPLE, outcomes.read(outcomes.OWN_FILE), strict=True):
        history = draw(subject, profile, "test")
        counts[profile.arm, status(record(subject, history)).value] += 1
        unscheduled += any(one.visit.startswith("UNS") for one in history.assessments)
    assert counts["LAN", Status.SUCCESS] == 19
    assert counts["PBO", Status.SUCCESS] == 13
    assert counts["LAN", Status.FAILURE] == 7
    assert counts["PBO", Status.FAILURE] == 11
    assert unscheduled == 21


@pytest.mark.parametrize("profile", outcomes.read(outcomes.OWN_FILE)[:6])
def test_same_seed_same_history(profile: Outcome) -> None:
    assert draw(PEOPLE[0], profile, "a") == draw(PEOPLE[0], profile, "a")
