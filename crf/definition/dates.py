"""Dates as people type them, and as they are kept.

A date is kept as "2019-08-09"; a partial date as that, as "2019-08" or as "2019". In
expressions a date is its proleptic Gregorian day number (`date.toordinal`), a double.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from crf.definition import sentences
from crf.definition.model import Text

FIRST_YEAR, LAST_YEAR = 1900, 2100
UNKNOWN_MARKS = ("", "UK", "UNK", "UN", "INC", "NK")

_NUMERIC = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4}|[0-9]{2})")
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_WORDS = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|er)?[ .\-]*([^\W\d_]{3,9})\.?[ ,.\-]*([0-9]{4}|[0-9]{2})"
)


class BadDate(Exception):
    """What was typed is no date; `sentence` says how to mend it."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def _month_words() -> dict[str, int]:
    words: dict[str, int] = {}
    for names in (
        sentences.MONTHS_EN,
        sentences.MONTHS_FR,
        sentences.SHORT_EN,
        sentences.SHORT_FR,
    ):
        for number, name in enumerate(names, start=1):
            words[name.casefold().rstrip(".")] = number
    return words | {"sept": 9, "fev": 2, "aout": 8, "dec": 12, "fevrier": 2, "decembre": 12}


MONTH_WORDS = _month_words()


def check_day(year: int, month: int, day: int) -> date:
    """The date, or `BadDate` with the sentence for the part that is wrong."""
    check_year(year)
    if not 1 <= month <= 12:
        raise BadDate(sentences.no_such_month(str(month)))
    if not 1 <= day <= 31:
        raise BadDate(sentences.no_day_zero(str(day)))
    days = monthrange(year, month)[1]
    if day > days:
        raise BadDate(sentences.no_such_day(month, days, year))
    return date(year, month, day)


def check_year(year: int) -> None:
    """Refuses a year that no trial can meet."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadDate(sentences.year_out(year, FIRST_YEAR, LAST_YEAR))


def _year(raw: str) -> int:
    if len(raw) == 2:
        raise BadDate(sentences.two_digit_year(raw))
    return int(raw)


def parse_date(raw: str) -> str:
    """ISO date of "09/08/2019", "9.8.2019", "9-8-2019", "2019-08-09" or "9 Aug 2019"."""
    text = " ".join(raw.split())
    if found := _ISO.fullmatch(text):
        return check_day(int(found[1]), int(found[2]), int(found[3])).isoformat()
    if found := _NUMERIC.fullmatch(text):
        return check_day(_year(found[3]), int(found[2]), int(found[1])).isoformat()
    if found := _WORDS.fullmatch(text):
        month = MONTH_WORDS.get(found[2].casefold())
        if month is not None:
            return check_day(_year(found[3]), month, int(found[1])).isoformat()
    raise BadDate(sentences.not_a_date(raw))


def _part(raw: str, month: bool = False) -> int | None:
    text = raw.strip()
    if text.upper() in UNKNOWN_MARKS:
        return None
    if month and text.casefold().rstrip(".") in MONTH_WORDS:
        return MONTH_WORDS[text.casefold().rstrip(".")]
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise BadDate(sentences.not_a_part(raw))
    return int(text)


def parse_partial(day: str, month: str, year: str, finest: str) -> str | None:
    """ "2019-08-09", "2019-08", "2019", or None where all three boxes are blank."""
    d, m, y = _part(day), _part(month, month=True), _part(year)
    if y is None:
        if d is None and m is None and not any(box.strip() for box in (day, month, year)):
            return None
        raise BadDate(sentences.year_needed())
    if y < 100:
        raise BadDate(sentences.two_digit_year(year.strip()))
    check_year(y)
    if d is not None and finest != "day":
        raise BadDate(sentences.day_not_kept())
    if m is None:
        if d is not None:
            raise BadDate(sentences.month_needed())
        return f"{y:04d}"
    if not 1 <= m <= 12:
        raise BadDate(sentences.no_such_month(month.strip()))
    if d is None:
        return f"{y:04d}-{m:02d}"
    return check_day(y, m, d).isoformat()


def span(kept: str) -> tuple[int, int]:
    """First and last day number that a kept date, full or partial, may stand for."""
    parts = [int(part) for part in kept.split("-")]
    if len(parts) == 3:
        day = date(*parts).toordinal()
        return day, day
    if len(parts) == 2:
        year, month = parts
        last = monthrange(year, month)[1]
        return date(year, month, 1).toordinal(), date(year, month, last).toordinal()
    return date(parts[0], 1, 1).toordinal(), date(parts[0], 12, 31).toordinal()


def shown(kept: str) -> Text:
    """ "9 Aug 2019", "Aug 2019" or "2019"."""
    parts = kept.split("-")
    if len(parts) == 1:
        return Text(kept, kept)
    month = int(parts[1]) - 1
    day = f"{int(parts[2])} " if len(parts) == 3 else ""
    return Text(
        f"{day}{sentences.SHORT_EN[month]} {parts[0]}",
        f"{day}{sentences.SHORT_FR[month]} {parts[0]}",
    )
