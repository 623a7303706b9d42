"""What signatures of the randomisation are about, read anew whenever one is checked. No arm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from crf import study
from crf.definition import Definition
from crf.models import Entry, Participant
from randomisation.eligibility import SCREENING
from randomisation.models import UnblindingRecord
from reminet_site.context import Actor
from reminet_site.signatures.actions import sign
from reminet_site.signatures.models import Signature

ELIGIBILITY = gettext_noop(
    "I have checked the criteria of eligibility and the strata of this participant, they are "
    "right, and I order the allocation."
)
AGAIN = gettext_noop(
    "I have seen what changed in the eligibility of this participant after the allocation, and "
    "confirm what stands now."
)
UNBLINDING = gettext_noop(
    "In an emergency I need to know the treatment of this participant, for the reason given."
)


def sign_eligibility(participant: Participant, by: Actor, meaning: str = ELIGIBILITY) -> None:
    """Every answer that the gate reads is signed as it stands."""
    sign(
        kind=gettext_noop("eligibility"),
        record=participant.code,
        meaning=meaning,
        by=by,
        centre_id=participant.centre_id,
        participant_id=participant.pk,
        definition_sha256=study.current().definition.sha256,
    )


def sign_unblinding(record: UnblindingRecord, by: Actor) -> None:
    """The request is signed: who is to be unblinded, why, when. What is shown is not."""
    sign(
        kind="unblinding",
        record=str(record.pk),
        meaning=UNBLINDING,
        by=by,
        centre_id=record.centre_id,
        participant_id=record.participant_id,
    )


def eligibility(signatures: Sequence[Signature]) -> list[Any]:
    """Of each: the participant, and the answers that the gate of then reads, as they stand."""
    ids = {one.participant_id for one in signatures}
    codes = dict(Participant.objects.filter(pk__in=ids).values_list("pk", "code"))
    forms: dict[int, dict[str, Any]] = defaultdict(dict)
    kept = Entry.objects.filter(participant_id__in=ids, visit=SCREENING, number=1)
    for participant, form, data in kept.values_list("participant_id", "form", "data"):
        forms[participant][form] = data
    found: list[Any] = []
    for one in signatures:
        definition = study.named(one.definition_sha256)
        if definition is None or one.participant_id not in codes:
            found.append(None)
            continue
        answers = answers_of(definition, forms[one.participant_id])
        found.append({"participant": codes[one.participant_id], "answers": answers})
    return found


def answers_of(definition: Definition, forms: dict[str, Any]) -> dict[str, Any]:
    """ "FORM.item" -> its answer as saved, of everything that a criterion or a factor reads."""
    return {
        f"{form}.{item}": forms.get(form, {}).get(item)
        for form, item in definition.eligibility.items
    }


def unblinding(signatures: Sequence[Signature]) -> list[Any]:
    ids = [int(one.record) for one in signatures]
    records = UnblindingRecord.objects.filter(pk__in=ids).select_related("participant")
    by_id = {one.pk: one for one in records}
    return [said_of(by_id.get(pk)) for pk in ids]


def said_of(record: UnblindingRecord | None) -> Any:
    if record is None:
        return None
    return {
        "participant": record.participant.code,
        "reason": record.reason,
        "at": record.at,
        "by": record.by_id,
        "role": record.role,
    }
