"""The Jinja2 environment of our pages: addresses, static files, dates; no logic of the trial."""

import functools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.formats import get_format
from django.utils.translation import gettext_noop
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    options.pop("undefined", None)
    env = Environment(
        **options,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext
    )
    env.globals.update({"static": functools.cache(static), "url": url})
    env.globals.update({"colon": colon, "semicolon": semicolon})
    env.filters.update(FILTERS)
    return env


def colon() -> str:
    """French writes a space before it, at which no line is broken."""
    return "\u00a0:" if (translation.get_language() or "en").startswith("fr") else ":"


def semicolon() -> str:
    return "\u00a0;" if (translation.get_language() or "en").startswith("fr") else ";"


def gettext(message: str) -> str:
    """Django's; a page asks for forty and more, the same ones each time."""
    return _gettext(translation.get_language(), message)


@functools.lru_cache(maxsize=8192)
def _gettext(language: str | None, message: str) -> str:
    return translation.gettext(message)


@functools.lru_cache(maxsize=8192)
def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


MONTHS = (
    gettext_noop("Jan"),
    gettext_noop("Feb"),
    gettext_noop("Mar"),
    gettext_noop("Apr"),
    gettext_noop("May"),
    gettext_noop("Jun"),
    gettext_noop("Jul"),
    gettext_noop("Aug"),
    gettext_noop("Sep"),
    gettext_noop("Oct"),
    gettext_noop("Nov"),
    gettext_noop("Dec"),
)


def month(value: date) -> str:
    """Aug, in the language of the page."""
    return gettext(MONTHS[value.month - 1])


def day(value: date | datetime | None) -> str:
    """9 Aug 2019."""
    return f"{value.day} {month(value)} {value.year}" if value else ""


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """9 Aug 2019, 10:42, on the clock of the zone."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local)}, {local:%H:%M}"


def number(value: float | None, places: int = 1) -> str:
    """A figure with its decimals as the reader writes them, or NE where it is not estimable."""
    if value is None:
        return "NE"
    return f"{value:.{places}f}".replace(".", get_format("DECIMAL_SEPARATOR"))


FILTERS: dict[str, Callable[..., str]] = {"day": day, "moment": moment, "number": number}
