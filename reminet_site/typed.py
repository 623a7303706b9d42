"""What arrives in a request, read: numbers, days, reasons that say something."""

import re
from datetime import date

from django.utils.translation import gettext_noop

DAY = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})", re.ASCII)
NO_DAY = gettext_noop("Give the day as 23/11/2026.")
MOST_DIGITS = 9  # the database's integers hold them


def whole(text: str | None) -> int | None:
    """12 for "12"; None for anything but one to nine of the digits 0 to 9."""
    if text and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    return None


def a_day(text: str) -> date | None:
    """The day for 23/11/2026, or for 2026-11-23; None for anything else, and before 1900."""
    found = DAY.fullmatch(text.strip())
    try:
        day = (
            date(int(found[3]), int(found[2]), int(found[1]))
            if found
            else date.fromisoformat(text.strip())
        )
    except ValueError:
        return None
    return day if day.year >= 1900 else None


# Letters by their class, blank on every screen.
UNSEEN = "\u115f\u1160\u3164\uffa0"


def said(text: str) -> str:
    """The text without blanks around it; "" where it holds no letter and no digit."""
    if any(sign.isalnum() and sign not in UNSEEN for sign in text):
        return text.strip()
    return ""
