"""What an investigator types for a participant who may be randomised, as POST names and values.

The days hang on the clinical day, so that the windows of the protocol hold on any date.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from crf import actions
from crf.models import Entry, Participant
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.models import Centre, User
from reminet_site.roles import Verb

Raw = Mapping[str, str | Sequence[str]]


def typed(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def screening(today: date) -> dict[str, Raw]:
    """Form -> what is typed in it, in the order of the visit."""
    ago = {days: today - timedelta(days=days) for days in (0, 1, 3, 5, 20)}
    return {
        "CONSENT": {
            "signed": "yes",
            "consent_date": typed(ago[5]),
            "information_version": "2.1",
            "copy_given": "yes",
        },
        "DEMOG": {
            "birth_month.month": "05",
            "birth_month.year": "1961",
            "sex": "F",
            "childbearing": "menopause",
            "breast_feeding": "no",
        },
        "TUMOUR": tumour(today),
        "VITALS": {
            "visit_date": typed(ago[3]),
            "ps": "1",
            "weight": "68.5",
            "height": "170",
            "sbp": "128",
            "dbp": "76",
            "heart_rate": "72",
            "temperature": "36.8",
            "ecg": "normal",
            "qtc": "410",
        },
        "LAB": laboratory(ago[3]),
        "RECIST_BASE": baseline(ago[3]),
        "QOL": questionnaire(ago[3]),
        "ELIG": {
            "assessed_on": typed(ago[0]),
            "cure_planned": "no",
            "hypersensitivity": "no",
            "gallstones": "no",
            "diabetes_uncontrolled": "no",
            "other_cancer": "no",
            "source_read": "yes",
            "participant_willing": "yes",
        },
    }


def questionnaire(day: date) -> Raw:
    """Every question answered, as far as it applies before the treatment."""
    apart = (39, 40)
    asked = [n for n in range(1, 52) if n not in apart]
    return (
        {"qol_date": typed(day), "filled": "yes"}
        | {f"q{n}": "5" if n in (29, 30) else str(1 + n % 3) for n in asked}
        | {f"q{n}.missing": "not_applicable" for n in apart}
        | {"uniscale": "63"}
    )


def tumour(today: date) -> Raw:
    """A first line of four months that ended some weeks ago; the days of it are not all known."""
    start, end = today - timedelta(days=150), today - timedelta(days=28)
    return {
        "assessed_on": typed(today - timedelta(days=3)),
        "diagnosis_date.day": "UK",
        "diagnosis_date.month": "UK",
        "diagnosis_date.year": str(start.year - 1),
        "primary_site": "pancreas",
        "extent": "metastatic",
        "metastases": ["liver", "node"],
        "resectable": "no",
        "function": "none",
        "progressive_metastases": "yes",
        "symptomatic_metastases": "no",
        "liver_invasion": "up_to_30",
        "bone_metastases": "no",
        "histology_date.day": "UK",
        "histology_date.month": f"{start:%m}",
        "histology_date.year": str(start.year - 1),
        "differentiation": "well",
        "ki67": "8",
        "grade": "G2",
        "histology_confirmed": "yes",
        "l1_lines": "1",
        "l1_regimen": "temozolomide",
        "l1_start.day": f"{start:%d}",
        "l1_start.month": f"{start:%m}",
        "l1_start.year": f"{start:%Y}",
        "l1_end.day": f"{end:%d}",
        "l1_end.month": f"{end:%m}",
        "l1_end.year": f"{end:%Y}",
        "l1_months": "4",
        "l1_response": "SD",
        "l1_imaging_date": typed(today - timedelta(days=20)),
        "surgery_before": "no",
        "analogue_before": "no",
        "prrt_before": "no",
    }


def laboratory(day: date) -> Raw:
    return {
        "sampled_on": typed(day),
        "fasting": "yes",
        "haemoglobin": "13.2",
        "neutrophils": "3.40",
        "platelets": "210",
        "bilirubin": "9.0",
        "ast": "28",
        "alt": "31",
        "alp": "88",
        "creatinine": "70",
        "glucose": "5.1",
        "chromogranin_a.missing": "not_done",
    }


def baseline(day: date) -> Raw:
    """Two target lesions; typed by hand each becomes a row of its own."""
    return {
        "imaging_date": typed(day),
        "modality": "CT",
        "contrast": "yes",
        "targets.r1": "1",
        "targets.r1.organ": "liver",
        "targets.r1.site": "segment VI",
        "targets.r1.mm": "31.0",
        "targets.r2": "1",
        "targets.r2.organ": "node",
        "targets.r2.site": "coeliac",
        "targets.r2.mm": "18.5",
        "non_target": "no",
    }


def screened(centre: Centre, by: User) -> Participant:
    """A participant of the journey's own, in screening since six days."""
    actor = Actor.of(by, Verb.SCREEN)
    with acting(actor):
        day = clinical_today(centre) - timedelta(days=6)
        return actions.screen_participant(centre=centre, screened_on=day, by=actor)


def enter(participant: Participant, by: User, *forms: str, **changes: Any) -> None:
    """Some forms of screening are saved already, as `by` would have typed them."""
    records = screening(clinical_today(participant.centre))
    actor = Actor.of(by, Verb.ENTER_DATA)
    for form in forms or records:
        raw = {**records[form], **changes}
        values = {n: [v] if isinstance(v, str) else list(v) for n, v in raw.items()}
        with acting(actor):
            actions.save_entry(
                participant=participant, visit="SCR", form=form, raw=values, version=0, by=actor
            )


def saved(participant: Participant, form: str) -> Entry | None:
    with acting(Actor.system("tests")):
        return Entry.objects.filter(participant=participant, form=form).first()
