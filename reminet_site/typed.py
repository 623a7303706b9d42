"""What arrives in a request, read: numbers, days, reasons that say something."""

import re
import unicodedata
from datetime import date
from functools import cache

from babel import Locale
from django.utils.translation import gettext_noop

NUMBERS = re.compile(r"(\d\d?)[/.\- ](\d\d?)[/.\- ](\d{4})", re.ASCII)
WORDS = re.compile(r"([0-9]{1,2})(?:er)?[ .\-]*([^\W\d_]{3,9})\.?[ .\-]*([0-9]{4})")
NO_DAY = gettext_noop("Give a day of the calendar, as 23/11/2018 or 23 Nov 2018.")
MOST_DIGITS = 9  # the database's integers hold them


def whole(text: str | None) -> int | None:
    """12 for "12"; None for anything but one to nine of the digits 0 to 9."""
    if text and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    return None


def a_day(text: str) -> date | None:
    """The day for 23/11/2026, 2026-11-23 or as pages show it, 23 Nov 2026; None for anything else,
    and before 1900."""
    text = " ".join(text.split())
    try:
        if found := NUMBERS.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        elif found := WORDS.fullmatch(text):
            day = date(int(found[3]), months().get(bare(found[2]), 0), int(found[1]))
        else:
            day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1900 else None


@cache
def months() -> dict[str, int]:
    """The number of each month by its names and their short forms, English and French."""
    words = {"sept": 9}
    for language in ("en", "fr"):
        for width in ("wide", "abbreviated"):
            named = Locale(language).months["format"][width]
            words |= {bare(name): number for number, name in named.items()}
    return words


def bare(name: str) -> str:
    """A name of a month without case, accents and full stop."""
    signs = unicodedata.normalize("NFD", name.casefold().rstrip("."))
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


# Letters by their class, blank on every screen.
UNSEEN = "\u115f\u1160\u3164\uffa0"


def said(text: str) -> str:
    """The text without blanks around it; "" where it holds no letter and no digit."""
    if any(sign.isalnum() and sign not in UNSEEN for sign in text):
        return text.strip()
    return ""
