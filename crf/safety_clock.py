"""The clock of a serious event: the sponsor is told within 24 hours of the centre's learning of it
(Regulation (EU) 536/2014, article 41(2)). Pure.

Hours are absolute: they run through nights, weekends and changes of the clock. Where the time of
day is not known the day counts from its beginning, which is never too late; of the two moments of
an hour that the clock repeats, the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crf.definition.plan import SeriousEvents

ALLOWED = timedelta(hours=24)


def aware_at(answers: Mapping[str, Any], mark: SeriousEvents, zone: str) -> datetime | None:
    """When the centre learned of the event, UTC; None where its day is not told."""
    if mark.aware is None:
        return None
    day, at = answers.get(mark.aware.day), answers.get(mark.aware.time)
    if not isinstance(day, str):  # blank, or a reason why there is none
        return None
    clock = time.fromisoformat(at) if isinstance(at, str) else time()
    local = datetime.combine(date.fromisoformat(day), clock, ZoneInfo(zone))
    return local.astimezone(UTC)


def blanks(answers: Mapping[str, Any], mark: SeriousEvents) -> list[str]:
    """The items of a report that are not answered, the day of knowledge among them; a reason why
    there is no answer answers."""
    asked = [*mark.report, mark.aware.day] if mark.aware else mark.report
    return [item for item in dict.fromkeys(asked) if answers.get(item) in (None, "", [])]


@dataclass(frozen=True, slots=True)
class ReportClock:
    """One event's: when the centre knew, and when all that a report holds was saved."""

    aware_at: datetime
    told_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        return self.aware_at + ALLOWED

    def late(self, now: datetime) -> bool:
        """True from the first moment after 24 hours in which nothing complete was saved."""
        return (self.told_at or now) > self.due_at

    def taken(self, now: datetime) -> timedelta:
        """From the knowledge to the report, or until now; never less than nothing."""
        return max((self.told_at or now) - self.aware_at, timedelta())

    def left(self, now: datetime) -> timedelta:
        return max(self.due_at - now, timedelta())
