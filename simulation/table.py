"""The published table from a final report: the figures as printed, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulation.outcomes import ARMS
from simulation.published import PUBLISHED, Line

Report = Mapping[str, Any]
ABSENT = {
    "n": 0,
    "evaluable": 0,
    "success": 0,
    "rate": None,
    "rate_ci90": [None, None],
    "median_pfs": None,
    "median_pfs_ci95": [None, None],
    "median_os": None,
    "pfs_events": 0,
    "deaths": 0,
}


def as_json(report: Report) -> dict[str, Any]:
    """The keys of the table alone; an arm without a participant is there too."""
    table = report["table"]
    arms = {arm: table["arms"].get(arm, ABSENT) for arm in ARMS}
    return {"arms": arms, "followup": table["followup"]}


def printed(report: Report) -> dict[tuple[str, str], str]:
    """(label, column) -> the figure as it is printed."""
    table = as_json(report)
    found: dict[tuple[str, str], str] = {}
    for arm, figures in table["arms"].items():
        found |= {(label, arm): text for label, text in of_arm(figures).items()}
        found["participants with a grade 3-4 event", arm] = str(severe(report, arm))
        found["earlier somatostatin analogue", arm] = str(earlier_analogue(report, arm))
    followup = table["followup"]
    found["median follow-up, months (95 % CI)", "all"] = (
        f"{number(followup['median'])} {limits(followup['ci95'])}"
    )
    return found | {(label, "all"): text for label, text in baseline(report["baseline"]).items()}


def severe(report: Report, arm: str) -> int:
    return int(report["arms"].get(arm, {}).get("severe", 0))


def earlier_analogue(report: Report, arm: str) -> int:
    lines = report["characteristics"].get(arm, {}).get("lines", {})
    return int(lines.get("analogue_before", {}).get("yes", 0))


def of_arm(figures: Mapping[str, Any]) -> dict[str, str]:
    rate = f"{figures['success']}/{figures['evaluable']} = {number(figures['rate'])}"
    return {
        "randomised": str(figures["n"]),
        "alive without progression at 6 months, 90 % CI": (
            f"{rate} {limits(figures['rate_ci90'])}"
        ),
        "median PFS, months (95 % CI)": (
            f"{number(figures['median_pfs'])} {limits(figures['median_pfs_ci95'])}"
        ),
        "median OS, months": number(figures["median_os"]),
        "PFS events": str(figures["pfs_events"]),
        "deaths": str(figures["deaths"]),
    }


def baseline(figures: Mapping[str, Any]) -> dict[str, str]:
    n = figures["n"]
    response = figures["l1_response"]
    duration = figures["duration"] or (None, None, None)
    middle, least, most = (number(value) for value in duration)
    found = {
        "randomised": str(n),
        "G2": share(figures["grade"].get("G2", 0), n),
        "metastatic": share(figures["extent"].get("metastatic", 0), n),
        "first line, months, median (range)": f"{middle} ({least}-{most})",
        "stable at randomisation": share(response.get("SD", 0), n),
        "partial response at randomisation": str(response.get("PR", 0)),
    }
    regimens = figures["l1_regimen"]
    for drug in ("temozolomide", "dacarbazine", "streptozotocin", "oxaliplatin", "sunitinib"):
        found[f"first line: {drug}"] = str(regimens.get(drug, 0))
    return found


def share(count: int, n: int) -> str:
    return f"{count} ({100 * count / n:.1f} %)" if n else "0"


def number(value: float | None) -> str:
    return "NE" if value is None else f"{value:.1f}"


def limits(pair: Sequence[float | None]) -> str:
    return f"({number(pair[0])}; {number(pair[1])})"


def side_by_side(lines: Sequence[Line]) -> str:
    """Published against computed, one figure a line; a difference is marked."""
    rows = [("", "", "published", "computed", "")]
    rows += [
        (one.label, one.column, one.published or "", one.computed, "" if one.agrees else "DIFFERS")
        for one in lines
    ]
    return columns(rows)


def alone(found: Mapping[tuple[str, str], str]) -> str:
    """Every computed figure, in the order of the published table, without a comparison."""
    order = [(label, column) for label, column, _ in PUBLISHED]
    keys = [*order, *(key for key in found if key not in order)]
    return columns([("", "", "computed"), *((*key, found[key]) for key in keys)])


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
