"""Whole numbers as they arrive in a request."""

MOST_DIGITS = 9  # the database's integers hold them


def whole(text: str | None) -> int | None:
    """12 for "12"; None for anything but one to nine of the digits 0 to 9."""
    if text and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    return None
