"""What signatures of a redaction are about: which value goes and why, never the value."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from reminet_site.context import Actor
from reminet_site.signatures.actions import sign
from reminet_site.signatures.models import Signature
from reminet_site.trail.models import Redaction

ASKED = gettext_noop("I ask that this value be taken out of the audit trail, for the reason given.")
CONFIRMED = gettext_noop(
    "I agree that this value is taken out of the audit trail, for the reason given."
)


def sign_redaction(asked: Redaction, word: str, by: Actor) -> None:
    """`word` is "asked" or "confirmed"."""
    sign(
        kind="redaction",
        record=f"{asked.pk} {word}",
        meaning=ASKED if word == "asked" else CONFIRMED,
        by=by,
        centre_id=asked.centre_id,
    )


def redaction(signatures: Sequence[Signature]) -> list[Any]:
    ids = [int(one.record.split()[0]) for one in signatures]
    rows = {
        row["pk"]: row
        for row in Redaction.objects.filter(pk__in=ids).values(
            "pk", "trail_id", "side", "reason", "requested_by_id", "requested_at"
        )
    }
    return [rows.get(pk) for pk in ids]
