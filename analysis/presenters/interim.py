"""The blinded interim page. Nothing here could hold an arm."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis.interim import EVERYONE
from analysis.models import Run, RunState
from analysis.presenters import words
from analysis.presenters.charts import KmChart, km_chart
from analysis.presenters.course import Flow, Harms, flow_view, harms_view
from analysis.presenters.provenance import Provenance, provenance
from crf.definition import Definition
from randomisation.presenters_accrual import AccrualChart, chart
from reminet_site.jinja2_env import day

BAR_LEFT, BAR_RIGHT = 8.0, 432.0
# column of the file -> name in the stored curve, whose event may be a progression
CURVE_COLUMNS = {
    "days": "days",
    "at_risk": "at_risk",
    "events": "died",
    "survival": "survival",
    "lower": "lower",
    "upper": "upper",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure: name, value, denominator, where it comes from."""

    name: str
    value: str
    of: str
    note: str
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class InformationBar:
    """Events against the target, for a viewBox of 0 0 440 112."""

    events: int
    planned: int
    fraction: str
    reached: float  # width of what is reached
    looks: tuple[tuple[float, str, str], ...]  # position, words, anchor class
    assumed: bool
    due: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve with its chart, its table and its median."""

    name: str
    n: int
    events: int
    censored: int
    median: str
    interval: str
    chart: KmChart
    rows: tuple[tuple[str, str, str, str], ...]
    desc: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a finished run says."""

    figures: tuple[Figure, ...]
    accrual: AccrualChart
    accrual_words: str
    information: InformationBar
    pfs: Curve
    os: Curve
    flow: Flow | None
    harms: Harms | None
    problems: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class InterimPage:
    """`report` is None where there is none yet or the engines disagree."""

    line: str
    report: Report | None
    under_way: str  # stage of a run that is being made, in words
    step: int
    seen: int  # the newest run that the page knows
    behind: bool  # changes wait and no worker has taken them up
    differs: tuple[str, ...]


def interim_page(
    shown: Run | None,
    under_way: Run | None,
    newest: int,
    behind: bool,
    definition: Definition,
    today: date,
    version: str,
    checked: str,
) -> InterimPage:
    differs = ()
    made = None
    if shown is not None and shown.state == RunState.DIFFERS:
        differs = tuple(shown.agreement["differences"])
    elif shown is not None:
        made = report(shown, definition, today, version)
    return InterimPage(
        line=checked or _("No analysis yet"),
        report=made,
        under_way=stage_words(under_way) if under_way else "",
        step=under_way.step if under_way else 0,
        seen=newest,
        behind=behind,
        differs=differs,
    )


def stage_words(run: Run) -> str:
    return {
        "reading": _("Reading the entries"),
        "counting": _("Deriving endpoints and counting"),
        "checking": _("The second engine counts again"),
    }.get(run.stage, _("Waiting for a worker"))


def report(run: Run, definition: Definition, today: date, version: str) -> Report:
    result = run.result
    pooled = result[EVERYONE]
    days = [date.fromisoformat(text) for text in result["randomised"]]
    trial, plan = definition.trial, definition.plan
    opened = date.fromisoformat(trial.opened_on)
    months = max((today - opened).days / plan.days_per_month, 1.0)
    span = trial.accrual_months * plan.days_per_month
    return Report(
        figures=headline(result, definition, days),
        accrual=chart(days, opened, max([today, opened, *days]), trial.planned_participants, span),
        accrual_words=_(
            "%(rate)s participants a month over %(months)s months; the plan asked for %(plan)s."
        )
        % {
            "rate": words.plain(len(days) / months),
            "months": words.plain(months, 0),
            "plan": words.plain(trial.planned_participants / trial.accrual_months),
        },
        information=information_bar(result["information"]),
        pfs=curve(_("Progression-free survival"), pooled["pfs"]),
        os=curve(_("Overall survival"), pooled["os"]),
        flow=flow_view(result, {EVERYONE: pooled["primary"]}, definition),
        harms=harms_view(result),
        problems=tuple(result["problems"]),
        provenance=provenance(run, run.agreement, version),
    )


def headline(
    result: Mapping[str, Any], definition: Definition, days: list[date]
) -> tuple[Figure, ...]:
    pooled, primary = result[EVERYONE], result[EVERYONE]["primary"]
    information, follow_up = result["information"], result["followup"]
    first_last = ""
    if days:
        centres = ngettext("%(n)d centre", "%(n)d centres", result["centres"])
        span = words.between(day(days[0]), day(days[-1]))
        first_last = f"{centres % {'n': result['centres']}}, {span}"
    interval = words.between(words.percent(primary["lower"]), words.percent(primary["upper"]))
    ahead = primary.get("pending", 0)  # runs of before know no such participants
    out = pooled["n"] - ahead - primary["evaluable"]
    return (
        Figure(
            _("Randomised"),
            str(len(days)),
            _("of %(n)d planned") % {"n": definition.trial.planned_participants},
            first_last,
        ),
        Figure(
            _("PFS events"),
            str(information["events"]),
            _("of %(n)d") % {"n": information["planned"]},
            _("information fraction %(f)s") % {"f": words.plain(information["fraction"])},
            information["assumed"],
        ),
        Figure(
            _("Alive without progression at 6 months"),
            f"{words.percent(primary['rate'])} %" if primary["evaluable"] else words.NE,
            _("%(k)d of %(n)d") % {"k": primary["success"], "n": primary["evaluable"]},
            _(
                "exact 90 %% interval %(ci)s; unknown at 6 months, counted as failures: "
                "%(unknown)d; not evaluable: %(out)d; not at 6 months yet: %(ahead)d"
            )
            % {"ci": interval, "unknown": primary["undetermined"], "out": out, "ahead": ahead},
        ),
        Figure(
            _("Follow-up, median"),
            words.months(follow_up["days"]),
            _("months"),
            _("95 %% interval %(ci)s, reverse Kaplan-Meier")
            % {"ci": words.months_between(follow_up)},
        ),
    )


def information_bar(information: Mapping[str, Any]) -> InformationBar:
    planned = information["planned"]
    width = BAR_RIGHT - BAR_LEFT
    most = max(planned, information["events"])
    looks = tuple(
        (
            round(BAR_LEFT + width * one["events"] / most, 1),
            _("look %(n)d, %(e)d events") % {"n": one["number"], "e": one["events"]},
            "end" if one["events"] >= 0.8 * most else "middle",
        )
        for one in information["looks"]
    )
    reached = [one for one in information["looks"] if information["events"] >= one["events"]]
    due = (
        _("Look %(n)d is due. Only the DMC statistician can ask for it.")
        % {"n": reached[-1]["number"]}
        if reached
        else _("No look is due yet.")
    )
    return InformationBar(
        events=information["events"],
        planned=planned,
        fraction=words.plain(information["fraction"]),
        reached=round(width * information["events"] / most, 1),
        looks=looks,
        assumed=information["assumed"],
        due=due,
    )


def curve(name: str, figures: Mapping[str, Any]) -> Curve:
    n = figures["events"] + figures["censored"]
    rates = ", ".join(
        _("%(rate)s %% at %(n)d months")
        % {"rate": words.percent(one["survival"]), "n": one["month"]}
        for one in figures["months"]
        if one["month"] in (6, 12)
    )
    return Curve(
        name=name,
        n=n,
        events=figures["events"],
        censored=figures["censored"],
        median=words.months(figures["median"]["days"]),
        interval=words.months_between(figures["median"]),
        chart=km_chart([(_("All participants"), "pooled", figures)]),
        rows=words.curve_rows(figures),
        desc=_("%(n)d participants, %(events)d events. %(rates)s.")
        % {"n": n, "events": figures["events"], "rates": rates},
    )


def figures_csv(run: Run) -> str:
    """A line a day of each pooled curve; times in days, shares between 0 and 1."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["cut", "plan", "code", "endpoint", *CURVE_COLUMNS])
    for endpoint in ("pfs", "os"):
        curve = run.result[EVERYONE][endpoint]
        for values in zip(*(curve[name] for name in CURVE_COLUMNS.values())):
            cells = ["" if value is None else value for value in values]
            writer.writerow([run.cut[:8], run.plan[:8], run.code, endpoint, *cells])
    return out.getvalue()
