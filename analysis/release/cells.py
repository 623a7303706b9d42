"""What stands in a cell. Pure."""

import re
from typing import Any

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def safe(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula; numbers
    stay as they are."""
    if text.startswith(FORMULA) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def value(answer: Any) -> str:
    """The code or value: several codes joined by "|", nothing where there is only a reason."""
    if answer is None or isinstance(answer, dict):
        return ""
    if isinstance(answer, list):
        return safe("|".join(str(one) for one in answer))
    return safe(str(answer))


def missing(answer: Any) -> str:
    """Why there is no value: not_done, not_available, unknown, not_applicable; else nothing."""
    return str(answer.get("missing", "")) if isinstance(answer, dict) else ""


def label(answer: Any, labels: dict[str, str]) -> str:
    """The English words of a coded answer."""
    if answer is None or isinstance(answer, dict):
        return ""
    codes = answer if isinstance(answer, list) else [answer]
    return safe("; ".join(labels.get(str(code), str(code)) for code in codes))
