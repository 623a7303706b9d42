"""RECIST 1.1 at one time point, against Eisenhauer 2009 and the reference cases."""

import csv
from pathlib import Path

import pytest

from crf.definition.recist import measured_sum, overall_response, target_response

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "recist_11_rules"
WORDS = {"NON-CR/NON-PD": "NON_CR_NON_PD"}
reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference folder is absent")


def lesion(mm=None, node=False, state=None):
    made = {"id": "r1", "node": node}
    if mm is not None:
        made["mm"] = float(mm)
    if state:
        made["state"] = state
    return made


def cases(name):
    path = REFERENCE / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: WORDS.get(v, v) for k, v in row.items()} for row in csv.DictReader(file)]


@reference
@pytest.mark.promise("VA-04")
@pytest.mark.parametrize("row", cases("timepoint_target_nontarget_new.csv"), ids=str)
def test_overall_response_is_table_1(row):
    got = overall_response(row["target"], row["non_target"], row["new_lesion"] == "Y")
    assert got == row["overall"]


@reference
@pytest.mark.parametrize("row", cases("timepoint_nontarget_only.csv"), ids=str)
def test_overall_response_is_table_2(row):
    got = overall_response("NONE", row["non_target"], row["new_lesion"] == "Y")
    assert got == row["overall"]


@pytest.mark.parametrize(
    ("lesions", "baseline", "smallest", "expected"),
    [
        ([lesion(0), lesion(9.9, node=True)], 38, 38, "CR"),
        ([lesion(0), lesion(10.0, node=True)], 38, 38, "PR"),
        ([lesion(state="too_small")], 12, 12, "PR"),
        ([lesion(5), lesion(state="not_evaluable")], 40, 40, "NE"),
        ([lesion(60), lesion(state="not_imaged")], 40, 40, "PD"),
        ([lesion(state="absent")], 20, 20, "CR"),
        ([lesion(70)], 100, 100, "PR"),
        ([lesion(70.1)], 100, 100, "SD"),
        ([lesion(120)], 100, 100, "PD"),
        ([lesion(119.9)], 100, 100, "SD"),
        ([lesion(24)], 100, 20, "PR"),  # 20 % but 4 mm
        ([lesion(25)], 100, 20, "PD"),
        ([lesion(24.9)], 100, 20, "PR"),
        ([lesion(111)], 108, 91, "PD"),
        ([lesion(5)], 20, 0, "PD"),  # came back after it had gone
        ([lesion(9, node=True)], 20, 3, "CR"),  # a node below 10 mm is normal, even where it grew
    ],
)
def test_target_response(lesions, baseline, smallest, expected):
    assert target_response(lesions, float(baseline), float(smallest)) == expected


def test_a_lesion_not_filled_in_gives_no_answer():
    with pytest.raises(ValueError, match="not filled in"):
        target_response([lesion(10), lesion()], 20.0, 20.0)
    with pytest.raises(ValueError, match="no target lesion"):
        target_response([], 20.0, 20.0)


def test_sums_are_exact_to_a_tenth():
    assert measured_sum([lesion(0.1), lesion(0.2)]) == 0.3
    assert measured_sum([lesion(10), lesion(state="not_imaged"), lesion(state="too_small")]) == 15.0
