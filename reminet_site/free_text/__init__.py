"""What in a free text could say who somebody is. Pure: no Django, no database, no clock.

It asks for a second look and is no proof: a text without a find may still name somebody.
"""

from reminet_site.free_text.names import holds_birth, holds_name
from reminet_site.free_text.numbers import holds_email, holds_national_number, holds_phone

# kind -> what the sentence calls it, in English and French
KINDS = {
    "name": ("a name", "un nom"),
    "birth": ("a date of birth", "une date de naissance"),
    "phone": ("a telephone number", "un numéro de téléphone"),
    "email": ("an e-mail address", "une adresse électronique"),
    "national": ("a national number", "un numéro national"),
}
_HOLDS = {
    "name": holds_name,
    "birth": holds_birth,
    "phone": holds_phone,
    "email": holds_email,
    "national": holds_national_number,
}


def found(text: str) -> tuple[str, ...]:
    """The kinds of identifying content that the text seems to hold, in the order of KINDS."""
    if len(text) < 5:
        return ()
    return tuple(kind for kind, holds in _HOLDS.items() if holds(text))


def in_words(kinds: tuple[str, ...], language: str = "en") -> str:
    """ "a name and a telephone number"."""
    at, joint = (1, " et ") if language == "fr" else (0, " and ")
    words = [KINDS[kind][at] for kind in kinds]
    return joint.join(filter(None, (", ".join(words[:-1]), words[-1])))
