"""What arrives in a request, read: whole numbers, and reasons that say something."""

MOST_DIGITS = 9  # the database's integers hold them


def whole(text: str | None) -> int | None:
    """12 for "12"; None for anything but one to nine of the digits 0 to 9."""
    if text and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    return None


# Letters by their class, blank on every screen.
UNSEEN = "\u115f\u1160\u3164\uffa0"


def said(text: str) -> str:
    """The text without blanks around it; "" where it holds no letter and no digit."""
    if any(sign.isalnum() and sign not in UNSEEN for sign in text):
        return text.strip()
    return ""
