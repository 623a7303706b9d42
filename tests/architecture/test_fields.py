"""Every column of ours is classified, and clinical columns stand only where they may."""

from pathlib import Path

import pytest
from django.apps import apps

from tests.architecture.field_classes import CLASSES, FIELDS

ROOMS = {"reminet_site", "crf", "randomisation", "analysis", "simulation"}
# Clinical data outside the wall of a centre: read by the whole trial's statistics alone.
# A reading has none on purpose: docs/adr/0039.
WHOLE_TRIAL = {"analysis.snapshot", "crf.centralreading"}


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


@pytest.mark.promise("PR-03")
def test_no_table_ties_a_participant_to_an_identity():
    """Beside a participant stand codes, answers, states and days; persons there are staff, by
    account. A text of its own is free text of an act, and is looked at before it is written."""
    from reminet_site.models import User

    texts = {"comments", "text", "reason"}
    for model in models():
        known = FIELDS[model._meta.label_lower]
        about = {"participant", "participants"} & set(known) or model._meta.model_name in (
            "participant",
            "snapshot",
        )
        for field in model._meta.concrete_fields if about else ():
            if known[field.name] == "person":
                assert field.related_model is User, f"{model._meta.label}.{field.name}"
            if known[field.name] == "text":
                assert field.name in texts, f"{model._meta.label}.{field.name}"


@pytest.mark.promise("PR-03")
def test_no_file_that_leaves_has_a_column_for_an_identity():
    """Releases, files of the trail and the API have their columns from the definition, whose
    items the loader has judged, and from lists of names that are judged here the same way."""
    from analysis.release.derived import meanings
    from analysis.release.layout import tables
    from crf.definition import Text, load
    from crf.definition.identity import identifying
    from crf.definition.model import Item
    from reminet_site.trail.copies import HEADER as TRAIL

    definition = load(Path(__file__).parents[2] / "crf" / "definitions" / "reminet")
    headers = [table.header for table in tables([definition])]
    derived = [name for name, _meaning in meanings(by_arm=True)]
    for name in {name for header in (*headers, derived, TRAIL) for name in header}:
        words = name.replace("_missing", "").replace("_label", "")
        assert identifying(Item(words, Text(words), "text")) is None, name


@pytest.mark.promise("PR-01")
def test_no_column_identifies_a_participant():
    words = {"initials", "birth_date", "birthdate", "address", "phone", "surname", "firstname"}
    for label, known in FIELDS.items():
        clinical = {name for name, kind in known.items() if kind in {"clinical", "key"}}
        assert not clinical & words, label
