"""RECIST 1.1 at one time point: pure functions, exact to a tenth of a millimetre.

Source: Eisenhauer et al. 2009, Eur J Cancer 45:228-247, sections 4.3.1-4.3.3 and tables 1-2.
A lesion is a row with `node` (bool: a lymph node, measured in its short axis), `mm` (longest
diameter, or short axis for a node) where measured, and `state` where it has no measure:
too_small (5 mm by convention), absent (0 mm), not_evaluable, not_imaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TOO_SMALL_MM = 5.0
NODE_NORMAL_BELOW_MM = 10.0
STANDING_FOR = {"too_small": TOO_SMALL_MM, "absent": 0.0}
UNMEASURED = ("not_evaluable", "not_imaged")


def used_mm(lesion: Mapping[str, Any]) -> float | None:
    """The millimetres that enter the sum, None where the lesion was not evaluated.

    Raises ValueError where neither a measure nor a state is given yet.
    """
    state = lesion.get("state", "")
    if state in STANDING_FOR:
        return STANDING_FOR[state]
    if state in UNMEASURED:
        return None
    if "mm" not in lesion:
        raise ValueError("a lesion is not filled in")
    return float(lesion["mm"])


def measured_sum(lesions: Sequence[Mapping[str, Any]]) -> float:
    """Sum of the evaluated lesions in mm; raises where a lesion is not filled in."""
    return sum(_tenths(mm) for lesion in lesions if (mm := used_mm(lesion)) is not None) / 10


def target_response(lesions: Sequence[Mapping[str, Any]], baseline: float, smallest: float) -> str:
    """CR, PR, SD, PD or NE of the target lesions; sums in mm, `smallest` includes baseline.

    CR: every lesion gone and every node below 10 mm, even where the nodes' sum grew. PD: at
    least 20 % and at least 5 mm above the smallest sum; where lesions were not evaluated, PD
    still holds if the others alone prove it, else NE. PR: at least 30 % below baseline.
    """
    if not lesions:
        raise ValueError("no target lesion")
    measures = [used_mm(lesion) for lesion in lesions]
    now = sum(_tenths(mm) for mm in measures if mm is not None)
    start, low = _tenths(baseline), _tenths(smallest)
    if all(_gone(lesion, mm) for lesion, mm in zip(lesions, measures, strict=True)):
        return "CR"
    if now - low >= 50 and 5 * (now - low) >= low:
        return "PD"
    if any(mm is None for mm in measures):
        return "NE"
    return "PR" if 10 * (start - now) >= 3 * start else "SD"


def _gone(lesion: Mapping[str, Any], mm: float | None) -> bool:
    if mm is None:
        return False
    return mm < NODE_NORMAL_BELOW_MM if lesion.get("node") else mm == 0.0


def overall_response(target: str, non_target: str, new_lesions: bool) -> str:
    """Overall response at the time point, tables 1 and 2.

    `target` is CR, PR, SD, PD, NE or NONE; `non_target` CR, NON_CR_NON_PD, PD, NE or NONE.
    The answer may also be NON_CR_NON_PD, where there is no target lesion.
    """
    if new_lesions or "PD" in (target, non_target):
        return "PD"
    if target == "NONE":
        return "NE" if non_target == "NONE" else non_target
    if target == "CR":
        return "CR" if non_target in ("CR", "NONE") else "PR"
    return target


def _tenths(mm: float) -> int:
    return round(mm * 10)
