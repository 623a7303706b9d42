"""Checks that no form has: the wording of texts, and what other rooms know of an answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from crf import wording
from crf.definition import Evaluation, Finding, Text
from crf.reads import Place


def with_checks_beside(place: Place, evaluation: Evaluation) -> Evaluation:
    """The evaluation with what these checks find, in the order of the form."""
    more = [
        *wording.findings(place.compiled, evaluation.answers),
        *of_other_rooms(place, evaluation.answers),
    ]
    if not more:
        return evaluation
    rank = place.compiled.rank
    both = sorted([*evaluation.findings, *more], key=lambda one: rank.get(one.item, 0))
    return replace(evaluation, findings=tuple(both))


def of_other_rooms(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    for room in settings.CHECKS_BESIDE.values():
        yield from import_string(f"{room}.findings")(place, answers)


def deviations() -> dict[str, Text]:
    """What a confirmed finding of such a check is called, where it is a protocol deviation."""
    rooms = settings.CHECKS_BESIDE.items()
    return {check: import_string(f"{room}.DEVIATION") for check, room in rooms}


def told(check: str, text: str) -> str | None:
    """What such a check said, in the language of the page; None where the check is a form's."""
    room = settings.CHECKS_BESIDE.get(check)
    return import_string(f"{room}.told")(text) if room else None
