"""Each check of REMINET at its limit: silent on one side, said on the other."""

import pytest

from tests.unit.definition.test_reminet_checks import DEATH, EOT, SCR, R, fired, made
from tests.unit.definition.test_reminet_derived import baseline

SCREENED = {"forms": SCR}
DAY = {"previous": {"visit_date": "2019-03-01"}}
BESIDE = {"neighbours": {"before": {"visit_date": "2019-03-01"},
                         "after": {"visit_date": "2019-03-29"}}}  # fmt: skip
WAS_66 = {"previous": {"weight": "66.0"}}
FEMALE = {"sex": "F", "childbearing": "possible"}
FILLED = {"filled": "yes"} | {f"q{n}": 2 for n in range(1, 52)}
FIRST_LINE = {"l1_start": "2018-08-01", "l1_end": "2018-12-01"}  # 122 days: 3.5 to 4.5 months
# form, what is around, silent, said, check
LIMITS = [
    ("AE", {}, {"start": "2019-01-28"}, {"start": "2019-01-27"}, "after_consent"),
    ("AE", {}, {"start": "2019-05-01", "end": "2019-05-01", "ongoing": "no"},
     {"start": "2019-05-02", "end": "2019-05-01", "ongoing": "no"}, "order"),
    ("AE", {}, {"grade": "4", "related": "unrelated"}, {"grade": "4", "related": "related"},
     "related_grade_4"),
    ("AE", {}, {"grade": "3", "related": "related"}, {"grade": "4", "related": "possible"},
     "related_grade_4"),
    ("CM", {}, {"start": "2019-05-01", "end": "2019-05-01", "ongoing": "no"},
     {"start": "2019-05-02", "end": "2019-05-01", "ongoing": "no"}, "order"),
    ("DEATH", {}, {"death_date": "2019-02-08"}, {"death_date": "2019-02-07"},
     "after_randomisation"),
    ("DEATH", EOT, {"death_date": "2019-09-01"}, {"death_date": "2019-08-31"},
     "after_end_of_treatment"),
    ("DEATH", EOT, {"death_date": "2019-08-10"}, {"death_date": "2019-08-09"},
     "after_last_injection"),
    ("DEMOG", SCREENED, {"birth_month": "2000-12"}, {"birth_month": "2001-01"}, "age_odd"),
    ("DEMOG", SCREENED, {"birth_month": "1923-01"}, {"birth_month": "1922-12"}, "age_odd"),
    ("DEMOG", SCREENED, FEMALE | {"birth_month": "1958-01"},
     FEMALE | {"birth_month": "1957-12"}, "childbearing_age"),
    ("DEMOG", SCREENED, FEMALE | {"childbearing": "menopause", "birth_month": "1950-01"},
     FEMALE | {"birth_month": "1950-01"}, "childbearing_age"),
    ("ELIG", SCREENED, {"assessed_on": "2019-01-28"}, {"assessed_on": "2019-01-27"},
     "assessed_after_consent"),
    ("ELIG", {"forms": {"RECIST_BASE": {"imaging_date": "2019-01-11"}}},
     {"assessed_on": "2019-02-08"}, None, "imaging_recent"),
    ("ELIG", {"forms": {"RECIST_BASE": {"imaging_date": "2019-01-10"}}},
     None, {"assessed_on": "2019-02-08"}, "imaging_recent"),
    ("EOT", {}, {"end_date": "2019-09-01", "last_injection": "2019-09-01"},
     {"end_date": "2019-09-01", "last_injection": "2019-09-02"}, "order"),
    ("EOT", {}, {"end_date": "2019-02-08"}, {"end_date": "2019-02-07"}, "after_randomisation"),
    ("INJ", {}, {"visit_date": "2019-02-08"}, {"visit_date": "2019-02-07"}, "after_randomisation"),
    ("INJ", BESIDE, {"visit_date": "2019-03-02"}, {"visit_date": "2019-03-01"}, "order"),
    ("INJ", BESIDE, {"visit_date": "2019-03-28"}, {"visit_date": "2019-03-29"}, "order_after"),
    ("INJ", {}, {"sbp": 120, "dbp": 119}, {"sbp": 120, "dbp": 120}, "pressures"),
    ("INJ", {}, {"weight": "59.4"}, {"weight": "59.3"}, "weight_jump"),
    ("INJ", {}, {"weight": "72.6"}, {"weight": "72.7"}, "weight_jump"),
    ("INJ", {}, {"injection": "given", "visit_date": "2019-03-03"},
     {"injection": "given", "visit_date": "2019-03-04"}, "first_in_time"),
    ("INJ", {}, {"injection": "not_given", "visit_date": "2019-03-04"},
     {"injection": "given", "visit_date": "2019-03-04"}, "first_in_time"),
    ("INJ", DAY, {"visit_date": "2019-03-26"}, {"visit_date": "2019-03-25"}, "window"),
    ("INJ", DAY, {"visit_date": "2019-04-01"}, {"visit_date": "2019-04-02"}, "window"),
    ("INJ", DAY, {"visit_date": "2019-03-22"}, {"visit_date": "2019-03-21"}, "deviation"),
    ("INJ", DAY, {"visit_date": "2019-04-05"}, {"visit_date": "2019-04-06"}, "deviation"),
    ("INJ", DAY, {"injection": "given", "visit_date": "2019-04-26"},
     {"injection": "given", "visit_date": "2019-04-27"}, "long_delay"),
    ("INJ", DAY, {"injection": "not_given", "visit_date": "2019-04-27"},
     {"injection": "given", "visit_date": "2019-04-27"}, "long_delay"),
    ("LAB", {"previous": {"haemoglobin": "12.1"}}, {"haemoglobin": "9.1"}, {"haemoglobin": "9.0"},
     "haemoglobin_drop"),
    ("LAB", {}, {"sampled_on": "2019-01-28"}, {"sampled_on": "2019-01-27"},
     "sampled_after_consent"),
    ("LAB", {"SCR": SCR | {"DEMOG": {"childbearing": "possible"}}},
     {"pregnancy_test": "negative"}, {"pregnancy_test": "positive"}, "pregnancy"),
    ("NEXT", {}, {"start_date": "2019-02-08"}, {"start_date": "2019-02-07"},
     "after_randomisation"),
    ("NEXT", EOT, {"start_date": "2019-09-01"}, {"start_date": "2019-08-31"}, "during_treatment"),
    ("NEXT", DEATH, {"start_date": "2019-12-01"}, {"start_date": "2019-12-02"}, "after_death"),
    ("RECIST", {}, {"imaging_date": "2019-08-09", "visit_date": "2019-08-09"},
     {"imaging_date": "2019-08-10", "visit_date": "2019-08-09"}, "imaging_after_visit"),
    ("RECIST", {}, {"imaging_date": "2019-02-08"}, {"imaging_date": "2019-02-07"},
     "after_randomisation"),
    ("RECIST", {}, {"imaging_date": "2019-02-09", "response": "PD"},
     {"imaging_date": "2019-02-08", "response": "PD"}, "progression_day_zero"),
    ("RECIST", {}, {"imaging_date": "2019-02-08", "response": "SD"},
     {"imaging_date": "2019-02-08", "response": "PD"}, "progression_day_zero"),
    ("RECIST_BASE", {"randomised_on": R}, {"imaging_date": "2019-01-11"},
     {"imaging_date": "2019-01-10"}, "recent"),
    ("QOL", DEATH, {"qol_date": "2019-12-01"}, {"qol_date": "2019-12-02"}, "after_death"),
    ("QOL", {}, {"qol_date": "2019-01-28"}, {"qol_date": "2019-01-27"}, "after_consent"),
    ("QOL", {}, {"qol_date": "2019-02-08"}, {"qol_date": "2019-02-09"},
     "first_after_randomisation"),
    ("QOL", {}, FILLED, {n: v for n, v in FILLED.items() if n != "q30"}, "c30_blank"),
    ("QOL", {}, FILLED, {n: v for n, v in FILLED.items() if n != "q50"}, "ginet21_blank"),
    ("SURV", {}, {"contact_date": "2019-02-08"}, {"contact_date": "2019-02-07"},
     "after_randomisation"),
    ("SURV", DEATH, {"last_news": "2019-12-01"}, {"last_news": "2019-12-02"}, "news_after_death"),
    ("SURV", DEATH, {"vital_status": "alive", "contact_date": "2019-12-01"},
     {"vital_status": "alive", "contact_date": "2019-12-02"}, "alive_after_death"),
    ("SURV", {}, {"last_news": "2019-10-01", "contact_date": "2019-10-01"},
     {"last_news": "2019-10-02", "contact_date": "2019-10-01"}, "news_order"),
    ("TUMOUR", {}, {"l1_start": "2018-12-01", "l1_end": "2018-12-01"},
     {"l1_start": "2018-12-02", "l1_end": "2018-12-01"}, "l1_order"),
    ("TUMOUR", {}, FIRST_LINE | {"l1_months": "4.5"}, FIRST_LINE | {"l1_months": "4.6"},
     "l1_length"),
    ("TUMOUR", {}, FIRST_LINE | {"l1_months": "3.5"}, FIRST_LINE | {"l1_months": "3.4"},
     "l1_length"),
    ("TUMOUR", {}, {"grade": "G1", "ki67": "2.0"}, {"grade": "G1", "ki67": "2.1"}, "grade_ki67"),
    ("TUMOUR", {}, {"grade": "G2", "ki67": "20.0"}, {"grade": "G2", "ki67": "20.1"}, "grade_ki67"),
    ("TUMOUR", {}, {"diagnosis_date": "2018-08-01", "l1_start": "2018-08-01"},
     {"diagnosis_date": "2018-08-02", "l1_start": "2018-08-01"}, "diagnosis_before_l1"),
    ("VITALS", {}, {"sbp": 120, "dbp": 119}, {"sbp": 120, "dbp": 120}, "pressures"),
    ("VITALS", WAS_66, {"weight": "72.6"}, {"weight": "72.7"}, "weight_jump"),
    ("VITALS", {}, {"visit_date": "2019-01-28"}, {"visit_date": "2019-01-27"}, "after_consent"),
]  # fmt: skip


def names(evaluation) -> set[str]:
    return {name.rpartition(".")[2] for name in fired(evaluation)}


@pytest.mark.promise("VA-03")
@pytest.mark.parametrize(("form", "around", "silent", "said", "check"), LIMITS, ids=str)
def test_a_check_at_its_limit(reminet, form, around, silent, said, check):
    if silent is not None:
        assert check not in names(made(reminet, form, silent, **around))
    if said is not None:
        assert check in names(made(reminet, form, said, **around))


def test_target_lesions_at_their_limit(reminet):
    for organ, least in (("liver", "10.0"), ("node", "15.0")):
        below = f"{float(least) - 0.1:.1f}"
        assert "measurable" not in names(baseline(reminet, (organ, least)))
        assert "measurable" in names(baseline(reminet, (organ, below)))


def test_two_lesions_an_organ_at_the_limit(reminet):
    two = (("liver", "20"), ("liver", "20"), ("bone", "20"), ("bone", "20"))
    assert "two_per_organ" not in names(baseline(reminet, *two))
    assert "two_per_organ" in names(baseline(reminet, *two[:2], ("liver", "20")))
    assert "two_per_organ" in names(baseline(reminet, ("liver", "20"), *two[:2], ("other", "20")))
    # "other" stands for several organs
    assert "two_per_organ" not in names(baseline(reminet, *(("other", "20"),) * 3))


@pytest.mark.parametrize(
    ("response", "said"), [("SD", False), ("PR", True), ("PD", True), ("NE", True)]
)
def test_a_response_that_differs(reminet, response, said):
    base = {"imaging_date": "2019-08-09", "new_lesions": "no", "non_target": "NON_CR_NON_PD"}
    rows = [{"id": f"r{i}", "mm": mm} for i, mm in enumerate(("42", "27", "21", "18"), 1)]
    evaluation = made(reminet, "RECIST", base | {"targets": rows, "response": response})
    assert ("differs" in names(evaluation)) is said
