"""Redaction: a value typed by mistake goes from the trail when two persons say so."""

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.clock import now
from reminet_site.context import Actor, because
from reminet_site.errors import NotThere, Refusal
from reminet_site.rules import together
from reminet_site.trail import reads
from reminet_site.trail.models import Redaction
from reminet_site.trail.search import KEPT_WHOLE
from reminet_site.trail.signed import sign_redaction

REFUSED = {
    "RE004": gettext_noop("This value is gone already."),
    "RE005": gettext_noop(
        "The value still stands. Correct it where it was entered first, then confirm."
    ),
}


def check_redaction(*, row: int, side: str, reason: str) -> None:
    """Everything that is wrong with what is asked for, said at once."""
    found = reads.row(row)
    if found.relation in KEPT_WHOLE:
        raise Refusal(_("This row holds nothing that somebody typed: it is not redacted."))
    value = {"old": found.old, "new": found.new}.get(side)
    together(lambda: check_side(value), lambda: check_reason(reason, value))


def check_side(value: str | None) -> None:
    if value is None:
        raise Refusal(_("Choose the old or the new value of this row."), item="side")


def check_reason(reason: str, value: str | None) -> None:
    if len(reason.strip()) < 10:
        raise Refusal(_("Say why the value must go, without repeating it."), item="reason")
    if value is not None and value.strip().lower() in reason.lower():
        raise Refusal(_("The reason repeats the value: it would stay in the trail."), item="reason")


@transaction.atomic(savepoint=False)
def request_redaction(*, row: int, side: str, reason: str, by: Actor) -> Redaction:
    """The first of two persons names the value and says why; nothing is taken away yet."""
    check_redaction(row=row, side=side, reason=reason)
    waiting = Redaction.objects.filter(trail_id=row, side=side, done_at__isnull=True)
    if waiting.exists():
        raise Refusal(_("This value waits for its second person already."))
    with because(reason.strip()[:500]):
        made = Redaction.objects.create(
            trail_id=row,
            side=side,
            centre_id=centre_of(row),
            reason=reason.strip()[:500],
            requested_by_id=by.user_id,
            requested_at=now(),
        )
        sign_redaction(made, "asked", by)
    return made


@transaction.atomic(savepoint=False)
def confirm_redaction(*, pk: int, by: Actor) -> int:
    """The value is gone wherever the item's history held it; how many rows held it."""
    asked = asked_for(pk)
    if asked.done_at is not None:
        raise Refusal(_("This value is gone already."))
    if asked.requested_by_id == by.user_id:
        raise Refusal(_("A second person confirms: you asked for it yourself."))
    with because(asked.reason), connection.cursor() as cursor:
        try:
            cursor.execute("SELECT audit.redact(%s)", [asked.pk])
        except DatabaseError as error:
            sentence = REFUSED.get(getattr(error.__cause__, "sqlstate", "") or "")
            if sentence is None:
                raise
            raise Refusal(_(sentence)) from None
        gone = int(cursor.fetchone()[0])
        sign_redaction(asked, "confirmed", by)
    return gone


def asked_for(pk: int) -> Redaction:
    """The request; NotThere behind the wall as where there is none."""
    asked = Redaction.objects.filter(pk=pk).first()
    if asked is None:
        raise NotThere(_("No such request."))
    return asked


def centre_of(row: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT centre_id FROM audit.trail WHERE id = %s", [row])
        found: int | None = cursor.fetchone()[0]
        return found
