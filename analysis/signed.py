"""What signatures of the opening of the blind and of the committee's recommendations are about:
nothing of arms; the grounds of a recommendation by their salted hash."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from analysis.models import BlindOpening, Recommendation
from reminet_site.context import Actor
from reminet_site.signatures.actions import sign
from reminet_site.signatures.models import Signature

ASKED = gettext_noop("I ask that the blind of the trial be opened, for the reason given.")
CONFIRMED = gettext_noop("I agree that the blind of the trial is opened, for the reason given.")
RECOMMENDED = gettext_noop("I record this recommendation of the committee, for the grounds given.")


def sign_opening(record: str, by: Actor) -> None:
    """`record` is "asked" or "confirmed"."""
    meaning = ASKED if record == "asked" else CONFIRMED
    sign(kind="opening", record=record, meaning=meaning, by=by)


def opening(signatures: Sequence[Signature]) -> list[Any]:
    """The request; for the confirmation, who asked and who confirmed as well."""
    found = BlindOpening.objects.first()
    if found is None:
        return [None] * len(signatures)
    asked = {
        "reason": found.reason,
        "asked by": found.requested_by_id,
        "asked at": found.requested_at,
    }
    confirmed = asked | {"by": found.confirmed_by_id, "at": found.confirmed_at}
    return [asked if one.record == "asked" else confirmed for one in signatures]


def sign_recommendation(made: Recommendation, by: Actor) -> None:
    record = str(made.look.number)
    sign(kind="recommendation", record=record, meaning=RECOMMENDED, by=by)


def recommendation(signatures: Sequence[Signature]) -> list[Any]:
    """What was recommended after the look that `record` names."""
    found = {
        str(one.look.number): {
            "verdict": one.verdict,
            "asked": one.asked,
            "grounds": one.grounds_sha256,
            "by": one.by_id,
            "at": one.at,
        }
        for one in Recommendation.objects.select_related("look")
    }
    return [found.get(one.record) for one in signatures]
