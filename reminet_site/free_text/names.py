"""Names of persons and dates of birth, in English, French, German and Dutch.

A name is a word after a title (Mme Dupont), after "patient" (patient Dupont), or a first name
beside another capitalised word (Marie Dupont). A capital alone says nothing: German nouns, drugs,
scores and hospitals have one too, so `vocabulary` holds the words that are nobody's name here.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

from reminet_site.free_text.vocabulary import (
    NOT_NAMES,
    NOUN_ENDINGS,
    OF_A_PLACE,
    PARTICLES,
    ROLES,
    TITLES,
    UNSURE_FIRST_NAMES,
)

CAPITAL = re.compile(r"[A-ZÀ-Þ][\w'’]")
TOKEN = re.compile(r"[^\W_][\w'’\-]*\.?|[^\w\s]")
DATE = re.compile(
    r"\d{1,2}(?:\s?[./\-]\s?\d{1,2}\s?[./\-]\s?\d{2,4}|\.? [a-zA-Zéûä]{3,9}\.? \d{4})"
    r"|\d{4}-\d\d-\d\d"
)
BIRTH = re.compile(
    r"\b(?:n[ée]e?\s+le|born(?:\s+on)?|dob|d\.o\.b\.|date\s+of\s+birth|date\s+de\s+naissance|ddn|"
    r"geb(?:oren)?\.?(?:\s+(?:am|op))?|geburtsdatum|geboortedatum)\s*:?\s*$",
    re.IGNORECASE,
)


NOBODY = NOT_NAMES | OF_A_PLACE


@cache
def listed(which: str) -> frozenset[str]:
    """first_names.txt or last_names.txt, in small letters; lines with # are about the list."""
    text = resources.files("reminet_site.free_text").joinpath(f"{which}.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


def holds_birth(text: str) -> bool:
    """A whole date after a word of birth."""
    return any(
        BIRTH.search(text, max(0, one.start() - 24), one.start()) for one in DATE.finditer(text)
    )


def holds_name(text: str) -> bool:
    if not CAPITAL.search(text):
        return False
    tokens = TOKEN.findall(text)
    return any(
        token[0].isupper() and could_be(token) and named(tokens, at)
        for at, token in enumerate(tokens)
    )


def plain(token: str) -> str:
    return token.rstrip(".").lower().replace("’", "'")


def could_be(token: str) -> bool:
    """A word of letters with a capital that no vocabulary of the trial knows."""
    word = token.rstrip(".")
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    if len(letters) < 3 or not letters.isalpha() or plain(word) in NOBODY:
        return False
    return len(letters) > 3 or not word.isupper()


def named(tokens: Sequence[str], at: int) -> bool:
    """The capitalised word at this place is somebody's name, by what stands beside it."""
    before = at - 1
    while before >= 0 and tokens[before].lower() in PARTICLES:
        before -= 1
    last = tokens[before] if before >= 0 else ""
    if last in TITLES or (last == "heer" and tokens[before - 1].lower() == "de"):
        return True
    if last.lower() in ROLES and follows_role(last, tokens[at]):
        return True
    return begins_pair(tokens, at)


def follows_role(role: str, token: str) -> bool:
    """After a capital (a German noun, a heading), and in capitals, only a known name counts."""
    word = plain(token)
    if word in listed("first_names") or word in listed("last_names"):
        return word not in UNSURE_FIRST_NAMES or role[0].islower()
    unknown = role[0].islower() and not token.rstrip(".").isupper()
    return unknown and not word.endswith(NOUN_ENDINGS)


def begins_pair(tokens: Sequence[str], at: int) -> bool:
    """Marie Dupont, or Dupont Marie; not the hospital or the syndrome of that name."""
    after = at + 1
    while after < len(tokens) and tokens[after].lower() in PARTICLES:
        after += 1
    if after >= len(tokens) or tokens[at].endswith(".") or not tokens[after][0].isupper():
        return False
    if not could_be(tokens[after]):
        return False
    beside = (*tokens[max(0, at - 3) : at], *tokens[after + 1 : after + 2])
    if any(plain(word) in OF_A_PLACE for word in beside):
        return False
    one, two = plain(tokens[at]), plain(tokens[after])
    if is_first(one):
        return one not in UNSURE_FIRST_NAMES or two in listed("last_names")
    return is_first(two) and one in listed("last_names") and two not in UNSURE_FIRST_NAMES


def is_first(word: str) -> bool:
    """A first name, also a double one: Jean-Pierre."""
    known = listed("first_names")
    return word in known or ("-" in word and all(part in known for part in word.split("-")))
