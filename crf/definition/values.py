"""One value: from what is typed to what is kept, shown, put back into the page and computed.

Kept values (the JSON of an entry): text "abc"; integer 12; decimal "61.50", exact as typed; a
result beyond what can be measured "<5" or ">1000", where the item takes it, of both;
yes/no "yes" or "no"; choice "code"; multiple ["a", "b"]; date "2019-08-09"; partial date
"2019-08"; time "14:30"; no value for a reason {"missing": "not_done"}. Blank is None here and
an absent key in the entry.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crf.definition import dates, sentences
from crf.definition.model import BEYOND, Codelist, Item, Text

Raw = Mapping[str, Sequence[str]]

REASONS = {
    "not_done": Text("Not done", "Non fait"),
    "not_available": Text("Not available", "Non disponible"),
    "unknown": Text("Unknown", "Inconnu"),
    "not_applicable": Text("Not applicable", "Sans objet"),
}
YES_NO = {"yes": Text("Yes", "Oui"), "no": Text("No", "Non")}
# Units that are words, and those that French writes otherwise; the others are the same in both.
UNITS_FR = {
    "beats/min": "batt./min",
    "days": "jours",
    "months": "mois",
    "years": "ans",
    "× ULN": "× LSN",
}
PARTS = ("day", "month", "year")

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:[.,]([0-9]*))?")
_TIME = re.compile(r"([0-9]{1,2})\s*[:hH.]\s*([0-9]{2})")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MOST_DIGITS = 15


class BadValue(Exception):
    """What was typed cannot be kept; `sentence` says how to mend it."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def is_missing(value: Any) -> bool:
    """True for {"missing": reason}."""
    return isinstance(value, dict) and "missing" in value


def beyond(value: Any) -> str:
    """ "<" or ">" of a number beyond what can be measured; "" of any other."""
    return value[0] if isinstance(value, str) and value.startswith(BEYOND) else ""


def number(value: Any) -> str:
    """The digits of a kept number: of one beyond what can be measured, those of its limit."""
    return str(value).lstrip("<>")


def as_float(value: Any) -> float:
    """A kept number as it counts: one beyond what can be measured is the next double beyond its
    limit, so that "<1.5" is not at least 1.5."""
    found, mark = float(number(value)), beyond(value)
    return math.nextafter(found, math.inf if mark == ">" else -math.inf) if mark else found


def one(raw: Raw, name: str) -> str:
    """The last value posted under `name`, stripped; "" where there is none."""
    values = raw.get(name)
    return values[-1].strip() if values else ""


def parse(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> Any:
    """The kept value of `item` posted under `name`; None where blank; `BadValue` otherwise."""
    try:
        value = _PARSERS[item.type](item, codelist, raw, name)
    except dates.BadDate as error:
        raise BadValue(error.sentence) from None
    reason = one(raw, f"{name}.missing")
    if not reason:
        return value
    words = REASONS.get(reason)
    if words is None:
        raise BadValue(sentences.not_an_answer(reason))
    if value is not None:
        raise BadValue(sentences.value_and_reason(label(item, codelist, value).en, words))
    if reason not in item.missing:
        raise BadValue(sentences.reason_not_allowed(words))
    return {"missing": reason}


def _text(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    typed = one(raw, name).replace("\r\n", "\n").replace("\r", "\n")
    if not typed:
        return None
    if _CONTROL.search(typed):
        raise BadValue(sentences.odd_character())
    typed = unicodedata.normalize("NFC", typed)
    if len(typed) > item.length:
        raise BadValue(sentences.too_long(len(typed), item.length))
    return typed


def _number_parts(raw: str, whole_one: bool = False) -> tuple[str, str, str]:
    """Sign, whole digits without leading zeros, decimals as typed."""
    text = raw.replace("−", "-").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    found = _NUMBER.fullmatch(text)
    if not found or not (found[2] or found[3]):
        raise BadValue(sentences.not_a_number(raw, whole_one))
    whole, decimals = found[2].lstrip("0") or "0", found[3] or ""
    if len(whole) + len(decimals) > _MOST_DIGITS:
        raise BadValue(sentences.too_long_number(raw))
    return "-" if found[1] == "-" else "", whole, decimals


def _mark(item: Item, typed: str) -> tuple[str, str]:
    """("<", "5") of "< 5" where the item takes it; ("", what is typed) of anything else."""
    if not beyond(typed):
        return "", typed
    if typed[0] not in item.beyond:
        raise BadValue(sentences.not_beyond(typed))
    if not typed[1:].strip():
        raise BadValue(sentences.not_a_number(typed))
    return typed[0], typed[1:].strip()


def _integer(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> int | str | None:
    mark, typed = _mark(item, one(raw, name))
    if not typed:
        return None
    sign, whole, decimals = _number_parts(typed, whole_one=True)
    if decimals.strip("0"):
        raise BadValue(sentences.not_whole(typed))
    found = int(sign + whole)
    return f"{mark}{found}" if mark else found


def _decimal(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    mark, typed = _mark(item, one(raw, name))
    if not typed:
        return None
    sign, whole, decimals = _number_parts(typed)
    if len(decimals) > item.precision:
        raise BadValue(sentences.too_many_decimals(typed, len(decimals), item.precision))
    body = f"{whole}.{decimals}" if decimals else whole
    return mark + (body if not Decimal(body) else sign + body)


def _choice(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    typed = one(raw, name)
    if not typed:
        return None
    if codelist is None or typed not in codelist.by_code:
        raise BadValue(sentences.not_an_answer(typed))
    return typed


def _multiple(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> list[str] | None:
    typed = {value.strip() for value in raw.get(name, ()) if value.strip()}
    if not typed:
        return None
    known = codelist.by_code if codelist else {}
    for value in typed:
        if value not in known:
            raise BadValue(sentences.not_an_answer(value))
    return [code for code in known if code in typed]


def _yesno(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    typed = one(raw, name)
    if typed and typed not in YES_NO:
        raise BadValue(sentences.not_an_answer(typed))
    return typed or None


def _date(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    typed = one(raw, name)
    return dates.parse_date(typed) if typed else None


def _partial(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    day, month, year = (one(raw, f"{name}.{part}") for part in PARTS)
    return dates.parse_partial(day, month, year, item.finest)


def _time(item: Item, codelist: Codelist | None, raw: Raw, name: str) -> str | None:
    typed = one(raw, name)
    if not typed:
        return None
    found = _TIME.fullmatch(typed)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadValue(sentences.not_a_time(typed))
    return f"{int(found[1]):02d}:{found[2]}"


_PARSERS = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "choice": _choice,
    "multiple": _multiple,
    "yesno": _yesno,
    "date": _date,
    "partial_date": _partial,
    "time": _time,
}


def raw_of(item: Item, value: Any, name: str) -> dict[str, list[str]]:
    """What the page posts for a kept value: the inverse of `parse`."""
    if value is None:
        return {}
    if is_missing(value):
        return {f"{name}.missing": [value["missing"]]}
    if item.type == "partial_date":
        parts = [*str(value).split("-"), "", ""][:3]
        year, month, day = parts[0], parts[1] or "UK", parts[2] or "UK"
        boxes = {f"{name}.year": [year], f"{name}.month": [month]}
        return boxes if item.finest != "day" else boxes | {f"{name}.day": [day]}
    if item.type == "date":
        year, month, day = value.split("-")
        return {name: [f"{day}/{month}/{year}"]}
    return {name: [str(one) for one in value] if isinstance(value, list) else [str(value)]}


def label(item: Item, codelist: Codelist | None, value: Any) -> Text:
    """A kept value as people read it, with its unit; "" where blank."""
    if value is None or value == "":
        return Text("")
    if is_missing(value):
        return REASONS[value["missing"]]
    if item.type in ("integer", "decimal"):
        return number_label(str(value), item.unit)
    if item.type in ("date", "partial_date"):
        return dates.shown(value)
    if item.type == "yesno":
        return YES_NO[value]
    if item.type in ("choice", "multiple"):
        known = codelist.by_code if codelist else {}
        codes = value if isinstance(value, list) else [value]
        texts = [known.get(code, Text(code)) for code in codes]
        return Text(", ".join(t.en for t in texts), ", ".join(t.get("fr") for t in texts))
    return Text(str(value), str(value))


def number_label(value: str, unit: str) -> Text:
    """ "61.5 kg"; the French has its comma, and its word for the unit."""
    words = unit_words(unit)
    english, french = (f" {one}" if one else "" for one in (words.en, words.fr))
    return Text(f"{value}{english}", f"{value.replace('.', ',')}{french}")


def unit_words(unit: str) -> Text:
    return Text(unit, UNITS_FR.get(unit, unit))


def to_cel(item: Item, value: Any) -> Any:
    """A kept value as expressions see it, or None where it is unknown.

    Numbers are doubles (see `as_float`), yes/no a bool, a date
    its day number, a time minutes since midnight, a partial date {"from": first, "to": last day
    number} (complete: the day number itself).
    """
    if value is None or is_missing(value):
        return None
    kind = item.type
    if kind in ("integer", "decimal"):
        return as_float(value)
    if kind == "yesno":
        return value == "yes"
    if kind == "date":
        return float(date.fromisoformat(value).toordinal())
    if kind == "partial_date":
        first, last = dates.span(value)
        return float(first) if first == last else {"from": float(first), "to": float(last)}
    if kind == "time":
        hours, minutes = value.split(":")
        return float(int(hours) * 60 + int(minutes))
    return value


def from_cel(item: Item, value: Any) -> Any:
    """A computed value as it is kept: the inverse of `to_cel`; ValueError where it does not fit."""
    kind = item.type
    if kind == "yesno":
        if not isinstance(value, bool):
            raise ValueError("not a yes/no")
        return "yes" if value else "no"
    if kind == "decimal":
        exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-item.precision), _HALF_UP)
        return str(abs(exact) if exact == 0 else exact)
    if kind == "integer":
        return int(Decimal(repr(float(value))).quantize(Decimal(1), _HALF_UP))
    if kind in ("date", "partial_date"):
        return date.fromordinal(int(value)).isoformat()
    if kind == "time":
        return f"{int(value) // 60:02d}:{int(value) % 60:02d}"
    return list(value) if kind == "multiple" else str(value)


_HALF_UP = ROUND_HALF_UP
