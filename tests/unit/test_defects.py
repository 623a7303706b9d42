"""The file of known defects is whole, or refused."""

import pytest
import yaml

from reminet_site import defects
from tests.conftest import ROOT

GOOD = {"id": "D-001", "risk": "low", "title": "t", "what": "w", "note": "n", "since": "0.1.0"}


def test_the_repository_s_own_file_is_good_and_sorted_by_risk():
    found = defects.read(ROOT / defects.FILE)
    assert found
    assert [one.risk for one in found] == sorted(
        (one.risk for one in found), key=defects.RISKS.index
    )


@pytest.mark.promise("VA-05")
@pytest.mark.parametrize(
    "rows",
    [
        [GOOD | {"risk": "unknown"}],
        [GOOD | {"note": ""}],
        [{name: text for name, text in GOOD.items() if name != "risk"}],
        [GOOD | {"more": "x"}],
        [GOOD, GOOD],
        ["D-001"],
    ],
)
def test_a_defect_without_risk_or_note_is_refused(rows, tmp_path):
    path = tmp_path / "defects.yaml"
    path.write_text(yaml.safe_dump(rows))
    with pytest.raises(defects.DefectsFile):
        defects.read(path)
