"""Figures as they are printed: months and per cent with one decimal, NE where not estimable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analysis.stats.months import in_months, in_percent, one_decimal
from reminet_site.jinja2_env import number, semicolon

NE = "NE"


def months(days: float | None) -> str:
    return number(one_decimal(in_months(days)))


def percent(share: float | None) -> str:
    return number(one_decimal(in_percent(share)))


def plain(value: float | None, places: int = 2) -> str:
    return number(value, places)


def p_value(value: float | None) -> str:
    if value is None:
        return NE
    return _("below 0.0001") if value < 0.0001 else number(value, 4)


def between(low: str, high: str) -> str:
    """An interval in words: NE to NE is NE."""
    if low == high == NE:
        return NE
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def rate(one: Mapping[str, Any] | None, waiting: str) -> tuple[str, str]:
    """ "18 of 25, 72.0", and beside it its interval with how many wait ("%(n)d not there yet") or
    count as failures since nothing is known; NE where nobody can be judged."""
    if one is None:
        return NE, ""
    found, beside = NE, []
    if one["evaluable"]:
        counts = _("%(k)d of %(n)d") % {"k": one["success"], "n": one["evaluable"]}
        found = f"{counts}, {percent(one['rate'])}"
        beside.append(between(percent(one["lower"]), percent(one["upper"])))
    if one["pending"]:
        beside.append(waiting % {"n": one["pending"]})
    if one["undetermined"]:
        beside.append(_("%(n)d unknown, counted as failures") % {"n": one["undetermined"]})
    return found, f"{semicolon()} ".join(beside)


def months_between(quantile: Mapping[str, Any]) -> str:
    return between(months(quantile["lower"]), months(quantile["upper"]))


def curve_rows(curve: Mapping[str, Any]) -> tuple[tuple[str, str, str, str], ...]:
    """(month, at risk, rate, interval) every six months up to the last follow-up."""
    return tuple(
        (
            str(one["month"]),
            str(one["at_risk"]),
            percent(one["survival"]),
            "" if one["month"] == 0 else between(percent(one["lower"]), percent(one["upper"])),
        )
        for one in curve["months"]
    )


def rate_at(curve: Mapping[str, Any], month: int) -> Mapping[str, Any] | None:
    return next((one for one in curve["months"] if one["month"] == month), None)


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1_000_000:
        return f"{number(max(count / 1000, 0.1))} " + _("kB")
    return f"{number(count / 1_000_000)} " + _("MB")


def whole(count: int) -> str:
    """1,574, as the reader writes thousands."""
    return f"{count:,}".replace(",", "\u202f") if french() else f"{count:,}"


def french() -> bool:
    return (get_language() or "en").startswith("fr")


def seconds(count: float) -> str:
    return f"{count:.1f} s" if count < 10 else f"{count:.0f} s"
