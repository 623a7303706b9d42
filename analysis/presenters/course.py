"""What became of everyone and their adverse events, as pages show it: pooled, or by arm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis.harms import DAYS_AFTER
from analysis.presenters import words
from crf.definition import Definition
from crf.words import language


@dataclass(frozen=True, slots=True)
class Line:
    """One count of a box; `part` where it is a part of the count above."""

    name: str
    n: int
    part: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    n: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One group's boxes, from allocation to analysis; `name` is empty for everyone together."""

    name: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    screened: int
    excluded: Box
    randomised: int
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of a table: a cell for each column."""

    name: str
    cells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Harms:
    """`groups` are the columns (empty name: everyone); `terms` is empty where terms are not told:
    of each group any grade, grade 3 to 5, serious."""

    groups: tuple[str, ...]
    treated: tuple[int, ...]
    rows: tuple[Counted, ...]
    terms: tuple[Counted, ...]
    note: str


def flow_view(
    result: Mapping[str, Any],
    primary: Mapping[str, Mapping[str, Any]],
    definition: Definition,
) -> Flow | None:
    """`primary`: the figures of the endpoint at 6 months by group. None where the run is older
    than these counts."""
    if "flow" not in result:
        return None
    screened = result["screening"]
    kept_out = {WHY_NOT[reason](): n for reason, n in screened["not"].items()}
    return Flow(
        screened=screened["screened"],
        excluded=Box(_("Not randomised"), sum(kept_out.values()), parts(kept_out, False)),
        randomised=screened["randomised"],
        lanes=tuple(
            Lane(name if len(result["flow"]) > 1 else "", boxes(one, primary[name], definition))
            for name, one in result["flow"].items()
        ),
    )


WHY_NOT = {
    "criteria": lambda: _("A criterion was not met"),
    "declined": lambda: _("Declined, or withdrew consent"),
    "other": lambda: _("Another reason"),
    "waiting": lambda: _("Not decided yet"),
}


def parts(counts: Mapping[str, int], part: bool = True) -> tuple[Line, ...]:
    """Those that are there, the most frequent first."""
    found = sorted(counts.items(), key=lambda one: -one[1])
    return tuple(Line(name, n, part) for name, n in found if n)


def boxes(
    one: Mapping[str, Any], primary: Mapping[str, Any], definition: Definition
) -> tuple[Box, ...]:
    labels = reasons(definition)
    untreated, ended = (
        {labels.get(code, _("Reason not recorded")): n for code, n in one[key].items()}
        for key in ("untreated", "ended")
    )
    analysed = one["randomised"] - one["left_out"]
    outside = analysed - primary["evaluable"] - primary.get("pending", 0)
    return (
        Box(
            _("Allocated"),
            one["randomised"],
            (
                Line(_("Received an injection"), one["treated"]),
                Line(_("Received none"), sum(untreated.values())),
                *parts(untreated),
                *some(_("First injection to come"), one["waiting"]),
            ),
        ),
        Box(
            _("Treated"),
            one["treated"],
            (
                *some(_("Treatment goes on"), one["treated_on"]),
                Line(_("Treatment ended"), sum(ended.values())),
                *parts(ended),
            ),
        ),
        Box(
            _("Followed"),
            one["randomised"],
            (
                Line(_("Lost to follow-up"), one["lost"]),
                Line(_("Withdrew from further collection"), one["withdrawn"]),
                Line(_("Died"), one["died"]),
            ),
        ),
        Box(
            _("Analysed for survival"),
            analysed,
            (
                *some(_("Left out: entries contradict each other"), one["left_out"]),
                Line(_("Evaluable at 6 months"), primary["evaluable"]),
                *some(_("of these without a status"), primary["undetermined"], part=True),
                *some(_("Not at 6 months yet"), primary.get("pending", 0)),
                *some(_("Not evaluable: never imaged, no event"), outside),
            ),
        ),
    )


def some(name: str, n: int, part: bool = False) -> tuple[Line, ...]:
    """A line that stands only where there is somebody."""
    return (Line(name, n, part),) if n else ()


def reasons(definition: Definition) -> dict[str, str]:
    """Why a treatment ended: code -> words."""
    found = definition.codelist(definition.form("EOT").item("reason").codelist)
    return {code: label.get(language()) for code, label in found.by_code.items()}


def harms_view(result: Mapping[str, Any]) -> Harms | None:
    """None where the run is older than these counts."""
    if "harms" not in result:
        return None
    groups = result["harms"]
    several = len(groups) > 1
    return Harms(
        groups=tuple(name if several else "" for name in groups),
        treated=tuple(one["treated"] for one in groups.values()),
        rows=(*exposure(groups.values()), *kinds(groups.values())),
        terms=tuple(terms(list(groups.values()))),
        note=_(
            "Participants who had an injection, each counted once; events that began between the "
            "first injection and %(days)d days after the last."
        )
        % {"days": DAYS_AFTER},
    )


KINDS = {
    "any": lambda: _("Any adverse event"),
    "related": lambda: _("Related to the treatment"),
    "severe": lambda: _("Grade 3 to 5"),
    "severe_related": lambda: _("Grade 3 to 5, related"),
    "serious": lambda: _("Serious"),
    "serious_related": lambda: _("Serious, related"),
    "stopped": lambda: _("Treatment stopped because of it"),
    "fatal": lambda: _("Fatal"),
}


def kinds(groups: Iterable[Mapping[str, Any]]) -> tuple[Counted, ...]:
    found = list(groups)
    return tuple(
        Counted(name(), tuple(share(one["participants"][kind], one["treated"]) for one in found))
        for kind, name in KINDS.items()
    )


def exposure(groups: Iterable[Mapping[str, Any]]) -> tuple[Counted, ...]:
    found = list(groups)
    cells = []
    for one in found:
        given = one["injections"]
        middle = words.NE if given["median"] is None else f"{given['median']:g}"
        limits = words.between(*(str(given[key] or words.NE) for key in ("least", "greatest")))
        cells.append(f"{middle} ({limits})" if given["total"] else middle)
    return (Counted(_("Injections, median (range)"), tuple(cells)),)


def share(n: int, of: int) -> str:
    """ "4 (14.8 %)"."""
    return f"{n} ({words.percent(n / of)} %)" if of else str(n)


def terms(groups: list[Mapping[str, Any]]) -> Iterable[Counted]:
    """A line a term over the groups, that of most participants first."""
    by_group = [{row["term"].casefold(): row for row in one.get("terms", ())} for one in groups]
    names = {key: row["term"] for rows in by_group for key, row in rows.items()}
    total = {key: sum(rows[key]["any"] for rows in by_group if key in rows) for key in names}
    for key in sorted(names, key=lambda key: (-total[key], key)):
        found = [rows.get(key, {}) for rows in by_group]
        kinds_ = ("any", "severe", "serious")
        cells = tuple(str(one.get(kind, 0)) for one in found for kind in kinds_)
        yield Counted(names[key] or _("no term"), cells)
