"""RECIST 1.1 arithmetic at its edges."""

from decimal import Decimal

import pytest

from analysis.derivation.recist import (
    Measured,
    Visit,
    nadir,
    overall_response,
    selection_problems,
    target_response,
    time_points,
    total,
)
from analysis.derivation.sources import Response

pytestmark = pytest.mark.promise("IA-05")


def liver(millimetres: str | None, too_small: bool = False) -> Measured:
    value = None if millimetres is None else Decimal(millimetres)
    return Measured("T1", value, too_small=too_small, organ="liver")


def node(millimetres: str) -> Measured:
    return Measured("T2", Decimal(millimetres), node=True, organ="node")


@pytest.mark.parametrize(
    ("now", "baseline", "smallest", "expected"),
    [
        ("60", "100", "50", Response.PD),  # exactly 20 %
        ("59.99", "100", "50", Response.PR),
        ("24.9", "40", "20", Response.PR),  # + 24.5 % but only 4.9 mm
        ("25", "40", "20", Response.PD),  # exactly 5 mm
        ("70", "100", "70", Response.PR),  # exactly - 30 %
        ("70.1", "100", "70.1", Response.SD),
        ("5", "40", "0", Response.PD),  # from a nadir of 0
        ("4.9", "40", "0", Response.PR),
        ("0", "40", "0", Response.CR),
    ],
)
def test_thresholds_are_exact(now: str, baseline: str, smallest: str, expected: Response) -> None:
    found = target_response([liver(now)], Decimal(baseline), Decimal(smallest))
    assert found.response is expected


def test_changes_are_in_per_cent() -> None:
    found = target_response([liver("60")], Decimal(100), Decimal(50))
    assert (found.total, found.from_baseline, found.from_nadir) == (60, -40, 20)
    assert target_response([liver("5")], Decimal(40), Decimal(0)).from_nadir is None


def test_normal_nodes_are_a_complete_response_even_where_they_grew() -> None:
    found = target_response([liver("0"), node("9.9")], Decimal(38), Decimal(4))
    assert found.response is Response.CR


def test_nadir_passes_over_assessments_without_a_sum() -> None:
    assert nadir(Decimal(80), [Decimal(60), None, Decimal(70)]) == 60
    assert nadir(Decimal(80), []) == 80


def test_sum_of_a_missing_lesion_is_missing() -> None:
    assert total([liver("20"), liver(None)]) is None
    assert total([liver("20"), liver(None, too_small=True)]) == 25
    assert total([]) is None


def test_a_series_carries_its_nadir() -> None:
    visits = [
        Visit((liver("60"),), Response.NON_CR_NON_PD, False),
        Visit((liver(None),), Response.NON_CR_NON_PD, False),
        Visit((liver("72"),), Response.NON_CR_NON_PD, False),
    ]
    found = time_points([liver("100")], visits)
    assert [point.overall for point in found] == [Response.PR, Response.NE, Response.PD]


def test_a_target_lesion_left_out_is_one_not_evaluated() -> None:
    baseline = [liver("60"), node("20")]
    (found,) = time_points(baseline, [Visit((liver("50"),), None, False)])
    assert found.overall is Response.NE
    with pytest.raises(ValueError, match="Not among the target lesions"):
        time_points([liver("60")], [Visit((liver("60"), node("20")), None, False)])


def test_a_series_without_target_lesions() -> None:
    found = time_points([], [Visit((), Response.CR, False), Visit((), Response.CR, True)])
    assert [point.overall for point in found] == [Response.CR, Response.PD]
    assert found[0].target is None


def test_baseline_must_be_measured() -> None:
    with pytest.raises(ValueError, match="measured at baseline"):
        time_points([liver(None)], [])


def test_no_lesion_at_all_is_not_evaluable() -> None:
    assert overall_response(None, None, False) is Response.NE


def test_selection_says_what_is_wrong() -> None:
    assert selection_problems([liver("10"), node("15")]) == ()
    (sentence,) = selection_problems([node("14")])
    assert sentence == "T2: a target node has a short axis of at least 15 mm, not 14 mm."
