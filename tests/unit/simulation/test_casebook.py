"""Every page of the script passes the checks of the definition, complete, form by form."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crf.definition import Context, Definition, compile_form, load
from simulation import script
from simulation.outcomes import OWN_FILE, read
from simulation.safety import MILD, SEVERE, WORSE
from simulation.script import Part, Script
from simulation.sheets import Sheet
from simulation.source_records import Calendar
from tests.unit.simulation.test_nature import PLAN

FOLDER = Path(__file__).parents[3] / "crf" / "definitions" / "reminet"
# What people are asked to confirm with a comment: first lines outside 3-6 months, and the like.
USUAL = {("TUMOUR", "l1_months"), ("TUMOUR", "ki67"), ("TUMOUR", "l1_lines")}


@pytest.fixture(scope="module")
def definition() -> Definition:
    return load(FOLDER)


@pytest.fixture(scope="module")
def made() -> Script:
    return script.write(read(OWN_FILE), PLAN, "test", Calendar())


class Casebook:
    """What is known of one participant while the pages are filled in."""

    def __init__(self, definition: Definition, part: Part) -> None:
        self.definition, self.part = definition, part
        self.visits: dict[str, dict[str, Any]] = {}
        self.done: list[tuple[str, str, date, dict[str, Any]]] = []

    def fill(self, sheet: Sheet) -> Any:
        form = compile_form(self.definition, sheet.form)
        answers = sheet.answers | ({"kit": "123456"} if sheet.needs_kit else {})
        found = form.process(form.raw(answers), self.context(sheet))
        if sheet.number == 1:
            self.visits.setdefault(sheet.visit, {})[sheet.form] = found.answers
        if form.form.dated_by:
            self.done.append((sheet.visit, sheet.form, sheet.day, found.answers))
        return found

    def context(self, sheet: Sheet) -> Context:
        before = [one for one in self.done if one[1] == sheet.form and one[2] < sheet.day]
        before.sort(key=lambda one: one[2])
        subject = self.part.subject
        return Context(
            forms=self.visits.get(sheet.visit, {}),
            previous=self.visits.get(before[-1][0], {}) if before else {},
            visits=self.visits,
            earlier=[one[3] for one in before],
            today=sheet.day,
            randomised_on=None if sheet.visit == "SCR" else subject.randomised_on,
            screened_on=subject.consented_on,
        )


def test_every_page_is_accepted_and_complete(definition: Definition, made: Script) -> None:
    for part in made.parts:
        casebook = Casebook(definition, part)
        for sheet in (*part.screening, *part.follow_up):
            found = casebook.fill(sheet)
            assert not found.of("hard"), (sheet, found.of("hard"))
            soft = {(sheet.form, one.item) for one in found.of("soft")}
            assert soft <= USUAL, (sheet, found.of("soft"))
            assert found.complete, (sheet, found.completeness)


def test_ctcae_defines_every_grade_that_may_be_drawn(definition: Definition) -> None:
    table = definition.dictionary_by_name["ctcae"]
    mild = {(term, grade) for term, _weight, _related in MILD for grade in "12"}
    drawn = mild | {(term, "3") for term, _related in SEVERE} | {(term, "4") for term in WORSE}
    for term, grade in drawn:
        found = table.find(term)
        assert found is not None, term
        assert (found.name, grade in found.grades) == (term, True), grade


def test_eligible_are_those_who_are_randomised(definition: Definition, made: Script) -> None:
    for part in made.parts:
        casebook = Casebook(definition, part)
        for sheet in part.screening:
            casebook.fill(sheet)
        on = part.subject.randomised_on
        context = Context(
            forms=casebook.visits["SCR"],
            visits=casebook.visits,
            today=on,
            screened_on=part.subject.consented_on,
        )
        assert definition.eligibility.eligible(context) == part.subject.randomised, part.subject


def test_grade_3_4_in_nine_and_six(made: Script) -> None:
    counted = {"LAN": 0, "PBO": 0}
    for part in made.parts:
        grades = [sheet.answers["grade"] for sheet in part.follow_up if sheet.form == "AE"]
        if set(grades) & {"3", "4"}:
            counted[part.subject.arm] += 1
    assert counted == {"LAN": 9, "PBO": 6}


def test_nothing_of_an_arm_is_on_a_page(made: Script) -> None:
    for part in made.parts:
        for sheet in (*part.screening, *part.follow_up):
            assert "LAN" not in str(sheet.answers)
            assert "PBO" not in str(sheet.answers)
