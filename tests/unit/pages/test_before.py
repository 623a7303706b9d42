"""What stands beside an item for comparison: the same item at the visits before, no later one."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from crf.definition import compile_form, load
from crf.pages_history import before

ROOT = Path(__file__).resolve().parents[3]
DAYS = {"SCR": date(2017, 4, 6), "ASM-03": date(2017, 7, 6), "ASM-06": date(2017, 10, 5)}


@pytest.fixture(scope="module")
def vitals():
    definition = load(ROOT / "crf" / "definitions" / "reminet")
    return SimpleNamespace(definition=definition), compile_form(definition, "VITALS")


def place(vitals, visit, entered=True, days=()):
    study, compiled = vitals
    entries = [
        SimpleNamespace(
            id=number, form="VITALS", visit=one, visit_date=on, data={"weight": f"{60 + number}.0"}
        )
        for number, (one, on) in enumerate(DAYS.items())
    ]
    here = next(one for one in entries if one.visit == visit)
    if not entered:
        entries.remove(here)
    return SimpleNamespace(
        study=study, compiled=compiled, form="VITALS", visit=visit, entries=entries,
        entry=here if entered else None, days_of_visit=list(days),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("visit", "weights"), [("SCR", []), ("ASM-03", ["60.0"]), ("ASM-06", ["61.0", "60.0"])]
)
def test_the_visits_before_newest_first(vitals, visit, weights):
    found = [said for _when, said in before(place(vitals, visit), "weight", "")]
    assert found == [f"{weight} kg" for weight in weights]


def test_a_form_not_entered_yet_is_of_the_day_of_its_visit(vitals):
    at = place(vitals, "ASM-03", entered=False, days=[DAYS["ASM-03"]])
    assert [said for _when, said in before(at, "weight", "")] == ["60.0 kg"]
