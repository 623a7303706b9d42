"""The stratum of the randomisation is kept; the analysis offers it and the corrected one."""

import pytest
from django.urls import reverse

from analysis import actions, cuts, dmc, extraction, tasks_unblinded, unblinded
from analysis.figures import comparison_figures
from analysis.interim import members_of
from analysis.models import Look
from analysis.plans import conventions_of
from analysis.strata import Strata, numbers, strata_of
from crf import study
from crf.models import Participant
from randomisation.models import Allocation, Kit, StrataCorrection
from reminet_site.clock import now
from reminet_site.context import acting
from reminet_site.roles import Role, Verb
from tests import allocations
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = [pytest.mark.django_db, pytest.mark.promise("RN-10")]


def allocated(person: Participant, grade: str) -> None:
    """The blind facts of an allocation, without the vault."""
    scheme = allocations.Scheme.objects.first() or allocations.scheme()
    with acting(trial.TESTS):
        kit = Kit.objects.create(
            number=f"{person.number:05d}", centre=person.centre, expires_on=person.randomised_on
        )
        Allocation.objects.create(
            participant=person,
            centre=person.centre,
            scheme=scheme,
            randomisation_number=person.randomisation_number,
            strata={"centre": person.centre.code, "grade": grade, "response": "SD"},
            kit=kit,
            allocated_at=now(),
            clinical_at=now(),
        )


def correct(person: Participant, to: str) -> None:
    from randomisation.actions import correct_strata

    with acting(trial.TESTS):
        correct_strata(
            participant=person,
            factor="grade",
            corrected=to,
            reason="second reading",
            by=trial.TESTS,
        )


@pytest.fixture
def stratified(built, arms):
    """Six participants: grade G1 for the even ones; the second is G2 after all, by a detour."""
    for person in built:
        allocated(person, "G2" if person.number % 2 else "G1")
    correct(built[1], "G2")
    correct(built[1], "G1")
    correct(built[1], "G2")
    correct(built[3], "G2")
    return built


def members(cases):
    return members_of(cases, conventions_of(study.current().definition))[0]


def test_the_stratum_entered_stays_with_the_allocation(stratified):
    with acting(trial.TESTS):
        assert Allocation.objects.get(participant=stratified[1]).strata["grade"] == "G1"
        assert StrataCorrection.objects.filter(participant=stratified[1]).count() == 3
        found = {case.code: case.strata for case in extraction.live().cases}
    both = Strata("grade=G1; response=SD", "grade=G2; response=SD")
    assert found["FR-05-002"] == found["FR-05-004"] == both
    assert found["FR-05-001"] == Strata("grade=G2; response=SD", "grade=G2; response=SD")


def test_a_cut_holds_both_and_keeps_them(stratified):
    snapshot = cuts.take(by=trial.TESTS)
    before = {case.code: case.strata for case in extraction.of_snapshot(snapshot).cases}
    with acting(trial.TESTS):
        live = {case.code: case.strata for case in extraction.live().cases}
    assert before == live
    correct(stratified[5], "G2")
    after = {case.code: case.strata for case in extraction.of_snapshot(snapshot).cases}
    assert after == before, "a later correction is not in an earlier cut"


def test_the_committee_reads_both_and_both_engines_counted_them(stratified, sent, signed):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        made = actions.ask_look(reason="first planned look", by=by)
    tasks_unblinded.dmc_look(made.run_id)
    look = Look.objects.select_related("run").get(pk=made.pk)
    with acting(by):
        result = dmc.read(look, by=by)
    within = result["comparisons"]["pfs"]["stratified"]
    assert {kind: one["strata"] for kind, one in within.items()} == {
        "as_randomised": 2,
        "as_corrected": 2,
    }
    assert {one["corrected"] for one in within.values()} == {2}
    assert result["agreement"]["agrees"]
    page = signed(Role.DMC_MEMBER).get(reverse("analysis:dmc")).content.decode()
    assert page.index("as randomised") < page.index("as corrected")
    assert "2 strata as randomised" in page
    assert "2 strata as corrected (2 participants in another)" in page


def test_a_release_has_a_column_of_each(stratified):
    from analysis.release import derived

    snapshot = cuts.take(by=trial.TESTS)
    cases = {case.code: case for case in extraction.of_snapshot(snapshot).cases}
    people = [row for kind, row in cuts.read(snapshot) if kind == "participant"]
    names = [name for name, _ in derived.meanings(by_arm=False)]
    conventions = conventions_of(study.current().definition)
    rows = [dict(zip(names, row)) for row in derived.rows(people, cases, None, conventions)]
    assert rows[1]["strata_as_randomised"] == "grade=G1; response=SD"
    assert rows[1]["strata_as_corrected"] == "grade=G2; response=SD"


def test_each_answer_is_that_of_its_own_strata(stratified, arms):
    """Against the log-rank and Cox functions called with the strata written out here."""
    from analysis.stats.cox import cox
    from analysis.stats.logrank import logrank

    with acting(trial.TESTS):
        cases = extraction.live().cases
    groups = unblinded.grouped(cases, members(cases), arms)
    found = comparison_figures(groups, "os")["stratified"]
    people_in_order = [one for group in groups.values() for one in group]
    days = [one.outcome.os_days for one in people_in_order]
    events = [one.outcome.os_event for one in people_in_order]
    labels = [arm for arm, group in groups.items() for _ in group]
    grade = {"as_randomised": dict.fromkeys(range(1, 7), "G2") | dict.fromkeys((2, 4, 6), "G1")}
    grade["as_corrected"] = dict.fromkeys(range(1, 7), "G2") | {6: "G1"}
    for kind, of in grade.items():
        strata = [of[int(one.code[-3:])] for one in people_in_order]
        test = logrank(days, events, labels, strata)
        ratio = cox(days, events, [label == "LAN" for label in labels], strata=strata)
        assert found[kind]["chi_squared"] == pytest.approx(test.chi_squared)
        assert found[kind]["p"] == pytest.approx(test.p)
        assert found[kind]["hazard_ratio"] == pytest.approx(ratio.coefficients[0].hazard_ratio)
    assert found["as_randomised"]["chi_squared"] != found["as_corrected"]["chi_squared"]


def test_without_allocations_nothing_is_stratified(built, arms):
    with acting(trial.TESTS):
        cases = extraction.live().cases
    groups = unblinded.grouped(cases, members(cases), arms)
    assert "stratified" not in comparison_figures(groups, "pfs")


def test_the_centre_parts_nobody():
    entered = {"centre": "FR-05", "grade": "G1", "response": "SD"}
    assert strata_of(entered, None) == Strata("grade=G1; response=SD", "grade=G1; response=SD")
    assert strata_of(None, {"grade": "G1"}) is None
    assert numbers(["b", "a", "b"]) == [1, 0, 1]
