"""Geometry of the figures: path data for inline SVG. Pure; colours and dashes are the style's.

A curve ends at its last follow-up; its band stops where the limits are not estimable.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.stats.months import DAYS_PER_MONTH

TOP, BOTTOM, RIGHT, WIDTH = 12.0, 302.0, 846.0, 860
RISK_FIRST, RISK_STEP = 384.0, 22.0
TICK_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: its words, the class that colours and dashes it, paths, numbers at risk."""

    label: str
    kind: str  # pooled, series-a, series-b
    line: str
    band: str
    censored: str
    label_x: float
    label_y: float
    at_risk: tuple[int, ...]  # one a tick
    risk_y: float


@dataclass(frozen=True, slots=True)
class KmChart:
    """A Kaplan-Meier chart for a viewBox of 0 0 860 `height`."""

    height: float
    left: float
    x_ticks: tuple[tuple[float, int], ...]  # position, months
    y_ticks: tuple[tuple[float, int], ...]  # position, per cent
    series: tuple[Series, ...]
    width: int = WIDTH
    top: float = TOP
    bottom: float = BOTTOM
    right: float = RIGHT


@dataclass(frozen=True, slots=True)
class Scale:
    left: float
    months: int

    def x(self, day: float) -> float:
        return round(self.left + (RIGHT - self.left) * day / (self.months * DAYS_PER_MONTH), 1)

    def y(self, share: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def km_chart(curves: Sequence[tuple[str, str, Mapping[str, Any]]]) -> KmChart:
    """`curves`: (label, kind, figures of `figures.curve_figures`)."""
    last = max((c["days"][-1] for _, _, c in curves if c["days"]), default=0)
    steps = max(2, -(-int(last) // int(TICK_MONTHS * DAYS_PER_MONTH)))
    while steps * TICK_MONTHS * DAYS_PER_MONTH < last:
        steps += 1
    scale = Scale(68.0 if len(curves) == 1 else 96.0, steps * TICK_MONTHS)
    ticks = range(0, scale.months + 1, TICK_MONTHS if steps <= 12 else 2 * TICK_MONTHS)
    series = tuple(
        one_series(label, kind, curve, scale, ticks, RISK_FIRST + RISK_STEP * place)
        for place, (label, kind, curve) in enumerate(curves)
    )
    return KmChart(
        height=RISK_FIRST + RISK_STEP * (len(curves) - 1) + 10,
        left=scale.left,
        x_ticks=tuple((scale.x(month * DAYS_PER_MONTH), month) for month in ticks),
        y_ticks=tuple((scale.y(percent / 100), percent) for percent in (0, 25, 50, 75, 100)),
        series=apart(series),
    )


def one_series(
    label: str, kind: str, curve: Mapping[str, Any], scale: Scale, ticks: range, risk_y: float
) -> Series:
    x, y = label_place(curve, scale, "upper" if kind == "pooled" else "survival")
    return Series(
        label,
        kind,
        line(curve, scale),
        band(curve, scale),
        censored(curve, scale),
        x,
        y,
        tuple(at_risk(curve, month * DAYS_PER_MONTH) for month in ticks),
        risk_y,
    )


def line(curve: Mapping[str, Any], scale: Scale) -> str:
    parts = [f"M{scale.x(0)} {scale.y(1)}"]
    for day, died, survival in zip(curve["days"], curve["died"], curve["survival"]):
        if died:
            parts.append(f"H{scale.x(day)}V{scale.y(survival)}")
    if curve["days"]:
        parts.append(f"H{scale.x(curve['days'][-1])}")
    return "".join(parts)


def band(curve: Mapping[str, Any], scale: Scale) -> str:
    """The limits as one closed step shape, from the first event on."""
    points = []
    for day, died, low, high in zip(curve["days"], curve["died"], curve["lower"], curve["upper"]):
        if low is None or high is None:
            break
        if died or points:
            points.append((scale.x(day), scale.y(low), scale.y(high)))
    if len(points) < 2:
        return ""
    upper = [f"M{points[0][0]} {points[0][2]}"]
    upper += [f"H{x}V{high}" for x, _, high in points[1:]]
    lower = [f"V{points[-1][1]}"]
    for (x, _, _), (_, low, _) in zip(points[:0:-1], points[-2::-1]):
        lower.append(f"H{x}V{low}")
    return "".join(upper) + "".join(lower) + f"H{points[0][0]}Z"


def censored(curve: Mapping[str, Any], scale: Scale) -> str:
    """A mark for each day after randomisation on which somebody was censored."""
    after = [*curve["at_risk"][1:], 0]
    marks = []
    for day, risk, later, died, survival in zip(
        curve["days"], curve["at_risk"], after, curve["died"], curve["survival"]
    ):
        if risk - later > died and day > 0:
            marks.append(f"M{scale.x(day)} {round(scale.y(survival) - 4.5, 1)}v9")
    return "".join(marks)


def at_risk(curve: Mapping[str, Any], day: float) -> int:
    place = bisect_left(curve["days"], day)
    return curve["at_risk"][place] if place < len(curve["days"]) else 0


def label_place(curve: Mapping[str, Any], scale: Scale, edge: str) -> tuple[float, float]:
    """Above the curve (and its band) at two fifths of its length; under it where it is at the top.

    A curve without an event has no room above, and no step below.
    """
    if not curve["days"]:
        return scale.x(0) + 8, scale.y(1) + 18
    day = curve["days"][-1] * 0.4
    place = max(bisect_left(curve["days"], day) - 1, 0)
    top = curve[edge][place]
    top = curve["survival"][place] if top is None else top
    above, level = scale.y(top) - 12, scale.y(curve["survival"][place])
    y = above if above >= TOP + 12 else level + 20
    return round(scale.x(day) + 8, 1), round(y, 1)


def apart(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Two labels at one place are read one under the other."""
    if len(series) != 2 or abs(series[0].label_y - series[1].label_y) > 18:
        return series
    first, second = series
    return (first, replace(second, label_x=first.label_x, label_y=first.label_y + 20))
