"""What signatures on a role of two persons are about: the request, and who decided it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from reminet_site.access.models import AccessRequest, RequestKind
from reminet_site.context import Actor
from reminet_site.signatures.actions import sign
from reminet_site.signatures.models import Signature

ASKED = gettext_noop("I ask that this person be given this role, for the reason given.")
CONFIRMED = gettext_noop("I agree that this person is given this role, for the reason given.")
SAID = ("pk", "user_id", "role", "centre_id", "reason", "asked_by_id", "asked_at")
DECIDED = ("state", "decided_by_id", "decided_at")


def sign_request(asked: AccessRequest, word: str, by: Actor) -> None:
    """`word` is "asked" or "confirmed"; a request for anything but a role is not signed."""
    if asked.kind != RequestKind.ROLE:
        return
    sign(
        kind="role",
        record=f"{asked.pk} {word}",
        meaning=ASKED if word == "asked" else CONFIRMED,
        by=by,
        centre_id=asked.centre_id,
    )


def role(signatures: Sequence[Signature]) -> list[Any]:
    """The request as it was asked; for the confirmation, who decided and when as well."""
    ids = [int(one.record.split()[0]) for one in signatures]
    rows = {
        row["pk"]: row for row in AccessRequest.objects.filter(pk__in=ids).values(*SAID, *DECIDED)
    }
    return [content(rows.get(pk), one.record) for pk, one in zip(ids, signatures, strict=True)]


def content(row: dict[str, Any] | None, record: str) -> dict[str, Any] | None:
    if row is None:
        return None
    names = SAID if record.endswith("asked") else SAID + DECIDED
    return {name: row[name] for name in names}
