"""REMINET's own checks, derived items and skip logic, across forms and visits."""

from datetime import date

import pytest

from crf.definition import Context, compile_form

TODAY = date(2020, 6, 1)
R = date(2019, 2, 8)
SCR = {
    "CONSENT": {"signed": "yes", "consent_date": "2019-01-28"},
    "DEMOG": {"birth_month": "1956-03", "sex": "F", "childbearing": "menopause"},
    "TUMOUR": {"function": "none", "l1_imaging_date": "2019-01-20"},
    "VITALS": {"weight": "66.0", "visit_date": "2019-01-30"},
    "RECIST_BASE": {
        "imaging_date": "2019-01-20",
        "modality": "CT",
        "non_target": "yes",
        "sum_mm": "108.0",
        "targets": [
            {"id": "r1", "organ": "liver", "site": "VI", "node": "no", "mm": "42"},
            {"id": "r2", "organ": "liver", "site": "II", "node": "no", "mm": "27"},
            {"id": "r3", "organ": "pancreas", "site": "tail", "node": "no", "mm": "21"},
            {"id": "r4", "organ": "node", "site": "coeliac", "node": "yes", "mm": "18"},
        ],
    },
}
EOT = {"EOT": {"EOT": {"end_date": "2019-09-01", "last_injection": "2019-08-10"}}}
DEATH = {"LOG": {"DEATH": {"death_date": "2019-12-01"}}}
INJECTED = {
    "entries": {
        "INJ": [
            {"id": "1", "visit_date": "2019-08-10", "injection": "given"},
            {"id": "2", "visit_date": "2019-09-07", "injection": "not_given"},
            {"id": "3"},
        ]
    }
}
FATAL = {"grade": "5", "outcome": "fatal", "serious": "yes", "ongoing": "no"}


def made(
    reminet,
    form,
    answers,
    previous=None,
    earlier=(),
    randomised_on=R,
    forms=None,
    entries=None,
    neighbours=None,
    **visits,
):
    context = Context(
        forms=forms or {},
        previous={form: previous} if previous else {},
        visits={"SCR": SCR} | visits,
        neighbours=neighbours or {},
        earlier=earlier,
        entries=entries or {},
        today=TODAY,
        randomised_on=randomised_on,
    )
    return compile_form(reminet, form).evaluate(answers, context)


def fired(evaluation) -> dict[str, str]:
    return {f"{one.item}.{one.check}": one.severity for one in evaluation.findings
            if one.check not in ("blank", "normal_range")}  # fmt: skip


CASES = [
    ("CONSENT", {"signed": "no", "copy_given": "no"}, {}, {"signed.not_signed": "soft",
                                                          "copy_given.copy_missing": "query"}),
    ("DEMOG", {"sex": "F", "birth_month": "1950-01", "childbearing": "possible"},
     {"forms": SCR}, {"childbearing.childbearing_age": "soft"}),
    ("DEMOG", {"birth_month": "2001-02"}, {"forms": SCR}, {"birth_month.age_odd": "soft"}),
    ("TUMOUR", {"l1_start": "2019-01-15", "l1_end": "2018-12"}, {}, {"l1_end.l1_order": "hard"}),
    ("TUMOUR", {"l1_start": "2018-12-15", "l1_end": "2018-12"}, {}, {}),
    ("TUMOUR", {"l1_start": "2018-08", "l1_end": "2018-12", "l1_months": "4.6"}, {}, {}),
    ("TUMOUR", {"l1_start": "2018", "l1_end": "2018-12-20", "l1_months": "4.6"}, {}, {}),
    ("TUMOUR", {"l1_start": "2018-08-01", "l1_end": "2018-12-20", "l1_months": "3.0"}, {},
     {"l1_months.l1_length": "soft"}),
    ("TUMOUR", {"l1_months": "2.6"}, {}, {"l1_months.range": "soft"}),
    ("TUMOUR", {"grade": "G1", "ki67": "8.0"}, {}, {"grade.grade_ki67": "soft"}),
    ("TUMOUR", {"grade": "G1", "ki67": "2.0"}, {}, {}),
    ("TUMOUR", {"grade": "G2", "ki67": "20.0"}, {}, {}),
    ("TUMOUR", {"bone_metastases": "yes", "extent": "metastatic", "metastases": ["liver"]}, {},
     {"bone_metastases.bone_site": "soft"}),
    ("TUMOUR", {"diagnosis_date": "2019", "l1_start": "2018-08"}, {},
     {"diagnosis_date.diagnosis_before_l1": "soft"}),
    ("VITALS", {"sbp": 120, "dbp": 130}, {}, {"dbp.pressures": "hard", "dbp.range": "soft"}),
    ("VITALS", {"weight": "59.3"}, {"previous": {"weight": "66.0"}},
     {"weight.weight_jump": "soft"}),
    ("VITALS", {"weight": "59.4"}, {"previous": {"weight": "66.0"}}, {}),
    ("VITALS", {"visit_date": "2019-01-27"}, {}, {"visit_date.after_consent": "soft"}),
    ("VITALS", {"visit_date": "2020-06-02"}, {}, {"visit_date.future": "hard"}),
    ("LAB", {"haemoglobin": "9.0"}, {"previous": {"haemoglobin": "12.1"}},
     {"haemoglobin.haemoglobin_drop": "soft"}),
    ("LAB", {"sampled_on": "2019-01-27"}, {}, {"sampled_on.sampled_after_consent": "soft"}),
    ("RECIST_BASE", {"imaging_date": "2019-01-10"}, {"randomised_on": None},
     {"imaging_date.recent": "note", "targets.rows": "note"}),
    ("ELIG", {"assessed_on": "2019-01-27"}, {"forms": SCR},
     {"assessed_on.assessed_after_consent": "hard"}),
    ("ELIG", {"assessed_on": "2019-02-08", "source_read": "no"}, {"forms": SCR},
     {"source_read.source_not_read": "note"}),
    ("INJ", {"visit_date": "2019-02-07"}, {}, {"visit_date.after_randomisation": "hard"}),
    ("INJ", {"visit_date": "2019-03-04", "injection": "given"}, {},
     {"visit_date.first_in_time": "query"}),
    ("INJ", {"visit_date": "2019-03-08", "injection": "given"},
     {"previous": {"visit_date": "2019-02-08"}}, {}),
    ("INJ", {"visit_date": "2019-03-13", "injection": "given"},
     {"previous": {"visit_date": "2019-02-08"}}, {"interval.window": "note"}),
    ("INJ", {"visit_date": "2019-03-18", "injection": "given"},
     {"previous": {"visit_date": "2019-02-08"}},
     {"interval.window": "note", "visit_date.deviation": "query"}),
    ("INJ", {"visit_date": "2019-04-08", "injection": "given"},
     {"previous": {"visit_date": "2019-02-08"}},
     {"interval.window": "note", "visit_date.deviation": "query", "visit_date.long_delay": "soft"}),
    ("INJ", {"visit_date": "2019-02-08"}, {"previous": {"visit_date": "2019-02-08"}},
     {"interval.window": "note", "visit_date.deviation": "query"}),
    ("INJ", {"visit_date": "2019-03-08"}, {"neighbours": {"before": {"visit_date": "2019-03-08"}}},
     {"visit_date.order": "hard"}),
    ("INJ", {"visit_date": "2019-03-08"}, {"neighbours": {"after": {"visit_date": "2019-03-08"}}},
     {"visit_date.order_after": "soft"}),
    ("INJ", {"weight": "59.0"}, {}, {"weight.weight_jump": "soft"}),
    ("RECIST", {"imaging_date": "2019-09-12", "visit_date": "2019-08-09"}, {},
     {"imaging_date.imaging_after_visit": "hard"}),
    ("RECIST", {"imaging_date": "2019-02-07"}, {}, {"imaging_date.after_randomisation": "hard"}),
    ("RECIST", {"imaging_date": "2019-02-08", "response": "PD"}, {},
     {"response.progression_day_zero": "hard", "response.progression": "note"}),
    ("RECIST", {"modality": "MRI"}, {}, {"modality.modality_changed": "note"}),
    ("RECIST", {"non_target": "NONE"}, {}, {"non_target.non_target_none": "soft"}),
    ("RECIST", {"imaging_date": "2019-05-10"},
     {"neighbours": {"before": {"imaging_date": "2019-05-10"},
                     "after": {"imaging_date": "2019-05-10"}}},
     {"imaging_date.order": "soft", "imaging_date.order_after": "soft"}),
    ("INJ", {"visit_date": "2019-12-02"}, DEATH, {"visit_date.after_death": "hard"}),
    ("INJ", {"visit_date": "2019-12-01"}, DEATH, {}),
    ("LAB", {"sampled_on": "2019-12-02"}, DEATH, {"sampled_on.after_death": "hard"}),
    ("VITALS", {"visit_date": "2019-12-02"}, DEATH, {"visit_date.after_death": "hard"}),
    ("RECIST", {"imaging_date": "2019-12-02"}, DEATH, {"imaging_date.after_death": "hard"}),
    ("CM", {"start": "2019-12-02"}, DEATH, {"start.after_death": "hard"}),
    ("CM", {"start": "2019-12"}, DEATH, {}),
    ("QOL", {"qol_date": "2019-12-02"}, DEATH,
     {"qol_date.after_death": "hard", "qol_date.first_after_randomisation": "soft"}),
    ("QOL", {"qol_date": "2019-01-27", "filled": "yes"}, {},
     {"qol_date.after_consent": "soft", "answered_c30.c30_blank": "soft",
      "answered_ginet21.ginet21_blank": "soft"}),
    ("EOT", {"end_date": "2019-09-01", "last_injection": "2019-09-02"}, {},
     {"last_injection.order": "hard"}),
    ("EOT", {"end_date": "2019-02-01"}, {}, {"end_date.after_randomisation": "hard"}),
    ("EOT", {"reason": "death"}, {}, {"reason.death_form": "query"}),
    ("EOT", {"reason": "death"}, DEATH, {}),
    ("SURV", {"contact_date": "2019-02-07"}, {}, {"contact_date.after_randomisation": "hard"}),
    ("SURV", {"contact_date": "2019-10-01", "last_news": "2019-10-02"}, {},
     {"last_news.news_order": "hard"}),
    ("SURV", {"contact_date": "2020-01-02", "last_news": "2020-01-02"}, DEATH,
     {"last_news.news_after_death": "hard"}),
    ("SURV", {"contact_date": "2020-01-02", "vital_status": "alive"}, DEATH,
     {"vital_status.alive_after_death": "soft"}),
    ("SURV", {"vital_status": "dead", "next_treatment": "yes"}, {},
     {"vital_status.death_form": "query", "next_treatment.next_form": "query"}),
    ("SURV", {"next_treatment": "yes"}, {"LOG": {"NEXT": {"start_date": "2019-10-01"}}}, {}),
    ("AE", {"start": "2019-05", "end": "2019-04-30", "ongoing": "no"}, {}, {"end.order": "hard"}),
    ("AE", {"start": "2019-05", "end": "2019-05-01", "ongoing": "no"}, {}, {}),
    ("AE", {"start": "2019", "end": "2019", "ongoing": "no"}, {}, {}),
    ("AE", {"start": "2018-12"}, {}, {"start.after_consent": "soft"}),
    ("AE", {"grade": "5", "outcome": "recovered", "serious": "yes"}, {},
     {"outcome.fatal": "hard", "grade.death_form": "query"}),
    ("AE", {"grade": "3", "outcome": "fatal", "serious": "yes"}, {}, {"outcome.fatal": "hard"}),
    ("AE", {"grade": "5", "outcome": "fatal", "serious": "yes"}, DEATH, {}),
    ("AE", {"grade": "4", "serious": "no", "related": "possible"}, {},
     {"serious.serious_grade": "soft", "grade.related_grade_4": "note"}),
    ("AE", {"ongoing": "yes", "outcome": "recovered"}, {}, {"ongoing.recovered_end": "soft"}),
    ("AE", {"term": "Alopecia", "grade": "3"}, {}, {"grade.graded": "hard"}),
    ("AE", {"term": "Alopecia", "grade": "2"}, {}, {}),
    ("AE", {"term": "Grey hair", "grade": "3"}, {}, {"term.listed": "soft"}),
    ("AE", {"term": "Cardiac disorders - Other, specify", "grade": "3"}, {},
     {"term.specify": "soft"}),
    ("AE", FATAL | {"start": "2019-11-20", "end": "2019-12-01"}, DEATH, {}),
    ("AE", FATAL | {"start": "2019-11", "end": "2019-12"}, DEATH, {}),
    ("AE", FATAL | {"start": "2019-11-20", "end": "2019-11-30"}, DEATH,
     {"end.fatal_end": "query"}),
    ("AE", FATAL | {"start": "2019-11", "end": "2020-01"}, DEATH, {"end.fatal_end": "query"}),
    ("AE", FATAL | {"start": "2019-12-02"}, DEATH, {"start.fatal_start": "query"}),
    ("AE", {"grade": "3", "outcome": "recovered", "start": "2019-12-02"}, DEATH,
     {"start.after_death": "hard"}),
    ("AE", {"serious": "yes", "start": "2019-05-02", "aware_on": "2019-05-01"}, {},
     {"aware_on.aware_before": "soft"}),
    ("AE", {"serious": "yes", "start": "2019-05", "aware_on": "2019-05-01"}, {}, {}),
    ("CM", {"start": "2019-05", "end": "2019-04", "ongoing": "no"}, {}, {"end.order": "hard"}),
    ("NEXT", {"start_date": "2019-02-07"}, {}, {"start_date.after_randomisation": "hard"}),
    ("NEXT", {"start_date": "2019-08-30"}, EOT, {"start_date.during_treatment": "soft"}),
    ("NEXT", {"start_date": "2019-12-02"}, EOT | DEATH, {"start_date.after_death": "hard"}),
    ("DEATH", {"death_date": "2019-02-07"}, {}, {"death_date.after_randomisation": "hard"}),
    ("DEATH", {"death_date": "2019-08-20"}, EOT, {"death_date.after_end_of_treatment": "soft"}),
    ("DEATH", {"death_date": "2019-08-09"}, EOT,
     {"death_date.after_end_of_treatment": "soft", "death_date.after_last_injection": "hard"}),
    ("DEATH", {"cause": "toxicity"}, {}, {"cause.fatal_event": "query"}),
    ("DEATH", {"cause": "toxicity"}, {"entries": {"AE": [{"id": "1"}, {"id": "2", "grade": "4"}]}},
     {"cause.fatal_event": "query"}),
    ("DEATH", {"cause": "toxicity"}, {"entries": {"AE": [{"id": "1"}, {"id": "2", "grade": "5"}]}},
     {}),
    ("DEATH", {"cause": "disease"}, {}, {}),
    ("DEATH", {"death_date": "2019-12-01"},
     {"entries": {"SURV": [{"id": "1"}, {"id": "2", "last_news": "2019-12-02"}]}},
     {"death_date.news_later": "hard"}),
    ("DEATH", {"death_date": "2019-12-02"},
     {"entries": {"SURV": [{"id": "2", "last_news": "2019-12-02"}]}}, {}),
    ("WITHDRAW", {"withdrawn_on": "2019-01-27"}, {}, {"withdrawn_on.after_consent": "hard"}),
    ("WITHDRAW", {"withdrawn_on": "2019-06-03", "scope": "treatment"}, {},
     {"scope.end_of_treatment": "query"}),
    ("WITHDRAW", {"withdrawn_on": "2019-09-02", "scope": "treatment"}, EOT, {}),
    ("WITHDRAW", {"withdrawn_on": "2019-08-09", "scope": "treatment"}, EOT | INJECTED,
     {"withdrawn_on.injection_later": "query"}),
    ("WITHDRAW", {"withdrawn_on": "2019-08-10", "scope": "treatment"}, EOT | INJECTED, {}),
    ("WITHDRAW", {"withdrawn_on": "2019-12-02", "scope": "treatment"}, EOT | DEATH,
     {"withdrawn_on.after_death": "hard"}),
    ("INJ", {"visit_date": "2019-09-02", "injection": "delayed"}, EOT,
     {"visit_date.after_end": "soft"}),
    ("INJ", {"visit_date": "2019-09-02", "injection": "not_given"}, EOT, {}),
    ("INJ", {"visit_date": "2019-09-01", "injection": "delayed"}, EOT, {}),
    ("INJ", {"visit_date": "2019-06-02", "injection": "delayed"},
     {"LOG": {"WITHDRAW": {"withdrawn_on": "2019-06-01", "scope": "treatment"}}},
     {"visit_date.after_withdrawal": "soft"}),
    ("EOT", {"last_injection": "2019-08-09", "end_date": "2019-09-01"}, INJECTED,
     {"last_injection.injection_later": "query"}),
    ("EOT", {"last_injection": {"missing": "not_applicable"}, "end_date": "2019-09-01"}, INJECTED,
     {"last_injection.injection_later": "query"}),
    ("EOT", {"last_injection": "2019-08-10", "end_date": "2019-09-01"}, INJECTED, {}),
    ("EOT", {"last_injection": "2019-08-12", "end_date": "2019-09-01"}, INJECTED, {}),
    ("EOT", {"reason": "progression"}, {}, {"reason.progression_form": "query"}),
    ("EOT", {"reason": "progression"},
     {"entries": {"RECIST": [{"id": "1", "response": "SD"}, {"id": "2", "response": "PD"}]}}, {}),
    ("EOT", {"reason": "toxicity"}, {}, {}),
    ("QOL", {"qol_date": "2019-05-10"},
     {"neighbours": {"before": {"qol_date": "2019-05-10"}, "after": {"qol_date": "2019-05-10"}},
      "earlier": ({"qol_date": "2019-02-01"},)},
     {"qol_date.order": "soft", "qol_date.order_after": "soft"}),
    ("QOL", {"qol_date": "2019-05-10"},
     {"forms": {"RECIST": {"imaging_date": "2019-06-08"}},
      "earlier": ({"qol_date": "2019-02-01"},)}, {"qol_date.with_images": "soft"}),
    ("QOL", {"qol_date": "2019-05-10"},
     {"forms": {"RECIST": {"imaging_date": "2019-06-07"}},
      "earlier": ({"qol_date": "2019-02-01"},)}, {}),
]  # fmt: skip


@pytest.mark.promise("DI-01")
@pytest.mark.parametrize(("form", "answers", "around", "expected"), CASES, ids=str)
def test_checks(reminet, form, answers, around, expected):
    evaluation = made(reminet, form, answers, **around)
    assert fired(evaluation) == expected
    for one in evaluation.findings:
        assert "{" not in one.sentence.en + one.sentence.fr
        assert "…" not in one.sentence.en


def test_every_check_of_every_form_is_seen_to_fire(reminet):
    seen = {(form, name.partition(".")[2]) for form, _, _, found in CASES for name in found}
    checks = {(form.name, check.name) for form in reminet.forms for check in form.checks}
    elsewhere = {
        ("RECIST", "differs"),
        ("RECIST_BASE", "measurable"),
        ("RECIST_BASE", "two_per_organ"),
        ("LAB", "pregnancy"),
        ("ELIG", "imaging_recent"),
        ("ELIG", "decision_include"),
        ("ELIG", "decision_failure"),
        ("INJ", "pressures"),
    }
    names = {(form, name.rpartition(".")[2]) for form, name in seen}
    assert checks - names == elsewhere


def test_no_check_fires_on_an_empty_form(reminet):
    for form in reminet.forms:
        bare = compile_form(reminet, form.name).evaluate({}, Context(today=TODAY))
        assert {one.check for one in bare.findings} <= {"blank", "rows"}
