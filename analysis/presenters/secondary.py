"""The secondary endpoints by arm, as the committee's and the final report show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis.derivation.quality import turn
from analysis.presenters import words
from analysis.secondary import BASELINE, RATES, TIMES
from crf.definition import Definition
from crf.words import visit_words

POINT = 100  # scores are kept in hundredths


@dataclass(frozen=True, slots=True)
class Line:
    """One endpoint: of each arm the figure and what stands under it, and the hazard ratio."""

    name: str
    note: str
    cells: tuple[tuple[str, str], ...]
    ratio: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Secondary:
    """`lines` are the rates and times; `quality` a line a visit: of each arm the mean score, and
    the change from the baseline under it."""

    lines: tuple[Line, ...]
    quality: tuple[Line, ...]
    worse_by: int


RATE_NAMES: dict[str, Callable[[], str]] = {
    "twelve_months": lambda: _("Alive without progression at 12 months"),
    "response": lambda: _("Complete or partial response at 6 months"),
}
TIME_NAMES: dict[str, Callable[[], tuple[str, str]]] = {
    "time_to_progression": lambda: (_("Time to progression"), _("a death is censored")),
    "pfs_treatment_as_event": lambda: (
        _("PFS, sensitivity: another treatment is an event"),
        _("else it is censored"),
    ),
    "pfs_missed_censored": lambda: (
        _("PFS, sensitivity: censored before missed assessments"),
        _("an event after two or more of them"),
    ),
    "chemotherapy_free": lambda: (
        _("Time without chemotherapy"),
        _("to the first chemotherapy after randomisation, or death"),
    ),
    "deterioration": lambda: (
        _("Time until definitive deterioration of quality of life"),
        _("of those with a score before and after randomisation"),
    ),
}


def secondary_view(result: Mapping[str, Any], definition: Definition) -> Secondary | None:
    """None where the run is older than these figures."""
    arms = [figures.get("secondary") for figures in result["arms"].values()]
    if not all(arms):
        return None
    return Secondary(
        lines=(
            *(rate_line(name, [one[name] for one in arms]) for name in RATES),
            *(time_line(name, [one[name] for one in arms], result) for name in TIMES),
        ),
        quality=tuple(quality_lines([one["quality"] for one in arms], definition)),
        worse_by=definition.plan.quality_worse_by,
    )


def rate_line(name: str, arms: list[Mapping[str, Any]]) -> Line:
    cells = tuple(words.rate(one, _("%(n)d not there yet")) for one in arms)
    return Line(RATE_NAMES[name](), _("per cent, exact 90 % interval"), cells, ("", ""))


def time_line(name: str, arms: list[Mapping[str, Any]], result: Mapping[str, Any]) -> Line:
    title, note = TIME_NAMES[name]()
    compared = result["comparisons"].get(name)
    ratio = ("", "")
    if compared:
        limits = words.between(words.plain(compared["lower"]), words.plain(compared["upper"]))
        ratio = words.plain(compared["hazard_ratio"]), limits
    return Line(title, note, tuple(map(time_words, arms)), ratio)


def time_words(curve: Mapping[str, Any]) -> tuple[str, str]:
    """ "19.4 (7.6 to 32.6)" months, and "events: 17 of 27" under it."""
    median = words.months(curve["median"]["days"])
    limits = words.months_between(curve["median"])
    found = median if median == limits == words.NE else f"{median} ({limits})"
    count = {"k": curve["events"], "n": curve["events"] + curve["censored"]}
    return found, _("events: %(k)d of %(n)d") % count


def quality_lines(arms: list[list[Mapping[str, Any]]], definition: Definition) -> list[Line]:
    by_arm = [{row["visit"]: row for row in rows} for rows in arms]
    visits = sorted({visit for rows in by_arm for visit in rows}, key=turn)
    return [
        Line(
            _("Baseline") if visit == BASELINE else visit_words(definition, visit),
            "",
            tuple(quality_words(rows.get(visit)) for rows in by_arm),
            ("", ""),
        )
        for visit in visits
    ]


def quality_words(row: Mapping[str, Any] | None) -> tuple[str, str]:
    """ "62.5 (18.1), n 21", and under it the change from the baseline."""
    if row is None or not row["n"]:
        return words.NE, ""
    changed = row["change"]
    if row["visit"] == BASELINE or not changed["n"]:
        return moments_words(row), ""
    return moments_words(row), _("change %(m)s") % {"m": moments_words(changed)}


def moments_words(one: Mapping[str, Any]) -> str:
    mean, sd = (None if one[key] is None else one[key] / POINT for key in ("mean", "sd"))
    spread = "" if sd is None else f" ({words.plain(sd, 1)})"
    return f"{words.plain(mean, 1)}{spread}, n {one['n']}"
