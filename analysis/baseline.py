"""Who was randomised: each group's baseline, and the marginals that the publication gives.

Everyone randomised counts, also who is left out of the endpoints. Nothing is tested: the arms
were made by chance.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from statistics import mean, median, stdev
from typing import Any

from analysis.extraction import Case
from analysis.figures import rounded

# the lines of the table in their order: item -> its form
LINES = {
    "age": "DEMOG",
    "sex": "DEMOG",
    "ps": "VITALS",
    "primary_site": "TUMOUR",
    "grade": "TUMOUR",
    "ki67": "TUMOUR",
    "extent": "TUMOUR",
    "l1_regimen": "TUMOUR",
    "l1_months": "TUMOUR",
    "l1_response": "TUMOUR",
    "analogue_before": "TUMOUR",
}
MEASURES = ("age", "ki67", "l1_months")  # numbers; the others are answers
UNKNOWN = ""  # no answer, or a reason why there is none


def characteristics(cases: Sequence[Case]) -> dict[str, Any]:
    """How many they are, and of each line their numbers or answers, as found at screening; of a
    cut of the data, since live rows have a part of the lines alone."""
    lines = {
        item: measured(cases, item) if item in MEASURES else answers(cases, item) for item in LINES
    }
    return rounded({"n": len(cases), "lines": lines})


def baseline_figures(cases: Sequence[Case]) -> dict[str, Any]:
    """Counts of grade, extent, first-line regimen and status at randomisation; the duration of
    the first line in months (median, least, greatest)."""
    found = measured(cases, "l1_months")
    return {
        "n": len(cases),
        "duration": [found[key] for key in ("median", "least", "greatest")] if found["n"] else None,
        **{item: answers(cases, item) for item in ("grade", "extent", "l1_regimen", "l1_response")},
    }


def answers(cases: Sequence[Case], item: str) -> dict[str, int]:
    """code -> how many gave it; UNKNOWN is there where somebody gave none."""
    return dict(sorted(Counter(case.baseline.get(item) or UNKNOWN for case in cases).items()))


def measured(cases: Sequence[Case], item: str) -> dict[str, Any]:
    """Of those whose number is known: how many, median, range, mean and standard deviation (n - 1
    below); None where there is none. Decimals as typed, so that only the results are rounded."""
    found = sorted(one for case in cases if (one := number(case.baseline.get(item))) is not None)
    return {
        "n": len(found),
        "median": float(median(found)) if found else None,
        "least": float(found[0]) if found else None,
        "greatest": float(found[-1]) if found else None,
        "mean": float(mean(found)) if found else None,
        "sd": float(stdev(found)) if len(found) > 1 else None,
    }


def number(text: str | None) -> Decimal | None:
    """A decimal as it was typed; a missing reason is none."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
