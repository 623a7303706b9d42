"""The definition of REMINET itself: it loads, it is whole, and it hashes the same every time."""

import hashlib
import json
import re

import pytest

from crf.definition import Definition, check, compile_form, describe, load
from crf.definition.describe import check as check_from_describe

FORMS = {
    "CONSENT", "DEMOG", "TUMOUR", "VITALS", "LAB", "RECIST_BASE", "QOL", "ELIG",
    "INJ", "RECIST", "EOT", "SURV", "AE", "CM", "NEXT", "DEATH", "WITHDRAW",
}  # fmt: skip


def items_of(form):
    yield from form.items
    for group in form.groups:
        yield from group.items


def test_reminet_has_no_problem(folder):
    assert check(folder) == []
    assert check_from_describe is check


def test_reminet_has_every_form(reminet):
    assert set(reminet.form_by_name) == FORMS


@pytest.mark.promise("DI-10")
def test_same_text_same_hash(reminet, folder):
    assert load(folder).sha256 == reminet.sha256
    assert re.fullmatch(r"[0-9a-f]{64}", reminet.sha256)


def test_canonical_text_round_trips(reminet):
    again = Definition.from_json(reminet.to_json())
    assert again == reminet
    assert again.to_json() == reminet.to_json()
    assert again.sha256 == reminet.sha256


def test_an_older_version_reads_and_keeps_its_hash(reminet):
    """One that was published before the trial could mark serious events and kits."""
    told = json.loads(reminet.to_json())
    del told["trial"]["landmarks"]["serious"], told["trial"]["landmarks"]["kit"]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    old = Definition.from_json(text)
    assert old.trial.landmarks.serious is None
    assert old.trial.landmarks.kit is None
    assert old.to_json() == text
    assert old.sha256 == hashlib.sha256(text.encode()).hexdigest() != reminet.sha256


def test_serious_is_what_the_definition_says(reminet):
    mark = reminet.trial.landmarks.serious
    assert mark.told_by({"serious": "yes"})
    assert not mark.told_by({"serious": "no"})
    assert not mark.told_by({"serious": {"missing": "unknown"}})
    assert not mark.told_by({})


def test_a_text_of_another_shape_is_refused(reminet):
    with pytest.raises((ValueError, KeyError, TypeError)):
        Definition.from_json(reminet.to_json().replace('"acronym"', '"nickname"', 1))


def test_every_form_compiles_once(reminet):
    for name in FORMS:
        assert compile_form(reminet, name) is compile_form(reminet, name)


def test_every_word_has_french(reminet):
    words = [(f"{f.name}.{i.name}", i.label) for f in reminet.forms for i in items_of(f)]
    words += [(f.name, f.title) for f in reminet.forms]
    words += [(f"{f.name}.{s.name}", s.title) for f in reminet.forms for s in f.sections]
    words += [(f"{f.name}.{c.name}", c.sentence) for f in reminet.forms for c in f.checks]
    words += [(c.number, c.text) for c in reminet.criteria]
    words += [(f"{c.name}.{k.code}", k.label) for c in reminet.codelists for k in c.codes]
    words += [(i.name, i.hint) for f in reminet.forms for i in items_of(f) if i.hint.en]
    assert [name for name, text in words if not text.fr] == []


def test_no_item_identifies_a_participant(reminet):
    for form in reminet.forms:
        for item in items_of(form):
            assert not re.search(r"name|initial|address|hospital_id|phone|mail", item.name)
    birth = [i for f in reminet.forms for i in items_of(f) if "birth" in i.name]
    assert [(i.name, i.type, i.finest) for i in birth] == [("birth_month", "partial_date", "month")]


def test_the_whole_text_can_be_read(reminet):
    for language in ("en", "fr"):
        text = describe(reminet, language)
        for form in reminet.forms:
            assert f"\n{form.name} " in text
            for item in items_of(form):
                assert f"{item.name}: {item.label.get(language)}" in text
        assert reminet.sha256 in text


def test_the_published_and_the_assumed_are_told_apart(reminet):
    assert {"p0", "p1", "events_planned", "information_fractions"} <= set(reminet.plan.assumed)
    assert {"method", "probability", "factors"} <= set(reminet.randomisation.assumed)
    assert "planned_participants" not in reminet.trial.assumed
    assert all(criterion.tag in "SA" for criterion in reminet.criteria)


def test_the_plan_is_the_protocols(reminet):
    plan, trial = reminet.plan, reminet.trial
    assert (plan.p0, plan.p1, plan.evaluable_per_arm, plan.promising_at_least) == (0.4, 0.6, 56, 29)
    assert (plan.window_first_day, plan.window_last_day, plan.status_day) == (168, 196, 182.625)
    assert (plan.information_fractions, plan.events_planned) == ((0.5, 1.0), 170)
    assert (trial.planned_participants, trial.planned_centres, trial.centres_open) == (118, 30, 24)


def test_an_arm_is_said_in_words_to_who_is_shown_it(reminet):
    plan = reminet.randomisation
    assert plan.arm_in_words("PBO", "en") == "placebo (PBO)"
    assert plan.arm_in_words("LAN", "fr") == "lanréotide autogel 120 mg (LAN)"
    assert plan.arm_in_words("OTHER", "en") == "OTHER"
