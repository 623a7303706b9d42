"""What stands in a cell. Pure."""

from typing import Any

from reminet_site.spreadsheet import neutral


def value(answer: Any) -> str:
    """The code or value: several codes joined by "|", nothing where there is only a reason."""
    if answer is None or isinstance(answer, dict):
        return ""
    if isinstance(answer, list):
        return neutral("|".join(str(one) for one in answer))
    return neutral(str(answer))


def missing(answer: Any) -> str:
    """Why there is no value: not_done, not_available, unknown, not_applicable; else nothing."""
    return str(answer.get("missing", "")) if isinstance(answer, dict) else ""


def label(answer: Any, labels: dict[str, str]) -> str:
    """The English words of a coded answer."""
    if answer is None or isinstance(answer, dict):
        return ""
    codes = answer if isinstance(answer, list) else [answer]
    return neutral("; ".join(labels.get(str(code), str(code)) for code in codes))
