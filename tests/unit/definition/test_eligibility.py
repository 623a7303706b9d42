"""Every criterion of the protocol: met, not met, unknown; its value and where it was read."""

from copy import deepcopy
from datetime import date, timedelta

import pytest

from crf.definition import Context, Text, compile_form

DAY = date(2019, 9, 10)


def ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


FORMS = {
    "CONSENT": {"signed": "yes", "consent_date": ago(12)},
    "DEMOG": {"birth_month": "1956-03", "sex": "M", "contraception": "yes"},
    "TUMOUR": {
        "primary_site": "pancreas", "extent": "metastatic", "resectable": "no",
        "metastases": ["liver"], "function": "none", "progressive_metastases": "yes",
        "symptomatic_metastases": "no", "bone_metastases": "no", "liver_invasion": "over_30",
        "differentiation": "well", "ki67": "8.0", "grade": "G2", "histology_confirmed": "yes",
        "l1_lines": 1, "l1_regimen": "temozolomide", "l1_months": "4.6", "l1_response": "SD",
        "l1_imaging_date": ago(20), "prrt_before": "no", "analogue_before": "yes",
    },
    "VITALS": {"visit_date": ago(10), "ps": "1", "weight": "66.0", "heart_rate": 68, "qtc": 410},
    "LAB": {
        "sampled_on": ago(9), "neutrophils": "3.10", "platelets": 220, "haemoglobin": "11.4",
        "bilirubin": "12.0", "bilirubin_uln": "17.0", "ast": 30, "ast_uln": "40", "alt": 58,
        "alt_uln": "45", "creatinine": 80,
    },
    "RECIST_BASE": {
        "imaging_date": ago(20), "sum_mm": "87.0", "targets": [{"id": "r1", "mm": "42"}],
    },
    "ELIG": {
        "cure_planned": "no", "hypersensitivity": "no", "gallstones": "no",
        "diabetes_uncontrolled": "no", "other_cancer": "no",
    },
}  # fmt: skip
WOMAN = {
    "DEMOG.sex": "F", "DEMOG.childbearing": "possible", "DEMOG.breast_feeding": "no",
    "LAB.pregnancy_test": "negative",
}  # fmt: skip


def context(changes=(), today=DAY, **more) -> Context:
    forms = deepcopy(FORMS)
    for place, value in dict(changes).items():
        form, _, item = place.partition(".")
        if value is None:
            forms[form].pop(item, None)
        else:
            forms[form][item] = value
    return Context(forms=forms, today=today, **more)


def verdict(reminet, number, changes=(), **more) -> str:
    results = reminet.eligibility.assess(context(changes, **more))
    return next(one.verdict for one in results if one.number == number)


def test_the_sample_is_eligible(reminet):
    results = reminet.eligibility.assess(context())
    assert [one.number for one in results if one.verdict != "met"] == []
    assert len(results) == 27
    assert reminet.eligibility.eligible(context())


def test_a_woman_may_be_eligible(reminet):
    assert reminet.eligibility.eligible(context(WOMAN))


NOT_MET = [
    ("I1", {"DEMOG.birth_month": "2001-08"}),
    ("I1", {"DEMOG.birth_month": "2010"}),
    ("I2", {"TUMOUR.primary_site": "other"}),
    ("I3", {"TUMOUR.extent": "localised"}),
    ("I3", {"TUMOUR.resectable": "yes"}),
    ("I4", {"TUMOUR.differentiation": "poor"}),
    ("I4", {"TUMOUR.grade": "G3"}),
    ("I4", {"TUMOUR.ki67": "20.1"}),
    ("I5", {"TUMOUR.progressive_metastases": "no"}),
    ("I6", {"TUMOUR.function": "other"}),
    ("I6", {"TUMOUR.function": "gastrinoma", "TUMOUR.ppi_control": "no"}),
    ("I7", {"TUMOUR.histology_confirmed": "no"}),
    ("I8", {"TUMOUR.l1_months": "1.9"}),
    ("I9", {"TUMOUR.l1_response": "PD"}),
    ("I9", {"TUMOUR.l1_response": "NE"}),
    ("I10", {"TUMOUR.l1_imaging_date": ago(43)}),
    ("I10", {"TUMOUR.l1_imaging_date": ago(-1)}),
    ("I11", {"RECIST_BASE.imaging_date": ago(29)}),
    ("I11", {"RECIST_BASE.targets": []}),
    ("I11", {"RECIST_BASE.imaging_date": ago(-1)}),
    ("I12", {"VITALS.ps": "3"}),
    ("I13", {"LAB.neutrophils": "1.49"}),
    ("I13", {"LAB.platelets": 99}),
    ("I13", {"LAB.haemoglobin": "8.9"}),
    ("I13", {"LAB.bilirubin": "25.6"}),
    ("I13", {"LAB.bilirubin": "<30.0"}),  # counts as its limit, though it may be less
    ("I13", {"LAB.ast": 201}),
    ("I13", {"LAB.alt": 226}),
    ("I13", {"LAB.creatinine": 160}),
    ("I13", {"LAB.creatinine": 126}),  # 49.6 mL/min
    ("I14", {"DEMOG.contraception": "no"}),
    ("I14", WOMAN | {"DEMOG.contraception": "no"}),
    ("I14", WOMAN | {"LAB.pregnancy_test": "positive"}),
    ("I15", {"CONSENT.signed": "no"}),
    ("I15", {"CONSENT.consent_date": ago(9)}),
    ("E1", {"TUMOUR.grade": "G3"}),
    ("E1", {"TUMOUR.differentiation": "poor"}),
    ("E2", {"TUMOUR.function": "other"}),
    ("E3", {"TUMOUR.l1_response": "PD"}),
    ("E4", {"ELIG.cure_planned": "yes"}),
    ("E5", {"TUMOUR.l1_lines": 2}),
    ("E6", {"TUMOUR.prrt_before": "yes", "TUMOUR.prrt_date": "2019-03-11"}),
    ("E7", {"ELIG.hypersensitivity": "yes"}),
    ("E8", {"ELIG.gallstones": "yes"}),
    ("E9", {"ELIG.diabetes_uncontrolled": "yes"}),
    ("E10", {"VITALS.heart_rate": 49}),
    ("E10", {"VITALS.qtc": 481}),
    ("E11", {"ELIG.other_cancer": "yes"}),
    ("E12", WOMAN | {"LAB.pregnancy_test": "positive"}),
    ("E12", WOMAN | {"DEMOG.breast_feeding": "yes"}),
]


@pytest.mark.parametrize(("number", "changes"), NOT_MET, ids=str)
def test_not_met(reminet, number, changes):
    assert verdict(reminet, number, changes) == "not_met"
    assert not reminet.eligibility.eligible(context(changes))


MET = [
    ("I10", {"TUMOUR.l1_imaging_date": ago(0)}),
    ("I11", {"RECIST_BASE.imaging_date": ago(0)}),
    ("I15", {"CONSENT.consent_date": ago(10)}),
    (
        "I15",
        {"CONSENT.consent_date": ago(0), "VITALS.visit_date": ago(0), "LAB.sampled_on": ago(0)},
    ),
    ("I13", {"LAB.creatinine": 124}),  # 77 x 66 x 1.23 / 124 = 50.4 mL/min
    ("E6", {"TUMOUR.prrt_before": "yes", "TUMOUR.prrt_date": "2019-03-10"}),
    ("I1", {"DEMOG.birth_month": "2001-07"}),
    ("I2", {"TUMOUR.primary_site": "duodenum"}),
    ("I3", {"TUMOUR.extent": "locally_advanced"}),
    ("I4", {"TUMOUR.ki67": "20"}),
    ("I5", {"TUMOUR.progressive_metastases": "no", "TUMOUR.bone_metastases": "yes"}),
    ("I5", {"TUMOUR.progressive_metastases": "no", "TUMOUR.symptomatic_metastases": "yes"}),
    ("I6", {"TUMOUR.function": "gastrinoma", "TUMOUR.ppi_control": "yes"}),
    ("I8", {"TUMOUR.l1_months": "2.0"}),
    ("I9", {"TUMOUR.l1_response": "PR"}),
    ("I10", {"TUMOUR.l1_imaging_date": ago(42)}),
    ("I11", {"RECIST_BASE.imaging_date": ago(28)}),
    ("I12", {"VITALS.ps": "2"}),
    ("I13", {"LAB.neutrophils": "1.50", "LAB.platelets": 100, "LAB.haemoglobin": "9.0"}),
    (
        "I13",
        {"LAB.bilirubin": "26.85", "LAB.bilirubin_uln": "17.9"},
    ),  # 1.5 x 17.9 in binary is less
    ("I13", {"LAB.bilirubin": "25.5", "LAB.ast": 200, "LAB.alt": 225}),
    ("I14", WOMAN | {"DEMOG.childbearing": "menopause", "LAB.pregnancy_test": None}),
    ("E6", {"TUMOUR.prrt_before": "yes", "TUMOUR.prrt_date": "2019-02"}),
    ("E10", {"VITALS.heart_rate": 50, "VITALS.qtc": 480}),
]


@pytest.mark.parametrize(("number", "changes"), MET, ids=str)
def test_met_at_the_limit(reminet, number, changes):
    assert verdict(reminet, number, changes) == "met"


def test_a_blank_is_unknown_never_met(reminet):
    """Each criterion loses each value that it reads, one at a time."""
    blanks = {
        "I1": ["DEMOG.birth_month", "CONSENT.consent_date"],
        "I2": ["TUMOUR.primary_site"],
        "I3": ["TUMOUR.extent", "TUMOUR.resectable"],
        "I4": ["TUMOUR.differentiation", "TUMOUR.grade", "TUMOUR.ki67"],
        "I5": ["TUMOUR.progressive_metastases"],
        "I6": ["TUMOUR.function"],
        "I7": ["TUMOUR.histology_confirmed"],
        "I8": ["TUMOUR.l1_months"],
        "I9": ["TUMOUR.l1_response"],
        "I10": ["TUMOUR.l1_imaging_date"],
        "I11": ["RECIST_BASE.imaging_date", "RECIST_BASE.targets", "RECIST_BASE.sum_mm"],
        "I12": ["VITALS.ps"],
        "I13": [f"LAB.{name}" for name in FORMS["LAB"] if name != "sampled_on"] + ["VITALS.weight"],
        "I14": ["DEMOG.sex", "DEMOG.contraception"],
        "I15": ["CONSENT.signed", "CONSENT.consent_date", "VITALS.visit_date"],
        "E1": ["TUMOUR.differentiation", "TUMOUR.grade"],
        "E2": ["TUMOUR.function"],
        "E3": ["TUMOUR.l1_response"],
        "E4": ["ELIG.cure_planned"],
        "E5": ["TUMOUR.l1_lines"],
        "E6": ["TUMOUR.prrt_before"],
        "E7": ["ELIG.hypersensitivity"],
        "E8": ["ELIG.gallstones"],
        "E9": ["ELIG.diabetes_uncontrolled"],
        "E10": ["VITALS.heart_rate", "VITALS.qtc"],
        "E11": ["ELIG.other_cancer"],
        "E12": ["DEMOG.sex"],
    }
    assert set(blanks) == {criterion.number for criterion in reminet.criteria}
    for number, places in blanks.items():
        for place in places:
            assert verdict(reminet, number, {place: None}) == "unknown", (number, place)
            reason = {place: {"missing": "not_done"}}
            if place != "RECIST_BASE.targets":
                assert verdict(reminet, number, reason) == "unknown", (number, place)


def test_what_is_undecided_says_what_it_lacks(reminet):
    def lacks(changes):
        found = {one.number: one for one in reminet.eligibility.assess(context(changes))}
        return {number: [t.en for t in one.blank] for number, one in found.items() if one.blank}

    assert lacks(()) == {}
    assert lacks({"RECIST_BASE.sum_mm": None}) == {"I11": ["Sum of diameters"]}
    assert lacks({"LAB.platelets": None, "LAB.haemoglobin": {"missing": "not_done"}}) == {
        "I13": ["Platelets", "Haemoglobin"]
    }
    assert lacks({"LAB.platelets": 20, "LAB.haemoglobin": None}) == {}  # decided without it


def test_a_form_that_is_not_entered_is_unknown(reminet):
    results = reminet.eligibility.assess(Context(today=DAY))
    assert {one.verdict for one in results} == {"unknown"}
    assert not reminet.eligibility.eligible(Context(today=DAY))


def test_a_partial_date_of_embolisation_counts_at_its_latest(reminet):
    changes = {"TUMOUR.prrt_before": "yes", "TUMOUR.prrt_date": "2019"}
    assert verdict(reminet, "E6", changes) == "not_met"
    assert verdict(reminet, "E6", {"TUMOUR.prrt_before": "yes"}) == "unknown"


def test_an_earlier_analogue_excludes_nobody(reminet):
    for answer in ("yes", "no", None):
        assert reminet.eligibility.eligible(context({"TUMOUR.analogue_before": answer}))


def test_days_are_counted_to_the_randomisation_once_there_is_one(reminet):
    later = DAY + timedelta(days=300)
    assert verdict(reminet, "I11", today=later) == "not_met"
    assert verdict(reminet, "I11", today=later, randomised_on=DAY) == "met"


def test_the_result_says_value_and_source(reminet):
    results = {one.number: one for one in reminet.eligibility.assess(context())}
    first_line = results["I8"]
    assert first_line.value_text == Text("4.6 months; Temozolomide", "4,6 mois ; Témozolomide")
    assert (first_line.source.visit, first_line.source.form, first_line.source.item) == (
        "SCR",
        "TUMOUR",
        "l1_months",
    )
    assert first_line.warning is None
    assert results["I11"].tag == "A"


def test_a_criterion_may_be_met_outside_the_usual(reminet):
    results = reminet.eligibility.assess(context({"TUMOUR.l1_months": "2.6"}))
    first_line = next(one for one in results if one.number == "I8")
    assert first_line.verdict == "met"
    assert first_line.warning is not None
    assert "3 to 6" in first_line.warning.en


def test_the_gate_says_which_forms_it_reads(reminet):
    assert set(reminet.eligibility.forms) == set(FORMS)


def test_strata(reminet):
    values = {v.name: v for v in reminet.eligibility.strata(context(), centre="FR-05")}
    assert (values["centre"].level, values["grade"].level, values["response"].level) == (
        "FR-05",
        "G2",
        "SD",
    )
    assert values["grade"].source.form == "TUMOUR"
    changed = context({"TUMOUR.l1_response": "PR", "TUMOUR.grade": "G3"})
    values = {v.name: v for v in reminet.eligibility.strata(changed)}
    assert (values["response"].level, values["grade"].level) == ("CR-PR", "")
    blank = context({"TUMOUR.l1_response": None})
    assert [v.level for v in reminet.eligibility.strata(blank)][-1] == ""


def decided(reminet, decision, **changes):
    form = compile_form(reminet, "ELIG")
    made = form.evaluate(FORMS["ELIG"] | {"decision": decision} | changes, context())
    found = {one.check for one in made.findings if one.item == "decision"}
    return made, found - {"blank"}


def test_the_decision_fits_the_criteria(reminet):
    made, found = decided(reminet, "include")
    assert (made.derived["all_met"], found) == ("yes", set())
    assert "failure_reason" not in made.visible
    made, found = decided(reminet, "include", gallstones="yes")
    assert (made.derived["all_met"], found) == ("no", {"decision_include"})
    made, found = decided(reminet, "screen_failure", gallstones="yes")
    assert found == set()
    assert "failure_reason" in made.visible
    assert decided(reminet, "screen_failure", participant_willing="yes")[1] == {"decision_failure"}
    assert decided(reminet, "screen_failure", participant_willing="no")[1] == set()


def test_the_form_shows_what_the_gate_computes(reminet):
    form = compile_form(reminet, "ELIG")
    made = form.evaluate(FORMS["ELIG"], context())
    for result in reminet.eligibility.assess(context()):
        assert made.derived[result.number.lower()] == "yes"
    fresh = form.evaluate(FORMS["ELIG"] | {"gallstones": "yes"}, context({"ELIG.gallstones": None}))
    assert fresh.derived["e8"] == "no"
    assert "i8" not in form.evaluate({}, Context(today=DAY)).derived
