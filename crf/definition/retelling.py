"""What a check said once, in the other language: its sentence of today, with the values of then.

A query keeps what it asked in English. The sentence of the check gives the places of the values in
it; each value is put back as its item is read in French. Where the words are not those of the
sentence (another version of the definition asked), nothing is guessed.
"""

from __future__ import annotations

import functools
import re

from crf.definition import dates, sentences, values
from crf.definition.compiled_parts import CompiledCheck
from crf.definition.context import Reader
from crf.definition.model import Codelist, Item, Text
from crf.definition.verify import BRACES

GAP = Text("…", "…")  # stands where a value was unknown
REASONS = {words.en: words for words in values.REASONS.values()}
YES_NO = {words.en: words for words in values.YES_NO.values()}


def retold(check: CompiledCheck, codelists: dict[str, Codelist], said: str) -> Text | None:
    """Both languages of what this check said in English; None where it did not say that."""
    sentence = check.check.sentence
    found = places(sentence.en).fullmatch(said)
    if found is None or not sentence.fr:
        return None
    words = {
        name: read_back(check.readers[name], codelists, value)
        for name, value in zip(BRACES.findall(sentence.en), found.groups(), strict=True)
    }
    if set(BRACES.findall(sentence.fr)) - set(words):
        return None
    return Text(said, BRACES.sub(lambda place: words[place[1]].get("fr"), sentence.fr))


@functools.lru_cache(maxsize=1024)
def places(sentence: str) -> re.Pattern[str]:
    """The sentence, with a group for each name in braces."""
    literal = BRACES.split(sentence)[::2]
    return re.compile("(.+?)".join(re.escape(one) for one in literal), re.DOTALL)


def read_back(reader: Reader, codelists: dict[str, Codelist], words: str) -> Text:
    """The value that `values.label` wrote in English so, in both languages."""
    if words == GAP.en:
        return GAP
    item = reader.item
    if reader.ref.aspect:  # of a dictionary, which has one language
        return Text(words)
    if item is None or item.type in ("date", "partial_date"):  # the days of the schedule too
        return day(words)
    known = REASONS.get(words)
    if known is not None:
        return known
    if item.type in ("integer", "decimal"):
        return values.number_label(words.removesuffix(f" {item.unit}"), item.unit)
    if item.type == "yesno":
        return YES_NO.get(words, Text(words))
    return choices(item, codelists, words)


def day(words: str) -> Text:
    """ "9 Aug 2019", "Aug 2019", "2019"."""
    *first, year = words.split(" ")
    if first and first[-1] in sentences.SHORT_EN:
        month = sentences.SHORT_EN.index(first[-1]) + 1
        number = [f"{int(one):02d}" for one in first[:-1] if one.isdecimal()]
        return dates.shown("-".join([year, f"{month:02d}", *number]))
    return Text(words)


def choices(item: Item, codelists: dict[str, Codelist], words: str) -> Text:
    """Labels in the order of their codelist, which is how several are written."""
    known = codelists.get(item.codelist)
    found, left = [], words
    for code in known.codes if known else ():
        if left == code.label.en or left.startswith(f"{code.label.en}, "):
            found.append(code.label.get("fr"))
            left = left.removeprefix(code.label.en).removeprefix(", ")
    return Text(words, words if left else ", ".join(found))
