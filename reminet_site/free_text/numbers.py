"""Telephone numbers, e-mail addresses and the national numbers of the trial's countries.

A national number counts only where its check digits are right, so that doses, dates, kits and
laboratory values pass. The checks are python-stdnum's, but for the two German insurance numbers.
"""

import re

from stdnum.be import nn as be_nn
from stdnum.de import idnr as de_idnr
from stdnum.fr import nir as fr_nir
from stdnum.gb import nhs as gb_nhs
from stdnum.ie import pps as ie_pps
from stdnum.nl import bsn as nl_bsn

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
SIX_DIGITS = re.compile(r"\d(?:[ ./()\-]{0,2}\d){5}")
DATE = re.compile(
    r"\b\d{4}[-./]\d{1,2}[-./]\d{1,2}\b|\b\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d\b"
    r"|(?<![\d./])(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./]\d\d\b(?![./ ]?\d)"
)
WHOLE_DATE = re.compile(r"\b\d{4}[-./]\d\d[-./]\d\d\b|\b\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d\b")
EIGHT_SIGNS = re.compile(r"[A-Z\d](?:[ ./\-]?\d){6}[ ./\-]?[A-Z\d]")
# +33 6 12 34 56 78 · 0033 612345678 · 06 12 34 56 78 · 030/1234567 · 0161 496 0000
ABROAD = re.compile(r"(?<![\d.,])(?:\+|00)[1-9]\d{0,2}(?:[ ./\-]?\(0\))?(?:[ ./\-]?\d){7,12}(?!\d)")
AT_HOME = re.compile(r"(?<![\d.,+\-/])\(?0[1-9]\d{0,3}\)?(?:[ ./\-]{0,2}\d){5,9}(?![\d]|[.,]\d)")
CALLED = re.compile(
    r"\b(?:t[ée]l(?:[ée]phone|[ée]foon|efon)?|phone|mobile|portable|handy|gsm|fax)\b[.:]?"
    r"(?:\s*(?:no|n°|nr|number|num[ée]ro|nummer))?[.:]?\s*\(?\+?\d(?:[ ./()\-]{0,2}\d){5}",
    re.IGNORECASE,
)
NIR = re.compile(
    r"(?<![\dA-Z])[1-478][ .]?\d\d[ .]?\d\d[ .]?(?:2[AB]|\d\d)[ .]?\d{3}[ .]?\d{3}"
    r"[ .\-/]?\d\d(?!\d)"
)
BELGIAN = re.compile(r"(?<!\d)\d\d[. ]?\d\d[. ]?\d\d[- ]?\d{3}[. ]?\d\d(?!\d)")
GERMAN_TAX = re.compile(r"(?<!\d)[1-9]\d(?: ?\d{3}){3}(?!\d)")
GERMAN_PENSION = re.compile(r"(?<![\dA-Z])\d\d ?[0-3]\d[01]\d\d\d ?[A-Z] ?\d{3}(?!\d)")
GERMAN_HEALTH = re.compile(r"(?<![\dA-Z])[A-Z]\d{9}(?!\d)")
DUTCH = re.compile(r"(?<!\d)(?:\d{9}|\d{4}\.\d\d\.\d{3})(?!\d)")
BRITISH = re.compile(r"(?<!\d)\d{3}[ \-]?\d{3}[ \-]?\d{4}(?!\d)")
IRISH = re.compile(r"(?<![\dA-Z])\d{7}[A-W][A-IW]?(?![\dA-Za-z])")


def holds_email(text: str) -> bool:
    return "@" in text and EMAIL.search(text) is not None


def holds_phone(text: str) -> bool:
    """A number that one could call; dates are left out first."""
    if not SIX_DIGITS.search(text):
        return False
    rest = DATE.sub("x", text)
    if not SIX_DIGITS.search(rest):
        return False
    if CALLED.search(rest) or ABROAD.search(rest):
        return True
    return any(9 <= digits(one) <= 12 for one in AT_HOME.findall(rest))


def digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def holds_national_number(text: str) -> bool:
    """A number with the right check digits: FR, BE, DE, NL, UK, IE."""
    if not SIX_DIGITS.search(text):
        return False
    rest = WHOLE_DATE.sub("x", text)
    if not EIGHT_SIGNS.search(rest):
        return False
    return any(any(holds(one) for one in pattern.findall(rest)) for pattern, holds in NATIONAL)


def pension_number(typed: str) -> bool:
    """Rentenversicherungsnummer: digit sums of the products with 2 1 2 5 7 1 2 1 2 1 2 1."""
    kept = typed.replace(" ", "")
    letter = ord(kept[8]) - 64
    body = f"{kept[:8]}{letter:02d}{kept[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    return _sum_of_digits(body, weights) % 10 == int(kept[11])


def health_number(typed: str) -> bool:
    """Krankenversichertennummer: a letter, eight digits, digit sums with weights 1 2 1 2 ..."""
    body = f"{ord(typed[0]) - 64:02d}{typed[1:9]}"
    return _sum_of_digits(body, (1, 2) * 5) % 10 == int(typed[9])


def _sum_of_digits(body: str, weights: tuple[int, ...]) -> int:
    products = (int(digit) * weight for digit, weight in zip(body, weights))
    return sum(product // 10 + product % 10 for product in products)


NATIONAL = (
    (NIR, fr_nir.is_valid),
    (BELGIAN, be_nn.is_valid),
    (GERMAN_TAX, de_idnr.is_valid),
    (GERMAN_PENSION, pension_number),
    (GERMAN_HEALTH, health_number),
    (DUTCH, nl_bsn.is_valid),
    (BRITISH, gb_nhs.is_valid),
    (IRISH, ie_pps.is_valid),
)
