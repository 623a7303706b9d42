"""Reports by arm: the committee's and the final one. Only unblinded pages use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis.models import Run
from analysis.presenters import words
from analysis.presenters.baseline import Baseline, baseline_view
from analysis.presenters.charts import KmChart, km_chart
from analysis.presenters.course import Flow, Harms, flow_view, harms_view
from analysis.presenters.provenance import Provenance, provenance
from analysis.presenters.secondary import Secondary, secondary_view
from crf.definition import Definition
from reminet_site.jinja2_env import semicolon

KINDS = ("series-a", "series-b")


@dataclass(frozen=True, slots=True)
class ArmRow:
    """The primary endpoint of one arm, the Kaplan-Meier rate apart."""

    name: str
    randomised: int
    pending: int
    evaluable: int
    outside: int  # neither: not imaged after baseline, and no event
    success: int
    unknown: int  # among the evaluable, without a status at 6 months: counted as failures
    proportion: str
    exact: str
    km_rate: str
    km_interval: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table by arm: the value of each arm, and its interval under it."""

    name: str
    note: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CurveTable:
    name: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ArmCurves:
    title: str
    desc: str
    chart: KmChart
    tables: tuple[CurveTable, ...]


@dataclass(frozen=True, slots=True)
class ByArmReport:
    arms: tuple[str, ...]
    primary: tuple[ArmRow, ...]
    measures: tuple[Measure, ...]
    pfs: ArmCurves
    os: ArmCurves
    comparison: tuple[tuple[str, str], ...]
    boundary: tuple[tuple[str, str], ...]
    follow_up: str
    baseline: Baseline | None
    flow: Flow | None
    harms: Harms | None
    secondary: Secondary | None
    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    provenance: Provenance


def by_arm_report(
    run: Run, result: Mapping[str, Any], look: int, definition: Definition, version: str
) -> ByArmReport:
    """`look`: number of the look for the boundary, 0 for the final analysis."""
    arms = result["arms"]
    follow_up = result["followup"]
    return ByArmReport(
        arms=tuple(arms),
        primary=tuple(arm_row(name, figures) for name, figures in arms.items()),
        measures=measures(arms),
        pfs=arm_curves(_("Progression-free survival by arm"), arms, "pfs"),
        os=arm_curves(_("Overall survival by arm"), arms, "os"),
        comparison=comparison(result["comparisons"]),
        boundary=boundary(result, look) if look else (),
        follow_up=_("%(m)s months, 95 %% interval %(ci)s")
        % {"m": words.months(follow_up["days"]), "ci": words.months_between(follow_up)},
        baseline=baseline_view(result, definition),
        flow=flow_view(
            result, {arm: figures["primary"] for arm, figures in arms.items()}, definition
        ),
        harms=harms_view(result),
        secondary=secondary_view(result, definition),
        problems=tuple(result["problems"]),
        remarks=tuple(result.get("remarks", ())),
        provenance=provenance(run, result["agreement"], version),
    )


def arm_row(name: str, figures: Mapping[str, Any]) -> ArmRow:
    primary = figures["primary"]
    at = words.rate_at(figures["pfs"], 6)
    return ArmRow(
        name=name,
        randomised=figures["n"],
        pending=primary.get("pending", 0),
        evaluable=primary["evaluable"],
        outside=figures["n"] - primary.get("pending", 0) - primary["evaluable"],
        success=primary["success"],
        unknown=primary["undetermined"],
        proportion=words.percent(primary["rate"]),
        exact=words.between(words.percent(primary["lower"]), words.percent(primary["upper"])),
        km_rate=words.percent(at["survival"]) if at else words.NE,
        km_interval=words.between(words.percent(at["lower"]), words.percent(at["upper"]))
        if at
        else words.NE,
    )


def measures(arms: Mapping[str, Any]) -> tuple[Measure, ...]:
    def of(kind: str) -> list[Mapping[str, Any]]:
        return [figures[kind] for figures in arms.values()]

    def medians(kind: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (words.months(c["median"]["days"]), words.months_between(c["median"])) for c in of(kind)
        )

    severe = tuple((str(figures["severe"]), "") for figures in arms.values())
    return (
        *central_rate(arms),
        Measure(_("PFS events"), "", tuple((str(c["events"]), "") for c in of("pfs"))),
        Measure(_("Median PFS, months"), _("95 % interval"), medians("pfs")),
        Measure(_("Deaths"), "", tuple((str(c["events"]), "") for c in of("os"))),
        Measure(_("Median OS, months"), _("95 % interval"), medians("os")),
        Measure(_("Grade 3-4 event at any time"), _("participants"), severe),
    )


def central_rate(arms: Mapping[str, Any]) -> tuple[Measure, ...]:
    """The rate at 6 months by the central review; nothing where nothing was read."""
    found = [figures.get("central") for figures in arms.values()]
    if not any(found):
        return ()
    title = _("Alive without progression at 6 months, central review")
    waiting = _("%(n)d not at 6 months or not read yet")
    cells = tuple(words.rate(one, waiting) for one in found)
    return (Measure(title, _("exact 90 % interval"), cells),)


def arm_curves(title: str, arms: Mapping[str, Any], kind: str) -> ArmCurves:
    curves = [(name, KINDS[i % 2], figures[kind]) for i, (name, figures) in enumerate(arms.items())]
    desc = " ".join(
        _("%(name)s: %(events)d events of %(n)d, median %(median)s months.")
        % {
            "name": name,
            "events": c["events"],
            "n": c["events"] + c["censored"],
            "median": words.months(c["median"]["days"]),
        }
        for name, _kind, c in curves
    )
    tables = tuple(CurveTable(name, words.curve_rows(c)) for name, _kind, c in curves)
    return ArmCurves(title, desc, km_chart(curves), tables)


def comparison(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    lines = []
    for kind, name in (("pfs", _("PFS")), ("os", _("OS"))):
        if kind not in found:
            continue
        one = found[kind]
        which = f"{one['first']} / {one['second']}"
        lines.append((_("Hazard ratio, %(e)s, %(w)s") % {"e": name, "w": which}, ratio_words(one)))
        lines.append((_("Log-rank chi-squared, %(e)s") % {"e": name}, logrank_words(one)))
        for how in [how for how in HOW if how in one.get("stratified", {})]:
            within = one["stratified"][how]
            said = {"e": name, "how": HOW[how](within)}
            lines.append((_("Hazard ratio, %(e)s, %(how)s") % said, ratio_words(within)))
            lines.append((_("Log-rank chi-squared, %(e)s, %(how)s") % said, logrank_words(within)))
    return tuple(lines)


HOW: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "as_randomised": lambda one: _("%(n)d strata as randomised") % {"n": one["strata"]},
    "as_corrected": lambda one: (
        _("%(n)d strata as corrected (%(k)d participants in another)")
        % {"n": one["strata"], "k": one["corrected"]}
    ),
}


def ratio_words(one: Mapping[str, Any]) -> str:
    limits = f"{words.plain(one['lower'])}{semicolon()} {words.plain(one['upper'])}"
    return f"{words.plain(one['hazard_ratio'])} ({limits})"


def logrank_words(one: Mapping[str, Any]) -> str:
    return f"{words.plain(one['chi_squared'], 3)}, p {words.p_value(one['p'])}"


def boundary(result: Mapping[str, Any], look: int) -> tuple[tuple[str, str], ...]:
    """The plan's bound for this look: that of the information reached."""
    information = result["information"]
    z = result["comparisons"].get("pfs", {}).get("z")
    reached = [one for one in information["looks"] if information["events"] >= one["events"]]
    lines = [
        (
            _("Events, fraction"),
            _("%(k)d of %(n)d") % {"k": information["events"], "n": information["planned"]}
            + f", {words.plain(information['fraction'])}",
        ),
        (_("Log-rank z"), words.plain(z)),
    ]
    if not reached:
        first = information["looks"][0]["events"]
        sentence = _("none before %(n)d events; descriptive only") % {"n": first}
        return (*lines, (_("Boundary"), sentence))
    bound = reached[-1]["z"]
    crossed = z is not None and bound is not None and z >= bound
    return (
        *lines,
        (_("Boundary z, O'Brien-Fleming"), words.plain(bound, 3)),
        (_("Crossed"), _("Yes") if crossed else _("No")),
    )
