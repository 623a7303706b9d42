"""Which visits are planned, due, late or entered."""

from datetime import date, timedelta

import pytest

from crf.definition import Facts, due_visits
from crf.definition.schedule import Entered, next_visit

R = date(2019, 2, 8)


def on(days: int) -> date:
    return R + timedelta(days=days)


def plan(reminet, today, entries=None, **facts):
    facts.setdefault("screened_on", on(-14))
    facts.setdefault("randomised_on", R)
    made = due_visits(reminet, Facts(**facts), entries or {}, on(today))
    return {visit.code: visit for visit in made}


SCREENED = {
    ("SCR", form): on(-14)
    for form in ("CONSENT", "DEMOG", "TUMOUR", "VITALS", "LAB", "RECIST_BASE", "QOL", "ELIG")
}


def assessed(code: str, day: int):
    """Imaging and the questionnaire of one visit."""
    return {(code, "RECIST"): on(day), (code, "QOL"): on(day)}


def injections(*days: int):
    return {(f"INJ-{i:02d}", "INJ"): on(day) for i, day in enumerate(days, 1)}


def test_before_randomisation_only_screening_and_the_randomisation(reminet):
    made = plan(reminet, -14, {("SCR", "CONSENT"): on(-14)}, randomised_on=None)
    assert set(made) == {"SCR", "RND"}
    assert made["SCR"].state == "partial"
    assert "DEMOG" in made["SCR"].missing
    assert made["RND"].window_end == on(14)


def test_screening_entered_whole(reminet):
    assert plan(reminet, 0, SCREENED)["SCR"].state == "entered"


def test_a_screening_that_waits_too_long_is_late(reminet):
    made = plan(reminet, 40, {}, randomised_on=None)
    assert made["RND"].state == "late"
    assert made["SCR"].state == "late"


def test_a_screen_failure_has_no_randomisation(reminet):
    assert set(plan(reminet, 40, SCREENED, randomised_on=None, screen_failed=True)) == {"SCR"}


def test_imaging_is_anchored_on_randomisation(reminet):
    made = plan(reminet, 0)
    third = made["ASM-03"]
    assert (third.target, third.window_start, third.window_end) == (on(91), on(77), on(105))
    assert third.title_en == "Month 3"
    assert third.title_fr == "Mois 3"
    late = plan(reminet, 120, {("ASM-03", "RECIST"): on(104)})
    assert late["ASM-06"].target == on(182)
    assert late["ASM-06"].target == plan(reminet, 120)["ASM-06"].target


def test_states_by_day(reminet):
    assert plan(reminet, 76)["ASM-03"].state == "planned"
    assert plan(reminet, 77)["ASM-03"].state == "due"
    assert plan(reminet, 105)["ASM-03"].state == "due"
    assert plan(reminet, 106)["ASM-03"].state == "late"
    assert plan(reminet, 106, assessed("ASM-03", 95))["ASM-03"].state == "entered"
    begun = plan(reminet, 106, {("ASM-03", "RECIST"): on(95)})["ASM-03"]
    assert (begun.state, begun.missing, begun.urgent) == ("partial", ("QOL",), True)
    assert plan(reminet, 106)["ASM-03"].urgent


def comes_next(reminet, today, entries=None, **facts):
    one = next_visit(list(plan(reminet, today, entries, **facts).values()))
    return one.code if one else None


def test_a_late_injection_comes_next_since_the_others_hang_on_it(reminet):
    held = SCREENED | injections(1)
    assert comes_next(reminet, 20, held) == "INJ-02"
    assert comes_next(reminet, 30, held) == "INJ-02"  # its day has passed, its window has not
    assert comes_next(reminet, 60, held) == "INJ-02"
    assert comes_next(reminet, 60, held, died_on=on(50)) == "EOT"  # to be recorded
    assert comes_next(reminet, 60, held, end_of_treatment_on=on(50)) == "EOT"
    assert comes_next(reminet, 60, held, lost_on=on(50)) is None


def test_a_late_visit_on_which_none_hangs_is_not_waited_for(reminet):
    held = SCREENED | injections(1, 29, 57, 85, 113)
    made = plan(reminet, 115, held)
    assert (made["ASM-03"].state, comes_next(reminet, 115, held)) == ("late", "INJ-06")


def test_each_injection_hangs_on_the_one_before(reminet):
    made = plan(reminet, 40, injections(1, 33))
    assert made["INJ-02"].target == on(29)
    assert made["INJ-03"].target == on(61)
    assert (made["INJ-03"].window_start, made["INJ-03"].window_end) == (on(58), on(64))
    assert "INJ-04" not in made


def test_only_the_next_injection_is_asked_for(reminet):
    made = plan(reminet, 200, injections(1, 29))
    assert [code for code in made if code.startswith("INJ")] == ["INJ-01", "INJ-02", "INJ-03"]
    assert made["INJ-03"].state == "late"


def test_a_visit_far_from_its_day_is_a_deviation(reminet):
    made = plan(reminet, 80, injections(1, 36, 65))
    assert not made["INJ-02"].deviation
    assert not made["INJ-03"].deviation
    assert plan(reminet, 80, injections(1, 37))["INJ-02"].deviation


def test_injections_stop_with_the_treatment(reminet):
    entries = injections(1, 29) | {("EOT", "EOT"): on(50)}
    made = plan(reminet, 60, entries, end_of_treatment_on=on(50))
    assert [code for code in made if code.startswith("INJ")] == ["INJ-01", "INJ-02"]
    assert made["EOT"].state == "entered"
    assert "ASM-03" in made


def test_progression_stops_imaging_and_asks_for_the_end_of_treatment(reminet):
    entries = injections(1, 29) | {("ASM-03", "RECIST"): on(90)}
    made = plan(reminet, 100, entries, progressed_on=on(90))
    assert "ASM-06" not in made
    assert made["EOT"].state == "due"
    assert plan(reminet, 130, entries, progressed_on=on(90))["EOT"].state == "late"


@pytest.mark.parametrize("ends", ["progressed_on", "treatment_left_on", "died_on"])
def test_the_end_of_treatment_is_asked_for_once_something_ended_it(reminet, ends):
    held = SCREENED | injections(1, 29)
    before = plan(reminet, 45, held)["EOT"]
    assert (before.state, before.target, before.urgent) == ("planned", None, False)
    asked = plan(reminet, 50, held, **{ends: on(45)})["EOT"]
    assert (asked.state, asked.target) == ("due", on(45))
    assert plan(reminet, 80, held, **{ends: on(45)})["EOT"].state == "late"


def test_nobody_ends_a_treatment_before_the_randomisation(reminet):
    assert "EOT" not in plan(reminet, -14, randomised_on=None)


def test_who_leaves_the_treatment_is_still_followed(reminet):
    made = plan(reminet, 60, injections(1, 29), treatment_left_on=on(45))
    assert [code for code in made if code.startswith("INJ")] == ["INJ-01", "INJ-02"]
    assert made["ASM-03"].state == "planned"


def test_follow_up_every_six_months_after_the_end(reminet):
    made = plan(reminet, 400, end_of_treatment_on=on(90), progressed_on=on(90))
    assert made["FU-01"].target == on(90 + 183)
    assert made["FU-01"].state == "late"
    assert made["FU-02"].target == on(90 + 365)
    assert made["FU-02"].state == "planned"
    assert "FU-03" not in made


def test_death_ends_everything_to_come(reminet):
    made = plan(reminet, 900, end_of_treatment_on=on(90), died_on=on(300))
    assert [code for code in made if code.startswith("FU")] == ["FU-01"]
    assert max(v.target for v in made.values() if v.target) <= on(300)


def test_what_was_entered_is_always_shown(reminet):
    entries = {("FU-04", "SURV"): on(900), ("UNS-01", "RECIST"): on(130)}
    made = plan(reminet, 1000, entries, end_of_treatment_on=on(90), died_on=on(300))
    assert made["FU-04"].state == "entered"
    assert made["UNS-01"].state == "entered"
    assert made["UNS-01"].title_en == "Unscheduled assessment 1"


def test_a_visit_that_was_missed_keeps_its_place(reminet):
    made = plan(reminet, 200, assessed("ASM-06", 180))
    assert made["ASM-03"].state == "late"
    assert made["ASM-06"].state == "entered"
    declared = plan(reminet, 200, {("ASM-03", "RECIST"): Entered(None, "not_done")})
    assert declared["ASM-03"].state == "not_done"


def test_visits_come_in_the_order_of_days(reminet):
    entries = SCREENED | injections(1, 29) | {("UNS-01", "RECIST"): on(60)}
    made = due_visits(reminet, Facts(on(-14), None, R), entries, on(90))
    days = [visit.visit_date or visit.target for visit in made]
    assert days[-1] is None  # the end of treatment, which may come any day
    assert days[:-1] == sorted(days[:-1])


def test_the_horizon_ends_what_is_planned(reminet):
    made = due_visits(reminet, Facts(on(-14), None, R), {}, R, horizon_days=200)
    assert [v.code for v in made if v.code.startswith("ASM")] == ["ASM-03", "ASM-06"]


@pytest.mark.promise("PR-05")
@pytest.mark.parametrize("left", ["lost_on", "withdrawn_on"])
def test_who_has_left_is_asked_for_nothing_more(reminet, left):
    entries = SCREENED | injections(1, 29) | assessed("ASM-03", 91)
    made = plan(reminet, 900, entries, end_of_treatment_on=on(200), **{left: on(300)})
    assert not [visit for visit in made.values() if visit.urgent]
    assert made["ASM-06"].state == "not_done"  # before: may still be entered, is not asked for
    assert "ASM-12" not in made  # after: not planned
    assert made["ASM-03"].state == "entered"


@pytest.mark.promise("PR-05")
def test_who_has_not_left_keeps_what_is_overdue(reminet):
    entries = SCREENED | injections(1, 29) | {("ASM-03", "RECIST"): on(91)}
    made = plan(reminet, 900, entries, end_of_treatment_on=on(200))
    assert made["ASM-06"].state == "late"
