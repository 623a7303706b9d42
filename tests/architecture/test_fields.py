"""Every column of ours is classified, and clinical columns stand only where they may."""

import pytest
from django.apps import apps

from tests.architecture.field_classes import CLASSES, FIELDS

ROOMS = {"reminet_site", "crf", "randomisation", "analysis", "simulation"}
# Clinical data outside the wall of a centre: read by the whole trial's statistics alone.
WHOLE_TRIAL = {"analysis.snapshot"}


def models():
    return [m for m in apps.get_models() if m._meta.app_label in ROOMS and m._meta.managed]


@pytest.mark.promise("PR-03")
@pytest.mark.parametrize("model", models(), ids=lambda m: m._meta.label_lower)
def test_every_field_is_classified(model):
    known = FIELDS.get(model._meta.label_lower, {})
    assert set(known) == {field.name for field in model._meta.concrete_fields}
    assert set(known.values()) <= CLASSES


def test_no_model_is_described_that_does_not_exist():
    assert set(FIELDS) == {model._meta.label_lower for model in models()}


@pytest.mark.promise("AC-02")
def test_what_is_clinical_names_its_centre():
    for label, known in FIELDS.items():
        if {"clinical", "blind"} & set(known.values()) and label not in WHOLE_TRIAL:
            assert "centre" in known, f"{label} holds clinical data and names no centre"


@pytest.mark.promise("PR-01")
def test_no_column_identifies_a_participant():
    words = {"initials", "birth_date", "birthdate", "address", "phone", "surname", "firstname"}
    for label, known in FIELDS.items():
        clinical = {name for name, kind in known.items() if kind in {"clinical", "key"}}
        assert not clinical & words, label
