"""The baseline by arm and of everyone, as the committee's and the final report show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis.baseline import LINES, MEASURES, UNKNOWN
from analysis.interim import EVERYONE
from analysis.presenters import words
from analysis.presenters.course import Counted, share
from crf.definition import Definition
from crf.definition.model import Item
from crf.definition.values import YES_NO, unit_words
from crf.words import language, lower

# items whose label alone does not say of what; their section's title does
OF_SECTION = ("l1_regimen", "l1_months")


@dataclass(frozen=True, slots=True)
class Line:
    """One characteristic. Of a number `cells` are the figure and what stands under it, a group
    each; `rows` are answers, and those of whom it is not known."""

    name: str
    cells: tuple[tuple[str, str], ...]
    rows: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """`groups` are the columns, with how many were randomised: the arms, and everyone."""

    groups: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]


def baseline_view(result: Mapping[str, Any], definition: Definition) -> Baseline | None:
    """None where the run is older than these figures."""
    found = result.get("characteristics")
    if found is None:
        return None
    names = {arm: arm for arm in result["arms"]} | {EVERYONE: _("All participants")}
    return Baseline(
        groups=tuple((name, found[group]["n"]) for group, name in names.items()),
        lines=tuple(line(item, [found[group] for group in names], definition) for item in LINES),
    )


def line(name: str, groups: Sequence[Mapping[str, Any]], definition: Definition) -> Line:
    item = definition.form(LINES[name]).item(name)
    title = title_of(item, definition)
    ns, found = [one["n"] for one in groups], [one["lines"][name] for one in groups]
    if name in MEASURES:
        cells = tuple(measure_words(one, item) for one in found)
        return Line(title, cells, unknown([n - one["n"] for n, one in zip(ns, found)]))
    without = [one.get(UNKNOWN, 0) for one in found]
    columns = [(one, n - none) for one, n, none in zip(found, ns, without)]
    given = {code for one in found for code in one if code != UNKNOWN}
    labels = labels_of(item, definition)
    older = given - labels.keys()  # codes that only an earlier definition has
    rows = tuple(
        Counted(labels.get(code, code), tuple(share(one.get(code, 0), n) for one, n in columns))
        for code in (*labels, *sorted(older))
        if code in given
    )
    return Line(title, (), rows + unknown(without))


def title_of(item: Item, definition: Definition) -> str:
    """ "First-line treatment, duration, months"."""
    title = item.label[language()]
    if item.name in OF_SECTION:
        sections = definition.form(LINES[item.name]).sections
        section = next(one for one in sections if item.name in one.contents)
        title = f"{section.title[language()]}, {lower(title)}"
    return f"{title}, {unit_words(item.unit)[language()]}" if item.unit else title


def labels_of(item: Item, definition: Definition) -> dict[str, str]:
    """code -> words, in the order of the form."""
    found = YES_NO if item.type == "yesno" else definition.codelist(item.codelist).by_code
    return {code: label[language()] for code, label in found.items()}


def measure_words(one: Mapping[str, Any], item: Item) -> tuple[str, str]:
    """ "63.5 (41 to 78)", and under it "62.1 (9.8), n 27"."""
    if not one["n"]:
        return words.NE, ""
    fine = max(item.precision, 1)
    limits = words.between(
        *(words.plain(one[key], item.precision) for key in ("least", "greatest"))
    )
    spread = "" if one["sd"] is None else f" ({words.plain(one['sd'], fine)})"
    return (
        f"{words.plain(one['median'], fine)} ({limits})",
        f"{words.plain(one['mean'], fine)}{spread}, n {one['n']}",
    )


def unknown(counts: Sequence[int]) -> tuple[Counted, ...]:
    """A line that stands only where there is somebody."""
    return (Counted(_("Not known"), tuple(map(str, counts))),) if any(counts) else ()
