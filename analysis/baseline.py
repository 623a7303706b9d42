"""Who was randomised, all arms together: the marginals that the publication gives."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from analysis.extraction import Case


def baseline_figures(cases: Sequence[Case]) -> dict[str, Any]:
    """Counts of grade, extent, first-line regimen and status at randomisation; the duration of
    the first line in months (median, least, greatest)."""
    found = (number(case.baseline.get("l1_months")) for case in cases)
    lengths = sorted(length for length in found if length is not None)
    return {
        "n": len(cases),
        "duration": [median(lengths), lengths[0], lengths[-1]] if lengths else None,
        **{
            item: dict(sorted(Counter(case.baseline.get(item) or "" for case in cases).items()))
            for item in ("grade", "extent", "l1_regimen", "l1_response")
        },
    }


def earlier_analogue(cases: Sequence[Case], arm_of: Mapping[str, str]) -> dict[str, int]:
    """How many of each arm had a somatostatin analogue before; the one marginal given by arm."""
    counts = dict.fromkeys(sorted(set(arm_of.values())), 0)
    for case in cases:
        if case.baseline.get("analogue_before") == "yes":
            counts[arm_of[case.randomisation_number]] += 1
    return counts


def number(text: str | None) -> float | None:
    """A decimal as it was typed; a missing reason is none."""
    try:
        return float(text) if text else None
    except ValueError:
        return None
