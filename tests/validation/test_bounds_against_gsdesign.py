"""Group-sequential bounds against gsDesign and SAS (the reference folder) and rpact (typed)."""

import json

import pytest

from analysis.stats.groupsequential import (
    Spending,
    bounds,
    hwang_shih_decani,
    obrien_fleming,
    pocock,
)
from tests.validation.reference import reference

pytestmark = [pytest.mark.promise("IA-07"), pytest.mark.promise("VA-04")]

SPENDING: dict[str, Spending] = {
    "LDOF": obrien_fleming,
    "LDPocock": pocock,
    "HSD": hwang_shih_decani(-4.0),
}


def test_two_equal_looks_agree_with_rpact_to_eight_digits() -> None:
    first, second = bounds([85, 170], planned=170, alpha=0.025)
    assert first.bound == pytest.approx(2.96258804, abs=5e-9)
    assert second.bound == pytest.approx(1.96859564, abs=5e-9)


def test_the_reference_bounds() -> None:
    for case in json.loads(reference("groupseq_reference/expected_fixture.json").read_text()):
        events = [round(fraction * 600) for fraction in case["info_fractions"]]
        looks = bounds(events, 600, case["alpha_one_sided"], SPENDING[case["spending"]])
        for i, look in enumerate(looks):
            assert look.bound == pytest.approx(case["z"][i], abs=5.1e-5)
            assert look.alpha_spent == pytest.approx(case["cum_alpha"][i], abs=1e-8)
            assert look.nominal_p == pytest.approx(case["nominal_p_one_sided"][i], abs=1e-7)
