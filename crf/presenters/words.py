"""Words and shapes that several pages share: states, dates, distances in days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crf.definition.plan import Visit
from crf.definition.schedule import DueVisit
from reminet_site.jinja2_env import month

STATES = {
    "planned": gettext_lazy("Planned"),
    "future": gettext_lazy("Planned"),
    "due": gettext_lazy("Due"),
    "late": gettext_lazy("Late"),
    "draft": gettext_lazy("Draft"),
    "partial": gettext_lazy("Incomplete"),
    "entered": gettext_lazy("Entered"),
    "verified": gettext_lazy("Verified"),
    "signed": gettext_lazy("Signed"),
    "locked": gettext_lazy("Locked"),
    "missing": gettext_lazy("Not done"),
    "query": gettext_lazy("Query"),
}
ICONS = {"planned": "future", "partial": "entered", "not_done": "missing"}
CLASSES = {"planned": "future", "partial": "due", "not_done": "missing"}


@dataclass(frozen=True, slots=True)
class State:
    """A state as shape, word and colour."""

    kind: str  # the class: state-late
    icon: str
    words: str


def state(kind: str, words: str = "") -> State:
    """The state of that kind, with its usual word where none is given."""
    known = "missing" if kind == "not_done" else kind
    return State(
        CLASSES.get(kind, kind), ICONS.get(kind, kind), words or str(STATES.get(known, kind))
    )


def day(value: date | None, today: date | None = None) -> str:
    """9 Aug 2019; without the year where it is that of `today`."""
    if value is None:
        return ""
    short = f"{value.day} {month(value)}"
    return short if today is not None and value.year == today.year else f"{short} {value.year}"


def moment(value: datetime | None, zone: str, today: date | None = None) -> str:
    """ "today 10:42", "26 Aug 14:31" or "26 Aug 2018, 14:31" on the clock of the zone."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone))
    if today is not None and local.date() == today:
        return f"{_('today')} {local:%H:%M}"
    comma = "" if today is not None and local.year == today.year else ","
    return f"{day(local.date(), today)}{comma} {local:%H:%M}"


def days(count: int) -> str:
    """ "1 day", "4 days"."""
    return ngettext("%(n)d day", "%(n)d days", count) % {"n": count}


def ahead(count: int) -> str:
    """ "today", "tomorrow", "in 6 days"."""
    if count <= 0:
        return _("today")
    return _("tomorrow") if count == 1 else _("in %(days)s") % {"days": days(count)}


def window(one: DueVisit, visit: Visit, today: date) -> str:
    """ "21 Oct ± 3 days"; for what happens once, as screening, "until 3 Oct"."""
    if one.target is None:
        return ""
    if visit.kind == "once" and one.window_end:
        return _("until %(day)s") % {"day": day(one.window_end, today)}
    if visit.window_before != visit.window_after or not visit.window_before:
        return day(one.target, today)
    return f"{day(one.target, today)} ± {days(visit.window_before)}"


def lower(title: str) -> str:
    """ "month 6" of "Month 6", for use inside a sentence."""
    return title[:1].lower() + title[1:]


def code(value: str) -> str:
    """A form or item name as a last resort for a label."""
    return value.replace("_", " ").capitalize()
