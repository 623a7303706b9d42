"""What a cell of a CSV file may hold. Pure."""

import re

# A spreadsheet drops blanks, then takes a cell that begins so for a formula; some take the wide
# forms as well.
FORMULA = re.compile("^[\\s\u200b\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def neutral(text: str) -> str:
    """The text with an apostrophe before what would be a formula; numbers stay numbers."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def plain(text: str) -> str:
    """The text of a cell without the apostrophe that `neutral` put before it."""
    return text[1:] if text.startswith("'") and neutral(text[1:]) == text else text
