"""Where a course is not as the protocol plans it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from crf.definition import Facts, Text, due_visits
from crf.definition.deviations import AWAY, MISSED, TOLD, of_answers, of_comments, of_schedule
from crf.definition.verify import faults

R = date(2019, 2, 8)


def on(days):
    return R + timedelta(days=days)


def found(reminet, today, entries, **facts):
    told = Facts(screened_on=on(-14), randomised_on=R, **facts)
    due = due_visits(reminet, told, entries, on(today))
    return [(one.kind, one.visit, one.days) for one in of_schedule(reminet, told, due)]


def injections(*days):
    return {(f"INJ-{i:02d}", "INJ"): on(day) for i, day in enumerate(days, 1)}


@pytest.mark.parametrize(
    ("day", "deviations"),
    [
        (29, []),
        (36, []),
        (37, [(AWAY, "INJ-02", 8)]),
        (22, []),
        (21, [(AWAY, "INJ-02", -8)]),
    ],
)
def test_an_injection_more_than_seven_days_from_its_day(reminet, day, deviations):
    assert found(reminet, 40, injections(1, day)) == deviations


def test_imaging_outside_its_window_is_none(reminet):
    """It counts all the same: the definition gives it no distance."""
    assert found(reminet, 130, {("ASM-03", "RECIST"): on(120)}) == []


def test_an_assessment_that_was_left_out_before_a_later_one(reminet):
    assert found(reminet, 190, {("ASM-06", "RECIST"): on(182)}) == [(MISSED, "ASM-03", 0)]


def test_what_is_late_may_still_be_entered(reminet):
    assert found(reminet, 120, injections(1)) == []


@pytest.mark.parametrize("leaves", ["died_on", "lost_on", "withdrawn_on"])
def test_an_assessment_whose_window_had_passed_when_the_participant_left(reminet, leaves):
    entries = injections(1, 29, 57, 85)
    assert found(reminet, 150, entries, **{leaves: on(106)}) == [(MISSED, "ASM-03", 0)]
    assert found(reminet, 150, entries, **{leaves: on(100)}) == []


def test_what_was_confirmed_against_a_check_that_tells_one(reminet):
    kept = {
        "start_date:during_treatment": {"value": "2019-03-01", "comment": "Asked by the surgeon"},
        "start_date:wording": {"value": "", "comment": "no name"},
    }
    (one,) = of_comments(reminet, "LOG", "NEXT", 2, kept, on(21), {})
    assert (one.kind, one.form, one.number, one.held_on) == (TOLD, "NEXT", 2, on(21))
    assert (one.what.en, one.comment) == (
        "Other anti-tumour treatment before the end of the trial's own",
        "Asked by the surgeon",
    )


def test_an_answer_that_is_a_deviation_by_itself(reminet):
    (one,) = of_answers(reminet, "INJ-02", "INJ", 1, {"injection": "not_given"}, on(29))
    assert (one.kind, one.held_on, one.what.en) == (TOLD, on(29), "Injection not given")
    for answers in ({"injection": "given"}, {"injection": {"missing": "unknown"}}, {}):
        assert list(of_answers(reminet, "INJ-02", "INJ", 1, answers, on(29))) == []


def test_a_form_that_the_definition_has_no_more_tells_none(reminet):
    assert list(of_comments(reminet, "LOG", "OLD", 1, {"x:y": {"comment": "z"}}, None, {})) == []


def test_a_code_of_several_answers_is_no_deviation(reminet):
    """It would be accepted and never found."""
    assert faults(reminet) == []

    def deviating(codelist):
        codes = (replace(one, deviation=Text("Grave")) for one in codelist.codes)
        return replace(codelist, codes=tuple(codes))

    lists = (deviating(one) if one.name == "seriousness" else one for one in reminet.codelists)
    [fault] = faults(replace(reminet, codelists=tuple(lists)))
    assert "AE.seriousness is in a row or takes several answers" in fault.reason
