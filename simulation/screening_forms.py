"""The casebook before randomisation: one sheet a form of the screening visit."""

from __future__ import annotations

from datetime import date

from simulation.body import Body, can_become_pregnant
from simulation.cohort import stream
from simulation.questionnaires import questionnaire
from simulation.sheets import PHYSICIAN, Answers, Sheet, day, yes
from simulation.subjects import Subject

MONTH = 30.4375
WHY_NOT = {
    "progression": "Progression at the end of the first line",
    "grade": "G3 on review of the histology",
    "performance": "Performance status 3",
    "neutrophils": "Neutropenia after the first line, not recovered",
    "two_lines": "Second systemic line given",
    "other_cancer": "Another cancer three years ago",
}


def sheets(subject: Subject, body: Body, seed: str) -> list[Sheet]:
    """Every form of the visit, in the order in which it is filled in."""
    signed, seen = subject.consented_on, subject.imaged_on
    return [
        Sheet(signed, "SCR", "CONSENT", consent(signed)),
        Sheet(signed, "SCR", "DEMOG", demography(subject)),
        Sheet(seen, "SCR", "TUMOUR", tumour(subject), writer=PHYSICIAN),
        Sheet(seen, "SCR", "VITALS", body.examination(seen, first=True)),
        Sheet(seen, "SCR", "LAB", body.laboratory(seen, first=True)),
        Sheet(seen, "SCR", "RECIST_BASE", baseline(subject, seed), writer=PHYSICIAN),
        Sheet(seen, "SCR", "QOL", questionnaire(subject, "SCR", seen, seed, worse=False)),
        Sheet(subject.randomised_on, "SCR", "ELIG", eligibility(subject), writer=PHYSICIAN),
    ]


def consent(on: date) -> Answers:
    return {
        "signed": "yes",
        "consent_date": day(on),
        "information_version": "2.1" if on.year < 2018 else "3.0",
        "copy_given": "yes",
        "samples": "yes",
    }


def demography(subject: Subject) -> Answers:
    made: Answers = {
        "birth_month": f"{subject.birth_year:04d}-{subject.birth_month:02d}",
        "sex": subject.sex,
    }
    if subject.sex == "M":
        return made | {"contraception": "yes"}
    possible = can_become_pregnant(subject)
    made |= {"childbearing": "possible" if possible else "menopause", "breast_feeding": "no"}
    return made | ({"contraception": "yes"} if possible else {})


def tumour(subject: Subject) -> Answers:
    disease = subject.tumour
    made: Answers = {
        "assessed_on": day(subject.imaged_on),
        "diagnosis_date": day(disease.diagnosed)[:7],
        "primary_site": disease.primary,
        "extent": "metastatic" if disease.metastatic else "locally_advanced",
        "resectable": "no",
        "function": "gastrinoma" if disease.gastrinoma else "none",
        "progressive_metastases": yes(disease.progressive),
        "symptomatic_metastases": yes(disease.symptomatic),
        "liver_invasion": disease.liver_invasion,
        "bone_metastases": yes(disease.bone),
        "histology_date": day(disease.diagnosed)[:7],
        "differentiation": "well",
        "ki67": str(disease.ki67),
        "grade": disease.grade,
        "histology_confirmed": "yes",
        "surgery_before": yes(not disease.metastatic and subject.key % 2 == 0),
        "analogue_before": yes(subject.earlier_analogue),
        "prrt_before": "no",
    }
    if disease.gastrinoma:
        made["ppi_control"] = "yes"
    if disease.metastatic:
        made["metastases"] = metastases(subject)
    return made | first_line(subject)


def metastases(subject: Subject) -> list[str]:
    found = {lesion.organ for lesion in subject.tumour.targets} & {"liver", "node"}
    found |= {"liver"} if subject.tumour.liver_invasion != "none" else set()
    found |= {"bone"} if subject.tumour.bone else set()
    return [organ for organ in ("liver", "node", "bone") if organ in found]


def first_line(subject: Subject) -> Answers:
    disease = subject.tumour
    length = (disease.l1_stop - disease.l1_start).days / MONTH
    return {
        "l1_lines": 2 if subject.failure == "two_lines" else 1,
        "l1_regimen": disease.regimen,
        "l1_start": day(disease.l1_start),
        "l1_end": day(disease.l1_stop),
        "l1_months": f"{length:.1f}",
        "l1_response": disease.response,
        "l1_imaging_date": day(subject.imaged_on),
    }


def baseline(subject: Subject, seed: str) -> Answers:
    """Target lesions, rows r1, r2, ...; non-target lesions where there are any."""
    disease = subject.tumour
    made: Answers = {
        "imaging_date": day(subject.imaged_on),
        "modality": modality(subject, seed),
        "contrast": "yes",
        "bone_scan": yes(disease.bone),
        "targets": [
            {"id": f"r{place}", "organ": one.organ, "site": one.site, "mm": f"{one.mm}.0"}
            for place, one in enumerate(disease.targets, start=1)
        ],
        "non_target": yes(bool(disease.non_targets)),
    }
    if disease.non_targets:
        made |= {
            "non_target_sites": list(disease.non_targets),
            "non_target_text": "Several smaller lesions",
        }
    return made


def modality(subject: Subject, seed: str) -> str:
    return stream(seed, f"modality {subject.key}").choices(("CT", "MRI", "CT_MRI"), (7, 2, 1))[0]


def eligibility(subject: Subject) -> Answers:
    made: Answers = {
        "assessed_on": day(subject.randomised_on),
        "cure_planned": "no",
        "hypersensitivity": "no",
        "gallstones": "no",
        "diabetes_uncontrolled": "no",
        "other_cancer": yes(subject.failure == "other_cancer"),
        "source_read": "yes",
        "participant_willing": "yes",
        "decision": "include" if subject.randomised else "screen_failure",
    }
    return made if subject.randomised else made | {"failure_reason": WHY_NOT[subject.failure]}
