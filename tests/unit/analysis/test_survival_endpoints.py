"""PFS, OS, sensitivity analyses and follow-up, rule by rule, each with the entries it names."""

from dataclasses import replace

import pytest
from hypothesis import given

from analysis.derivation.cutoff import cut
from analysis.derivation.participant import derive, derive_all
from analysis.derivation.sources import DataError, ParticipantRecord
from analysis.derivation.survival import (
    TimeToEvent,
    Why,
    follow_up,
    last_news,
    missed_assessments,
    overall_survival,
    pfs,
    pfs_missed_censored,
    pfs_treatment_as_event,
    time_to_progression,
)
from analysis.derivation.timeline import contradictions
from tests.unit.analysis.records import on, record, records, source

pytestmark = pytest.mark.promise("IA-05")


def found(value: TimeToEvent) -> tuple[int, bool, Why]:
    return value.days, value.event, value.why


def test_first_progression_is_the_event_and_names_its_entry() -> None:
    derived = pfs(record([(91, "SD"), (182, "PD"), (273, "PD")]))
    assert found(derived.value) == (182, True, Why.PROGRESSION)
    assert derived.sources == (source("RECIST", 182),)


def test_death_without_progression_is_the_event() -> None:
    derived = pfs(record([(91, "SD")], died=130))
    assert found(derived.value) == (130, True, Why.DEATH)
    assert derived.sources == (source("DEATH", 130),)


def test_progression_before_death_and_on_its_day() -> None:
    assert found(pfs(record([(91, "PD")], died=300)).value) == (91, True, Why.PROGRESSION)
    assert found(pfs(record([(91, "PD")], died=91)).value) == (91, True, Why.PROGRESSION)


def test_alive_is_censored_at_the_last_evaluable_assessment() -> None:
    derived = pfs(record([(182, "SD"), (91, "PR"), (273, "NE")], alive=[400]))
    assert found(derived.value) == (182, False, Why.LAST_ASSESSMENT)
    assert derived.sources == (source("RECIST", 182),)


@pytest.mark.parametrize("seen", [[], [(91, "NE")], [(0, "SD")], [(-20, "SD")]])
def test_no_evaluable_assessment_after_baseline_is_censored_at_day_0(seen) -> None:
    assert found(pfs(record(seen, alive=[200])).value) == (0, False, Why.NO_ASSESSMENT)


def test_new_treatment_before_progression_censors_at_the_assessment_before_it() -> None:
    derived = pfs(record([(91, "SD"), (182, "SD"), (273, "PD")], treatments=[200]))
    assert found(derived.value) == (182, False, Why.BEFORE_NEW_TREATMENT)
    assert derived.sources == (source("RECIST", 182), source("NEXT", 200))


def test_new_treatment_before_death_censors_too() -> None:
    derived = pfs(record([(91, "SD")], treatments=[100], died=110))
    assert found(derived.value) == (91, False, Why.BEFORE_NEW_TREATMENT)


def test_new_treatment_before_any_assessment_censors_at_day_0() -> None:
    derived = pfs(record([(91, "SD")], treatments=[30]))
    assert found(derived.value) == (0, False, Why.BEFORE_NEW_TREATMENT)
    assert derived.sources == (source("NEXT", 30),)


def test_assessment_on_the_day_of_the_new_treatment_is_not_before_it() -> None:
    derived = pfs(record([(91, "SD"), (182, "SD")], treatments=[182]))
    assert found(derived.value) == (91, False, Why.BEFORE_NEW_TREATMENT)


def test_new_treatment_on_the_day_of_progression_or_later_changes_nothing() -> None:
    assert pfs(record([(91, "PD")], treatments=[91])).value.event
    assert pfs(record([(91, "PD")], treatments=[120])).value.days == 91


def test_of_two_new_treatments_the_first_counts() -> None:
    assert pfs(record([(91, "SD"), (182, "SD")], treatments=[300, 100])).value.days == 91


def test_two_readings_on_one_day_one_of_them_progression() -> None:
    assert found(pfs(record([(91, "PD"), (91, "SD")])).value) == (91, True, Why.PROGRESSION)


@pytest.mark.parametrize("day", [0, -3])
def test_progression_on_day_0_or_before_is_a_data_error(day: int) -> None:
    with pytest.raises(DataError, match="progression on") as refusal:
        pfs(record([(day, "PD")]))
    assert refusal.value.sources == (source("RECIST", day),)


def test_death_before_randomisation_is_a_data_error() -> None:
    with pytest.raises(DataError, match="before randomisation"):
        overall_survival(record(died=-1))


def test_one_bad_participant_does_not_stop_the_others() -> None:
    derived, refused = derive_all([record([(0, "PD")]), record([(91, "SD")])])
    assert [one.pfs.value.days for one in derived] == [91]
    assert len(refused) == 1
    assert "day 0" in refused[0].sentence


def test_facts_after_death_are_told_and_do_not_stop() -> None:
    told = contradictions(record([(91, "SD")], died=100, alive=[120]))
    assert [source("SURV", 120) in error.sources for error in told] == [True]
    assert derive(record([(91, "SD")], died=100, alive=[120])).pfs.value.days == 100


def test_a_treatment_before_randomisation_is_told_and_ignored() -> None:
    odd = record([(91, "SD")], treatments=[-40])
    assert "before randomisation" in contradictions(odd)[0].sentence
    assert pfs(odd).value.why is Why.LAST_ASSESSMENT


def test_overall_survival_of_the_dead_and_of_the_living() -> None:
    assert found(overall_survival(record(died=400, alive=[390])).value) == (400, True, Why.DEATH)
    living = overall_survival(record([(91, "NE")], treatments=[120], alive=[60, 110]))
    assert found(living.value) == (120, False, Why.LAST_NEWS)
    assert living.sources == (source("NEXT", 120),)


def test_last_news_names_every_entry_of_that_day() -> None:
    derived = last_news(record([(91, "SD")], alive=[91, 40]))
    assert derived.value == on(91)
    assert derived.sources == (source("RECIST", 91), source("SURV", 91))
    assert last_news(record()).value == on(0)


def test_follow_up_swaps_event_and_censoring() -> None:
    assert follow_up(record(died=10)).value.event is False
    assert follow_up(record(alive=[10])).value.event is True


def test_time_to_progression_censors_death() -> None:
    assert found(time_to_progression(record([(91, "SD")], died=130)).value) == (
        91,
        False,
        Why.LAST_ASSESSMENT,
    )
    assert time_to_progression(record([(91, "PD")], died=130)).value.event


def test_sensitivity_new_treatment_as_an_event() -> None:
    derived = pfs_treatment_as_event(record([(91, "SD"), (182, "PD")], treatments=[120]))
    assert found(derived.value) == (120, True, Why.NEW_TREATMENT)
    assert derived.sources == (source("NEXT", 120),)
    assert pfs_treatment_as_event(record([(91, "PD")], treatments=[91])).value.days == 91
    assert pfs_treatment_as_event(record([(91, "SD")])).value.days == 91


@pytest.mark.parametrize(
    ("after", "before", "missed"),
    [
        (0, 91, 0),
        (0, 105, 0),
        (0, 106, 1),
        (0, 197, 2),
        (91, 182, 0),
        (91, 287, 1),
        (91, 288, 2),
        (120, 288, 2),
        (77, 106, 0),
        (76, 106, 1),
        (182, 182, 0),
    ],
)
def test_missed_assessments_count_whole_windows(after: int, before: int, missed: int) -> None:
    assert missed_assessments(after, before) == missed
    windows = [(91 * k - 14, 91 * k + 14) for k in range(1, 40)]
    assert missed == sum(after < first and last < before for first, last in windows)


def test_sensitivity_event_after_two_missed_assessments() -> None:
    derived = pfs_missed_censored(record([(91, "SD"), (300, "PD")]))
    assert found(derived.value) == (91, False, Why.BEFORE_MISSED)
    assert derived.sources == (source("RECIST", 91), source("RECIST", 300))
    assert pfs_missed_censored(record([(91, "SD"), (260, "PD")])).value.event
    assert found(pfs_missed_censored(record(died=400)).value) == (0, False, Why.BEFORE_MISSED)


def test_cut_off_forgets_what_came_later() -> None:
    whole = record([(91, "SD"), (182, "PD")], treatments=[190], died=300, alive=[150])
    kept = cut(whole, on(181))
    assert kept is not None
    assert found(pfs(kept).value) == (91, False, Why.LAST_ASSESSMENT)
    assert found(overall_survival(kept).value) == (150, False, Why.LAST_NEWS)
    assert cut(whole, on(300)) == replace(whole, known_to=on(300))
    assert cut(whole, on(-1)) is None


@given(records())
def test_pfs_equals_the_protocol_read_backwards(one: ParticipantRecord) -> None:
    """Every day from the last to the first is asked whether it ends the time."""
    progressions = {one.day(a.on) for a in one.assessments if a.response == "PD"}
    deaths = {one.day(one.death.on)} if one.death else set()
    treatments = {one.day(t.on) for t in one.new_treatments}
    good = {one.day(a.on) for a in one.assessments if a.response != "NE"}
    expected = (max(good, default=0), False)
    for day in range(1000, -1, -1):
        if day in progressions | deaths:
            expected = (day, True)
        elif day in treatments:
            expected = (max((d for d in good if d < day), default=0), False)
    value = pfs(one).value
    assert (value.days, value.event) == expected


@given(records())
def test_derived_times_fit_together(one: ParticipantRecord) -> None:
    derived = derive(one)
    assert 0 <= derived.pfs.value.days <= derived.overall_survival.value.days
    assert derived.overall_survival.value.event == (one.death is not None)
    assert derived.pfs_missed_censored.value.days <= derived.pfs.value.days
    assert derived.pfs_treatment_as_event.value.days >= derived.pfs.value.days
    for variable in (derived.pfs, derived.pfs_missed_censored, derived.pfs_treatment_as_event):
        assert variable.sources or variable.value.days == 0
